/**
 * Confidential bodies in whole lives of objects: what policy demands is encrypted before anything is written, whoever has a key goes on,
 * replays and audits, whoever has none still verifies, and changes nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createReaderKey } from '../../host/object/crypto.ts';
import { readerId } from '../../host/object/cose-encrypt.ts';
import { hex } from '../../host/json.ts';
import { generateKey } from '../../host/node/native.ts';
import type { Entry } from '../../host/object/model.ts';
import { formatReaderKey } from '../../host/policy/readers.ts';
import { startEffectServer } from './effect-server.ts';
import type { EffectServer } from './effect-server.ts';
import { ask, scriptOf } from './retrying.ts';
import { createWorld, policySet, propose } from './world.ts';
import type { World } from './world.ts';
import type { Value } from '../../host/value.ts';

const AUDITOR = createReaderKey(new Uint8Array(32).fill(0x61));
const STRANGER = createReaderKey(new Uint8Array(32).fill(0x62));
const OPS = generateKey();
const READERS = JSON.stringify({
  auditor: formatReaderKey(AUDITOR.publicKey),
  ops: formatReaderKey(OPS.reader.publicKey),
});
const SECRET = 'IBAN DE02 1203';
const BASE = 'permit(principal, action, resource);';

let world: World;
let server: EffectServer;
beforeAll(async () => {
  [world, server] = await Promise.all([createWorld(), startEffectServer()]);
});
afterAll(async () => {
  await Promise.all([world.close(), server.close()]);
});

function confidential(actions: string, more = ''): ReturnType<typeof policySet> {
  const cedar = `${BASE}\n@confidential("auditor ops") permit(principal, action in [${actions}], resource);\n${more}`;
  return policySet(cedar, { 'readers.json': READERS });
}

const HTTP = confidential('Action::"http.send"');
const EXECUTION = confidential('Action::"execution", Action::"termination"');

/** What each entry is to somebody without a key: its kind, closed ones in capitals. */
async function seen(path: string): Promise<readonly string[]> {
  const { entries } = await world.node({ signer: null, policy: null }).show(path);
  return entries.map((entry) => (entry.kind === 'confidential' ? entry.body.inner.toUpperCase() : entry.kind));
}

/** Whether a text stands anywhere behind the genesis, which is for everybody and holds the script. */
function holds(path: string, text: string): boolean {
  const bytes = readFileSync(path);
  return bytes.includes(text, bytes.indexOf('sojourn/seal'));
}

const read = (entries: readonly Entry[]): readonly Entry[] => entries.filter((entry) => entry.cover !== undefined);

function callScript(name: string): Value {
  const request = { method: 'POST', url: `${server.url}/${name}/pay`, body: SECRET };
  return { '1': { calls: [['http.send', request]], ...(propose.finish('paid') as object) } };
}

