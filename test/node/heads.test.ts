/**
 * Copies that are known to be behind or forked (R20, R29): refused before anything is appended, unless the caller says which branch to
 * follow; what parents, peers and copies show of an object; receipts that prove nothing.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import type { Host } from '../../host/node/host.ts';
import { generateKey, nativeHash } from '../../host/node/native.ts';
import { decodeReceipt, createSeal, encodeReceipt, nodeIdOf } from '../../host/object/seal.ts';
import type { SealStatement } from '../../host/object/model.ts';
import type { Signer } from '../../host/ports.ts';
import { startEffectServer } from './effect-server.ts';
import type { EffectServer } from './effect-server.ts';
import { createWorld, propose } from './world.ts';
import type { World } from './world.ts';

let world: World;
let server: EffectServer;
beforeAll(async () => {
  [world, server] = await Promise.all([createWorld(), startEffectServer()]);
});
afterAll(() => Promise.all([world.close(), server.close()]));

const here = (): Host => world.node();
const WORK = { '*': propose.commit('n', 1) };

async function step(path: string): Promise<Uint8Array> {
  const { receipt } = await here().run(path, { once: true });
  return receipt!;
}

/** An object after one cycle, and a copy of it. */
async function twins(name: string): Promise<readonly [string, string]> {
  const path = await world.object(name, WORK);
  await step(path);
  const copy = world.path(`${name}-copy`);
  copyFileSync(path, copy);
  return [path, copy];
}

async function refusal(job: Promise<unknown>): Promise<string> {
  return job.then(
    () => 'none',
    (error: unknown) => (error instanceof SojournError ? error.code : 'another error'),
  );
}

async function follows(path: string) {
  const { entries } = await here().show(path);
  return entries
    .filter((entry) => entry.kind === 'follow')
    .map(({ body }) => ({ found: body.found, reason: body.reason }));
}

describe('a copy that is behind', () => {
  test('is refused against a receipt of what it lacks, and left as it is', async () => {
    const [path, copy] = await twins('behind');
    const head = await step(path);
    const before = readFileSync(copy);
    expect(await refusal(here().run(copy, { heads: [head] }))).toBe('object.behind');
    expect(await refusal(here().signal(copy, 'hello', null, { heads: [head] }))).toBe('object.behind');
    expect(readFileSync(copy)).toEqual(before);
    expect((await here().run(path, { heads: [head], once: true })).status).toBe('paused');
  });

  test('is gone on with where the caller says why, which is recorded under a seal', async () => {
    const [path, copy] = await twins('follow-behind');
    const head = await step(path);
    const report = await here().run(copy, { heads: [head], follow: 'the other disk is lost', once: true });
    expect(report.status).toBe('paused');
    expect(await follows(copy)).toEqual([{ found: 'behind', reason: 'the other disk is lost' }]);
    expect(await here().verify(copy, { replay: true })).toMatchObject({ ok: true, unsealed: 0 });
    // said once: this receipt is not held against it any more, a later one of that branch is
    expect((await here().run(copy, { heads: [head], once: true })).status).toBe('paused');
    expect(await refusal(here().run(copy, { heads: [await step(path)], once: true }))).toBe('object.forked');
    expect(await here().verify(copy, { heads: [head] })).toMatchObject({ ok: false, reason: 'fork' });
  });
});

describe('a copy that went on by itself', () => {
  test('is a fork against a receipt of the other, in both directions', async () => {
    const [a, b] = await twins('fork');
    const heads = [await step(a), await step(b)] as const;
    expect(await refusal(here().run(a, { heads: [heads[1]] }))).toBe('object.forked');
    expect(await refusal(here().run(b, { heads: [heads[0]] }))).toBe('object.forked');
    expect(await here().verify(a)).toMatchObject({ ok: true });
    expect(await here().verify(b)).toMatchObject({ ok: true });
    const signalled = await here().signal(b, 'hello', null, { heads: [heads[0]], follow: 'this one has the signal' });
    expect(signalled.duplicate).toBe(false);
    expect(await follows(b)).toEqual([{ found: 'fork', reason: 'this one has the signal' }]);
  });

  test('may be followed in a cycle that was left open, behind the recover entry', async () => {
    const url = `${server.url}/left-open`;
    const path = await world.object('left-open', {
      1: propose.commit('n', 1),
      2: { calls: [['http.send', { method: 'POST', url }]], ...(propose.finish() as object) },
      '*': propose.finish(),
    });
    await step(path);
    const copy = world.path('left-open-copy');
    copyFileSync(path, copy);
    const { receipt } = await here().signal(copy, 'hello', null);
    const stopped = world.node({
      onPoint: (point) => {
        if (point === 'result-recorded') throw new Error('the node is gone');
      },
    });
    await expect(stopped.run(path)).rejects.toThrow('the node is gone');
    expect(await refusal(here().run(path, { heads: [receipt!] }))).toBe('object.forked');
    expect(await here().run(path, { heads: [receipt!], follow: 'it has the order' })).toMatchObject({
      status: 'terminated',
    });
    const { entries } = await here().show(path);
    const at = entries.findIndex((entry) => entry.kind === 'recover');
    expect(entries[at + 1]!.kind).toBe('follow');
    expect(await here().verify(path, { replay: true })).toMatchObject({ ok: true });
  });

  test.each([
    ['empty', ''],
    ['endless', 'x'.repeat(1001)],
    ['no text', '\ud800'],
  ])('is not followed for a reason that is %s', async (_, follow) => {
    const [a, b] = await twins(`reason-${_}`.replace(' ', '-'));
    const head = await step(a);
    const before = readFileSync(b);
    expect(await refusal(here().run(b, { heads: [head], follow }))).toBe('usage');
    expect(readFileSync(b)).toEqual(before);
  });
});

