/**
 * Objects that leave their past behind (R23): they go on, again and again; archives and object are the whole history, byte for byte; what
 * is archived can be proven; a process killed on the way loses nothing.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { generateKey } from '../../host/node/native.ts';
import type { Host } from '../../host/node/host.ts';
import { readItems } from '../../host/object/items.ts';
import { peekKind } from '../../host/object/entry.ts';
import { snapshotOf } from '../../host/object/snapshot.ts';
import type { State } from '../../host/object/state.ts';
import { stringifyJson } from '../../host/json.ts';
import { encodeProof } from '../../host/object/proof.ts';
import type { Value } from '../../host/value.ts';
import { runChild } from './children.ts';
import type { Death } from './crash-child.ts';
import { encodePolicySet } from '../../host/policy/encode.ts';
import { createWorld, PERMIT_ALL, policyFiles, propose, START } from './world.ts';
import type { World } from './world.ts';

vi.setConfig({ testTimeout: 120_000 });
const LIMITS = DEFAULT_LIMITS.object;
let world: World;
let host: Host;

beforeAll(async () => {
  world = await createWorld();
  host = world.node();
});
afterAll(() => world.close());

const once = (path: string, node = host) => node.run(path, { once: true });
/** Two cycles with writes, a cycle that sleeps until a signal, a cycle that looks at what is there, the end. */
const SCRIPT: Value = {
  1: { calls: [['kv.set', { key: 'a', value: { x: 1 } }]], ...Object(propose.commit('first', 1)) },
  2: propose.commit('second', 2),
  3: propose.sleep([{ tag: 'signal', val: 'go' }]),
  5: {
    calls: [
      ['signals.read', { after: 0 }],
      ['memory.read', { start: 0, limit: 100 }],
      ['kv.get', { key: 'a' }],
    ],
    report: true,
    propose: { tag: 'termination', val: { achieved: true } },
  },
  '*': propose.finish(),
};