describe('a call that policy makes confidential', () => {
  test('is stored closed with its result, and is the same as any other to its readers', async () => {
    const path = await world.object('call', callScript('call'));
    const report = await world.node({ policy: HTTP }).run(path);
    expect(report.status).toBe('terminated');
    expect(server.ledger('call').seen.map(({ body }) => body)).toEqual([SECRET]);
    expect(await seen(path)).toEqual(['seal', 'open', 'CALL', 'RESULT', 'proposal', 'verdict', 'outcome', 'seal']);
    expect(holds(path, '/call/pay')).toBe(false);
    const own = await world.node({ policy: HTTP }).show(path);
    expect(own.state.status).toBe('terminated');
    expect(read(own.entries).map(({ kind }) => kind)).toEqual(['call', 'result']);
    const ids = [AUDITOR.publicKey, OPS.reader.publicKey, world.creator.reader.publicKey].map((key) =>
      hex(readerId(key)),
    );
    expect(read(own.entries)[0]?.cover?.readers.map((id) => hex(id))).toEqual(ids.toSorted());
    for (const reader of [AUDITOR, OPS.reader]) {
      const view = await world.node({ signer: null, reader }).show(path);
      expect(view.entries.map(({ kind }) => kind)).toEqual(own.entries.map(({ kind }) => kind));
    }
  });

  test('verifies for everybody, audits and replays the same for its readers', async () => {
    const path = await world.object('verify', callScript('verify'));
    await world.node({ policy: HTTP }).run(path);
    const none = await world.node({ signer: null }).verify(path, { replay: true });
    expect(none).toMatchObject({ ok: true, signed: true, confidential: { bodies: 2, opened: 0, closedAt: 3 } });
    expect(none).toHaveProperty('replay', [expect.objectContaining({ kind: 'skipped', cycle: 1 })]);
    expect(none.ok && [...none.confidential.readers.values()]).toEqual([2, 2, 2]);
    const stranger = await world.node({ signer: null, reader: STRANGER }).verify(path);
    expect(stranger).toMatchObject({ ok: true, confidential: { opened: 0 } });
    const all = await world.node({ signer: null, reader: AUDITOR }).verify(path, { replay: true });
    expect(all).toMatchObject({ ok: true, confidential: { bodies: 2, opened: 2, closedAt: null } });
    expect(all).toHaveProperty('replay', [expect.objectContaining({ kind: 'same', cycle: 1, calls: 1 })]);
  });

  test('leaves no trace of the data even where it is put off, rejected or fails', async () => {
    const policies = [
      confidential('Action::"http.send"', 'forbid(principal, action == Action::"http.send", resource);'),
      HTTP,
    ];
    for (const [n, policy] of policies.entries()) {
      const name = `denied-${n}`;
      const request = {
        method: 'POST',
        url: n === 0 ? `${server.url}/${name}/x` : 'http://127.0.0.1:1/secret',
        body: SECRET,
      };
      const step = { calls: [['http.send', request]], fail: `it said ${SECRET}` };
      const path = await world.object(name, { '1': step });
      await world.node({ policy }).run(path);
      expect(await seen(path)).toContain('CALL');
      expect((await seen(path)).at(-2)).toBe('OUTCOME');
      expect(holds(path, SECRET) || holds(path, `${name}/x`)).toBe(false);
      expect((await world.node({ policy }).show(path)).state.last?.body.message).toContain(SECRET);
    }
  });
});

describe('an action that policy makes confidential', () => {
  test('has its proposal, its call and its outcome stored closed', async () => {
    const script = {
      '1': propose.http({ method: 'POST', url: `${server.url}/act/go`, body: SECRET }, 'note'),
      '2': propose.finish(SECRET),
    };
    const path = await world.object('act', script);
    expect((await world.node({ policy: EXECUTION }).run(path)).status).toBe('terminated');
    expect(await seen(path)).toEqual(['seal', 'open', 'PROPOSAL', 'verdict', 'CALL', 'RESULT', 'OUTCOME', 'seal', 'open', 'PROPOSAL', 'verdict', 'OUTCOME', 'seal']); // prettier-ignore
    expect(holds(path, SECRET)).toBe(false);
    const { state } = await world.node({ signer: null, reader: AUDITOR }).show(path);
    expect(state.status).toBe('terminated');
    expect(await world.node({ signer: null, reader: OPS.reader }).verify(path, { replay: true })).toMatchObject({
      ok: true,
      replay: [{ kind: 'same' }, { kind: 'same' }],
    });
  });

  test('that is put off is stored closed before the verdict', async () => {
    const policy = confidential('Action::"termination"', '@verdict("defer") @wake("signal go") forbid(principal, action == Action::"termination", resource) unless { context.approvals.contains("go") };'); // prettier-ignore
    const path = await world.object('defer', { '*': propose.finish('the secret end') });
    expect((await world.node({ policy }).run(path)).status).toBe('dormant');
    expect(await seen(path)).toEqual(['seal', 'open', 'PROPOSAL', 'verdict', 'OUTCOME', 'seal']);
    await world.node({ policy }).signal(path, 'go', null);
    expect((await world.node({ policy }).run(path)).status).toBe('terminated');
  });
});