describe('a receipt that is no evidence', () => {
  /** The receipt with another statement, under any key or none. */
  function forge(receipt: Uint8Array, change: Partial<SealStatement>, signer: Signer | null): Uint8Array {
    const { statement } = decodeReceipt(receipt);
    const node = nodeIdOf(signer?.publicKey ?? null, nativeHash);
    return encodeReceipt(createSeal({ ...statement, node, ...change }, signer));
  }

  test('of another object, malformed, or with another signature is refused as such, followed or not', async () => {
    const [a] = await twins('bad');
    const [other] = await twins('bad-other');
    const head = await step(a);
    const { seal } = decodeReceipt(head);
    const bent = encodeReceipt({ ...seal, signature: new Uint8Array(64) });
    const before = readFileSync(a);
    for (const receipt of [await step(other), bent, Uint8Array.of(0x80)]) {
      expect(await refusal(here().run(a, { heads: [receipt] }))).toBe('object.seal');
      expect(await refusal(here().run(a, { heads: [receipt], follow: 'whatever' }))).toBe('object.seal');
    }
    expect(readFileSync(a)).toEqual(before);
  });

  test('that nobody signed proves nothing against a copy', async () => {
    const [a] = await twins('unsigned');
    const head = await step(a);
    const { statement } = decodeReceipt(head);
    for (const change of [{ seq: statement.seq + 5 }, { head: new Uint8Array(32) }]) {
      const receipt = forge(head, change, null);
      expect(await refusal(here().run(a, { heads: [receipt], follow: 'whatever' }))).toBe('object.seal');
      expect(await here().verify(a, { heads: [receipt] })).toMatchObject({ ok: false });
    }
  });

  test('by a key that never sealed it, of an entry to come, is what a fork by a stranger looks like: refused, and may be followed', async () => {
    const [a] = await twins('stranger');
    const head = await step(a);
    const { statement } = decodeReceipt(head);
    const receipt = forge(head, { seq: statement.seq + 1_000_000 }, generateKey().signer);
    expect(await refusal(here().run(a, { heads: [receipt] }))).toBe('object.behind');
    expect((await here().run(a, { heads: [receipt], follow: 'nobody knows that node', once: true })).status).toBe(
      'paused',
    );
  });
});

describe('what lies in the same folder', () => {
  test('a copy shows what another lacks; what does not verify shows nothing', async () => {
    const [a, b] = await twins('copies');
    await step(a);
    const broken = world.path('copies-broken');
    writeFileSync(broken, Uint8Array.from(readFileSync(a)).fill(7, 200, 300));
    expect(await refusal(here().run(b, { headsFrom: [a, b, broken] }))).toBe('object.behind');
    expect((await here().run(a, { headsFrom: [a, b, broken], once: true })).status).toBe('paused');
    expect((await here().run(b, { headsFrom: [b, broken], once: true })).status).toBe('paused');
    expect(await refusal(here().run(a, { headsFrom: [b] }))).toBe('object.forked');
  });

  test("a parent's witness shows that its child was further, and two heads at one place", async () => {
    const parent = await world.object('folder/parent', {
      1: {
        propose: {
          tag: 'delegation',
          val: {
            name: 'part',
            handler: null,
            task: 'scripted',
            goal: 'Do it',
            input: WORK,
            capabilities: ['*'],
            zones: [],
            budgets: [],
          },
        },
      },
      '*': propose.sleep([{ tag: 'signal', val: 'go' }]),
    });
    await here().run(parent);
    const { state } = await here().show(parent);
    const child = world.path(`folder/${state.children.get('part')!.id}`);
    await step(child);
    const early = readFileSync(child);
    await step(child);
    await here().witness(parent, child);
    const late = readFileSync(child);
    writeFileSync(child, early);
    expect(await refusal(here().run(child, { headsFrom: [parent] }))).toBe('object.behind');
    // the child goes on from the earlier copy on a node that does not know better, and the parent is told of that, too
    world.time += 1000;
    await step(child);
    await step(child);
    await here().witness(parent, child);
    expect((await here().show(parent)).state.objects.values().next().value!.fork).not.toBeNull();
    writeFileSync(world.path('folder/late'), late);
    for (const copy of [child, world.path('folder/late')])
      expect(await refusal(here().run(copy, { headsFrom: [parent] }))).toBe('object.forked');
  });
});