async function itemsOf(bytes: Uint8Array): Promise<Uint8Array[]> {
  const items: Uint8Array[] = [];
  for await (const item of readItems(streamOf(bytes), LIMITS)) items.push(item.bytes);
  return items;
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The carried object from its checkpoint on. */
async function behindCheckpoint(path: string): Promise<Uint8Array> {
  const items = await itemsOf(readFileSync(path));
  const at = items.findIndex((item, index) => index > 0 && peekKind(item) === 'checkpoint');
  return Buffer.concat(items.slice(at));
}

/** An object that sleeps, with a signal that no run of the handler could read yet. */
async function sleeper(name: string, embed = false): Promise<string> {
  const path = await world.object(name, SCRIPT, { embed, files: { 'a.txt': new Uint8Array([1, 2]) } });
  for (let cycle = 1; cycle <= 3; cycle++) await once(path);
  await host.signal(path, 'go', { from: 'a test' }, { key: 'k1' });
  return path;
}

describe('an object that leaves its past behind', () => {
  test('goes on as the whole one does, and both tell the handler the same', async () => {
    const path = await sleeper('on/object', true);
    const whole = world.path('on/whole');
    await host.checkpoint(path);
    copyFileSync(path, whole);
    const archive = world.path('on/archive');
    const done = await host.archive(path, { to: archive, withoutHandler: false });
    expect(done).toMatchObject({ first: 0, archiveBytes: readFileSync(archive).length });
    expect(done.carriedBytes).toBe(readFileSync(path).length);
    const ends = [];
    const alike = world.node({ random: { bytes: (length) => new Uint8Array(length).fill(7) } });
    for (const one of [path, whole]) {
      const { status, outcomes } = await alike.run(one);
      expect(status).toBe('terminated');
      ends.push(outcomes.at(-1)?.body.value);
    }
    expect(JSON.stringify(ends[0])).toBe(JSON.stringify(ends[1]));
    expect(JSON.stringify(ends[0])).toContain('a test');
    expect(JSON.stringify(ends[0])).not.toContain('"kind":"open","seq":3');
    for (const one of [path, whole]) {
      expect(await host.verify(one, { replay: true })).toMatchObject({ ok: true });
    }
    const { state, carried } = await host.show(path);
    expect([...state.values.keys()]).toEqual(['a', 'first', 'second']);
    expect(carried).toEqual({ seq: done.seq, node: host.node, signed: true });
  });

  test('again and again: archives and object are the whole history, byte for byte, and verify as one', async () => {
    const path = await world.object('again/object', { '*': propose.commit('n', 1) }, { embed: true });
    const whole: Uint8Array[] = [];
    const archives: string[] = [];
    for (let round = 0; round < 3; round++) {
      await once(path);
      await once(path);
      const before = round === 0 ? readFileSync(path) : await behindCheckpoint(path);
      const to = world.path(`again/${round}`);
      const done = await host.archive(path, { to, withoutHandler: round === 1 });
      expect(readFileSync(to)).toEqual(Buffer.from(before));
      expect(done.seq).toBeGreaterThan(0);
      whole.push(readFileSync(to));
      archives.push(to);
    }
    await once(path);
    whole.push(await behindCheckpoint(path));
    const joined = world.path('again/joined');
    writeFileSync(joined, Buffer.concat(whole));
    const own = await host.verify(path, { replay: true });
    const all = await host.verify(path, { archives, replay: true });
    const one = await host.verify(joined, { replay: true });
    expect(own).toMatchObject({ ok: true, carried: { node: host.node } });
    expect({ ...all, confidential: null }).toEqual({ ...one, confidential: null });
    expect(one).toMatchObject({ ok: true, cycles: 7, carried: null });
    if (!own.ok || !one.ok) throw new Error('unreachable');
    expect([own.head, own.id, own.trust]).toEqual([one.head, one.id, one.trust]);
    expect(one.replay?.every(({ kind }) => kind === 'same')).toBe(true);
    const bare = (state: State): string => stringifyJson(snapshotOf(state));
    expect(bare((await host.show(path)).state)).toBe(bare((await host.show(joined)).state));
  });

  test('without anything new has nothing to archive', async () => {
    const path = await world.object('twice/object', { '*': propose.finish() });
    const done = await host.archive(path, { to: world.path('twice/1'), withoutHandler: false });
    const bytes = readFileSync(path);
    const again = await host.archive(path, { to: world.path('twice/2'), withoutHandler: false });
    expect(again).toMatchObject({ first: null, seq: done.seq, receipt: null });
    expect(readFileSync(path)).toEqual(bytes);
    expect(existsSync(world.path('twice/2'))).toBe(false);
  });

  test('keeps the archive that is there already, and itself, where another file has the name', async () => {
    const path = await world.object('name/object', { '*': propose.commit('n', 1) });
    const to = world.path('name/taken');
    writeFileSync(to, 'something else');
    await expect(host.archive(path, { to, withoutHandler: false })).rejects.toMatchObject({ code: /^object\./ });
    expect(readFileSync(to, 'utf8')).toBe('something else');
    expect(await host.verify(path)).toMatchObject({ ok: true, carried: null });
    await expect(host.archive(path, { to: path, withoutHandler: false })).rejects.toMatchObject({
      code: 'object.exists',
    });
    expect(await host.verify(path)).toMatchObject({ ok: true, carried: null });
  });

  test('is narrowed by the policy that it carries, as before', async () => {
    const narrow = `${PERMIT_ALL} @id("no-write") forbid(principal, action == Action::"kv.set", resource);`;
    const script = { '*': { calls: [['kv.set', { key: 'a', value: 1 }]], ...Object(propose.commit('n', 1)) } };
    const path = await world.object('narrow/object', script, { policies: [encodePolicySet(policyFiles(narrow))] });
    await once(path);
    await host.archive(path, { to: world.path('narrow/1'), withoutHandler: true });
    await once(path);
    const { entries, state } = await host.show(path);
    const call = entries.find((entry) => entry.kind === 'call');
    expect(call?.kind === 'call' ? call.body.verdict : null).toMatchObject({
      verdict: 'reject',
      policies: ['carried:no-write'],
    });
    expect([...state.values.keys()]).toEqual(['n']);
    const bytes = readFileSync(path);
    const items = await itemsOf(bytes);
    writeFileSync(world.path('narrow/without'), Buffer.concat(items.toSpliced(1, 1)));
    await expect(host.run(world.path('narrow/without'))).rejects.toMatchObject({ code: 'object.chain' });
  });

  test('with a confidential body is refused, for its checkpoint would tell it, and stays as it is', async () => {
    const path = await world.object('secret/object', { '*': propose.sleep([{ tag: 'signal', val: 'go' }]) });
    await once(path);
    await host.signal(path, 'secret', { salary: 1 }, { readers: [world.creator.reader.publicKey] });
    const bytes = readFileSync(path);
    const refused = { code: 'object.confidential' };
    await expect(host.checkpoint(path)).rejects.toMatchObject(refused);
    await expect(host.archive(path, { to: world.path('secret/1'), withoutHandler: false })).rejects.toMatchObject(
      refused,
    );
    expect([readFileSync(path), existsSync(world.path('secret/1'))]).toEqual([bytes, false]);
  });

  test('that has ended can be archived, too', async () => {
    const path = await world.object('ended/object', { '*': propose.finish('done') });
    await host.run(path);
    await host.archive(path, { to: world.path('ended/1'), withoutHandler: true });
    expect((await host.show(path)).state.status).toBe('terminated');
    expect(await host.run(path)).toMatchObject({ status: 'terminated', outcomes: [] });
  });

  test('by a stranger is refused until somebody answers for it, and evidence all the same', async () => {
    const path = await sleeper('stranger/object');
    const stranger = world.node({ signer: generateKey().signer });
    await stranger.archive(path, { to: world.path('stranger/1'), withoutHandler: false });
    const bytes = readFileSync(path);
    const unproven = { code: 'object.unproven', details: { node: stranger.node } };
    await expect(host.run(path)).rejects.toMatchObject(unproven);
    await expect(host.signal(path, 'go', null)).rejects.toMatchObject(unproven);
    await expect(host.archive(path, { to: world.path('stranger/2'), withoutHandler: false })).rejects.toMatchObject(
      unproven,
    );
    expect(readFileSync(path)).toEqual(bytes);
    expect(await host.verify(path, { archives: [world.path('stranger/1')] })).toMatchObject({ ok: true });
    const told = world.node({ accept: [stranger.node] });
    expect(await told.run(path)).toMatchObject({ status: 'terminated' });
  });

  test('without a signature is nobody’s word', async () => {
    const path = await world.object('unsigned/object', { '*': propose.commit('n', 1) });
    await world.node({ signer: null }).archive(path, { to: world.path('unsigned/1'), withoutHandler: false });
    await expect(world.node({ accept: ['0'.repeat(32)] }).run(path)).rejects.toMatchObject({ code: 'object.unproven' });
  });
});

describe('what is archived', () => {
  let path: string;
  let archives: string[];

  beforeAll(async () => {
    path = await world.object('proof/object', { '*': propose.commit('n', 1) });
    archives = [];
    for (let round = 0; round < 3; round++) {
      await once(path);
      archives.push(world.path(`proof/${round}`));
      await host.archive(path, { to: archives[round]!, withoutHandler: false });
    }
  });

  test('can be proven, every entry of it, from its archive and the later ones', async () => {
    const first = await Promise.all(archives.map(async (name) => (await itemsOf(readFileSync(name))).length));
    const starts = first.map((_, index) => first.slice(0, index).reduce((sum, n) => sum + n, 0));
    const end = starts.at(-1)! + first.at(-1)!;
    for (let seq = 1; seq < end; seq++) {
      const from = archives.slice(starts.findLastIndex((start) => start <= seq));
      const proof = await host.prove(path, { seq, from });
      const found = await host.verify(path, { proof: encodeProof(proof, LIMITS) });
      expect(found).toMatchObject({ ok: true, proven: { seq } });
    }
  });

  test('is not proven by a proof of something else', async () => {
    const proof = await host.prove(path, { seq: 3, from: archives });
    const other = await host.prove(path, { seq: 4, from: archives });
    const whole = await world.object('proof/whole', { '*': propose.finish() });
    const check = (changed: Partial<typeof proof>, object = path) =>
      host.verify(object, { proof: encodeProof({ ...proof, ...changed }, LIMITS) });
    const refused = { ok: false, reason: 'proof', index: 3 };
    expect(await check({})).toMatchObject({ ok: true });
    expect(await check({ item: other.item })).toMatchObject(refused);
    expect(await check({ path: other.path })).toMatchObject(refused);
    expect(await check({ size: proof.size - 1 })).toMatchObject(refused);
    expect(await check({ id: new Uint8Array(32) })).toMatchObject(refused);
    expect(await check({}, whole)).toMatchObject(refused);
    await expect(host.verify(path, { proof: new Uint8Array([1]) })).rejects.toMatchObject({
      code: 'object.malformed',
    });
  });

  test('is asked for with the archives that it takes', async () => {
    const prove = (seq: number, from: readonly string[]) => host.prove(path, { seq, from });
    await expect(prove(1, archives.slice(1))).rejects.toMatchObject({ code: 'usage' });
    await expect(prove(1, archives.slice(0, 2))).rejects.toMatchObject({ code: 'usage' });
    await expect(prove(10_000, archives)).rejects.toMatchObject({ code: 'usage' });
    await expect(prove(1, [path, ...archives])).rejects.toMatchObject({ code: /^(usage|object\.chain)$/ });
  });

  test('and was altered, is missing or out of order, is found', async () => {
    const bytes = readFileSync(archives[1]!);
    const bad = world.path('proof/bad');
    for (const at of [3, 200, bytes.length - 20]) {
      writeFileSync(bad, Buffer.from(bytes.with(at, bytes[at]! ^ 1)));
      expect(await host.verify(path, { archives: archives.with(1, bad) })).toMatchObject({ ok: false });
      await expect(host.prove(path, { seq: 3, from: archives.with(1, bad) })).rejects.toMatchObject({
        code: /^object\./,
      });
    }
    expect(await host.verify(path, { archives: archives.toSpliced(1, 1) })).toMatchObject({ ok: false });
    expect(await host.verify(path, { archives: archives.toReversed() })).toMatchObject({ ok: false });
    expect(await host.verify(path, { archives })).toMatchObject({ ok: true });
  });
});

describe('a process killed while it archives', () => {
  const DEATHS: readonly (Death & { readonly share?: number })[] = [
    { at: 'append', n: 0, share: 0 },
    { at: 'append', n: 0, share: 0.3 },
    { at: 'append', n: 0, share: 0.9 },
    { at: 'append', n: 0, share: 1 },
    { at: 'before-create' },
    { at: 'after-create' },
    { at: 'before-replace' },
    { at: 'in-replace' },
    { at: 'after-replace' },
  ];

  let before: Buffer;
  beforeAll(async () => {
    before = readFileSync(await sleeper('kill/object'));
  });

  test.each(DEATHS)('$at $share: nothing is lost, and the same command again is enough', async (death) => {
    const name = `kill-${death.at}-${death.share ?? ''}`;
    const path = world.path(`${name}/object`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, before);
    const to = world.path(`${name}/archive`);
    const end = await runChild({ path, key: world.creator.privatePem, time: START, job: 'archive', to, death });
    expect(end.lines).toEqual([]);
    const left = await host.verify(path, death.at === 'after-replace' ? { archives: [to] } : {});
    expect(left).toMatchObject(
      death.share === 0.3 || death.share === 0.9 ? { ok: false, reason: 'truncated' } : { ok: true },
    );
    await host.archive(path, { to, withoutHandler: false });
    expect(readFileSync(to).subarray(0, before.length)).toEqual(before);
    expect(await host.verify(path, { archives: [to] })).toMatchObject({ ok: true });
    expect(await host.run(path)).toMatchObject({ status: 'terminated' });
    const rest = readdirSync(dirname(path)).filter((file) => !file.endsWith('.tmp'));
    expect(rest.toSorted()).toEqual(['archive.sojourn', 'object.sojourn']);
  });
});

test('memory begins behind the last checkpoint, with or without an archive', async () => {
  const read = [['memory.read', { start: 0, limit: 100 }]];
  const path = await world.object('memory/object', {
    1: propose.commit('n', 1),
    '*': { calls: read, report: true, propose: { tag: 'termination', val: { achieved: true } } },
  });
  await once(path);
  const { seq } = await host.checkpoint(path);
  const copy = join(dirname(path), 'copy', 'object.sojourn');
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(path, copy);
  await host.archive(copy, { to: world.path('memory/1'), withoutHandler: false });
  for (const one of [path, copy]) {
    const { outcomes } = await host.run(one);
    const told = stringifyJson(outcomes.at(-1)?.body.value ?? null);
    expect(told).toContain(`"seq":${seq + 1},`);
    expect(told).not.toContain(`"seq":${seq},`);
    expect(await host.verify(one, { replay: true })).toMatchObject({ ok: true });
  }
});