describe('a node without a key that opens the object', () => {
  test('runs and signals nothing, says who could, and leaves every byte as it is', async () => {
    const path = await world.object('closed', {
      '1': propose.commit('a', 1),
      '2': propose.sleep([{ tag: 'signal', val: 'x' }]),
    });
    await world.node({ policy: confidential('Action::"execution"') }).run(path, { once: true });
    const before = readFileSync(path);
    const other = generateKey();
    for (const host of [
      world.node({ signer: null, reader: null }),
      world.node({ signer: other.signer, reader: other.reader }),
    ]) {
      await expect(host.run(path)).rejects.toMatchObject({ code: 'object.confidential', details: { index: 3 } });
    }
    const host = world.node({ signer: other.signer, reader: other.reader });
    await expect(host.signal(path, 'x', null)).rejects.toThrow(hex(readerId(AUDITOR.publicKey)).slice(0, 8));
    expect(readFileSync(path)).toEqual(before);
  });

  test('starts no cycle under a policy that demands what it could not read back', async () => {
    const path = await world.object('keyless', { '1': propose.finish(null) });
    const before = readFileSync(path);
    const report = await world.node({ policy: EXECUTION, reader: null }).run(path);
    expect(report).toMatchObject({ status: 'refused', message: expect.stringContaining('no key to read them') });
    expect(readFileSync(path)).toEqual(before);
  });

  test('that is named among the readers goes on where the other stopped', async () => {
    const script = {
      '1': propose.commit('a', 'first'),
      '2': { calls: [['kv.get', { key: 'a' }]], ...(propose.finish() as object), report: true },
    };
    const path = await world.object('handed', script);
    await world.node({ policy: EXECUTION }).run(path, { once: true });
    const report = await world.node({ policy: EXECUTION, signer: OPS.signer, reader: OPS.reader }).run(path);
    expect(report.status).toBe('terminated');
    expect(JSON.stringify(report.state.last?.body.value)).toContain('first');
    expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true });
  });
});

describe('a signal to some', () => {
  test('is read by them and its sender, and wakes the object', async () => {
    const script = {
      '1': propose.sleep([{ tag: 'signal', val: 'pin' }]),
      '3': { calls: [['signals.read', { after: 0 }]], ...(propose.finish() as object), report: true },
    };
    const path = await world.object('signal', script);
    await world.node().run(path);
    const sender = world.node({ signer: OPS.signer, reader: OPS.reader });
    const options = { readers: [world.creator.reader.publicKey], key: 'once' };
    expect(await sender.signal(path, 'pin', '4711-secret', options)).toMatchObject({ duplicate: false });
    expect(await sender.signal(path, 'pin', '4711-secret', options)).toMatchObject({ duplicate: true });
    expect(holds(path, '4711-secret')).toBe(false);
    expect((await seen(path)).at(-2)).toBe('SIGNAL');
    const report = await world.node().run(path);
    expect(report.status).toBe('terminated');
    expect(JSON.stringify(report.state.last?.body.value)).toContain('4711-secret');
  });
});

describe('a redacted copy', () => {
  test('verifies as the object does, is the same to the byte elsewhere, and is not gone on with', async () => {
    const path = await world.object('redact', callScript('redact'));
    const { receipt } = await world.node({ policy: HTTP }).run(path);
    const before = readFileSync(path);
    const copy = world.path('redacted');
    const keyless = world.node({ signer: null, policy: null, reader: null });
    const { removed } = await keyless.redact(path, copy, [3, 4]);
    expect(readFileSync(path)).toEqual(before);
    const after = readFileSync(copy);
    expect(before.length - after.length).toBe(removed);
    const [whole, rest] = [await keyless.verify(path), await keyless.verify(copy, { heads: [receipt!] })];
    expect(rest).toMatchObject({ ok: true, confidential: { bodies: 2, redacted: 2, closedAt: 3 } });
    expect({ ...rest, confidential: null }).toEqual({ ...whole, confidential: null });
    await expect(world.node({ policy: HTTP }).run(copy)).rejects.toThrow(/nobody any more/);
    await expect(world.node().redact(path, copy, [3])).rejects.toMatchObject({ code: 'object.exists' });
    expect(readFileSync(copy)).toEqual(after);
    const twice = world.path('twice');
    for (const [name, entry, found] of [
      [path, 2, 'a open in the open'],
      [path, 99, 'no such entry'],
      [copy, 3, 'taken out before'],
    ] as const)
      // prettier-ignore
      await expect(keyless.redact(name, twice, [entry])).rejects.toThrow(found);
    expect(existsSync(twice)).toBe(false);
  });

  test('of one body leaves the others to their readers', async () => {
    const path = await world.object('partial', callScript('partial'));
    await world.node({ policy: HTTP }).run(path);
    const copy = world.path('partial-copy');
    await world.node().redact(path, copy, [4]);
    const view = await world.node({ signer: null, reader: AUDITOR }).show(copy);
    expect(view.entries.slice(2, 4).map(({ kind }) => kind)).toEqual(['call', 'confidential']);
    expect(view.state.seq).toBe(3);
  });
});

test('a crash behind a confidential call is gone on with by its reader: nothing is repeated, and the result is closed, too', async () => {
  const path = await world.object('crash', callScript('crash'));
  const stopped = world.node({
    policy: HTTP,
    onPoint: (point) => {
      if (point === 'performed') throw new Error('stopped here');
    },
  });
  await expect(stopped.run(path)).rejects.toThrow('stopped here');
  expect((await seen(path)).at(-1)).toBe('CALL');
  const left = readFileSync(path);
  await expect(world.node({ signer: null, reader: STRANGER }).run(path)).rejects.toMatchObject({
    code: 'object.confidential',
  });
  expect(readFileSync(path)).toEqual(left);
  const report = await world.node({ policy: HTTP, signer: OPS.signer, reader: OPS.reader }).run(path);
  expect(report.status).toBe('terminated');
  expect(server.ledger('crash').seen.map(({ effect }) => effect)).toEqual([true, false]);
  expect((await seen(path)).slice(2, 5)).toEqual(['CALL', 'recover', 'RESULT']);
  expect(holds(path, SECRET)).toBe(false);
  expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true });
});

test('a confidential call that was left is not answered in the open by a node whose policy says nothing of it', async () => {
  const path = await world.object('other-policy', callScript('other-policy'));
  const stopped = world.node({
    policy: HTTP,
    onPoint: (point) => {
      if (point === 'performed') throw new Error('stopped here');
    },
  });
  await expect(stopped.run(path)).rejects.toThrow('stopped here');
  const report = await world.node().run(path);
  expect(report.outcomes[0]?.body).toMatchObject({ reason: 'divergence' });
  expect(await seen(path)).not.toContain('result');
  expect(server.ledger('other-policy').seen).toHaveLength(1);
});

test('of a folder, what is closed to this node is named and passed over, and nobody is told how it was', async () => {
  const script = { '1': propose.sleep([{ tag: 'elapsed', val: 1000 }]), '*': propose.finish('the end') };
  const [open, closed] = [await world.object('shelf/open', script), await world.object('shelf/closed', script)];
  await world.node().run(open);
  await world.node({ policy: EXECUTION }).run(closed);
  await world.node().signal(closed, 'note', SECRET, { readers: [OPS.reader.publicKey] });
  const before = readFileSync(closed);
  world.time += 5000;
  const other = world.node({ signer: OPS.signer, reader: STRANGER });
  const found: string[] = [];
  await other.wake(async () => [closed, open], { onLine: ({ object, state }) => found.push(`${state} ${object}`) });
  expect(found).toContain(`closed ${closed}`);
  expect(found.filter((line) => line.startsWith('closed'))).toHaveLength(1);
  expect(readFileSync(closed)).toEqual(before);
});

describe('an execution that is tried again', () => {
  /** Fails at first; later it is ready. */
  async function asleep(name: string): Promise<string> {
    let asked = 0;
    server.answer(`/${name}/x`, (_, response) => {
      const status = asked++ === 0 ? 500 : 200;
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ state: 'ready', told: SECRET }));
    });
    const path = await world.object(name, scriptOf(ask(`${server.url}/${name}/x`)));
    expect((await world.node({ policy: EXECUTION }).run(path)).status).toBe('dormant');
    world.time += 60_000;
    return path;
  }

  test('stays closed at each attempt, with what went wrong', async () => {
    const path = await asleep('again');
    expect((await world.node({ policy: EXECUTION }).run(path)).status).toBe('terminated');
    expect(holds(path, SECRET) || holds(path, '/again/x')).toBe(false);
    const kinds = await seen(path);
    expect(kinds.filter((kind) => kind === 'RESULT')).toHaveLength(2);
    expect(kinds).toContain('FAILURE');
    expect(kinds.filter((kind) => ['call', 'result', 'failure', 'negative'].includes(kind))).toEqual([]);
    const verified = await world.node({ signer: null, reader: AUDITOR }).verify(path, { replay: true });
    expect(verified).toMatchObject({ ok: true, confidential: { closedAt: null } });
  });

  test('is handed back to the handler where policy says no longer whom it is for', async () => {
    const path = await asleep('changed');
    const { outcomes } = await world.node().run(path, { once: true });
    const more =
      outcomes.length > 1 ? outcomes : [...outcomes, ...(await world.node().run(path, { once: true })).outcomes];
    expect(more.map(({ body }) => body.reason)).toContain('confidential-readers');
    expect(server.ledger('changed').seen).toHaveLength(1);
    expect(holds(path, SECRET)).toBe(false);
  });
});
