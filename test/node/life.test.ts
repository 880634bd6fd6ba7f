import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hex } from '../../host/json.ts';
import { generateKey } from '../../host/node/native.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { Entry, EntryKind } from '../../host/object/model.ts';
import { createWorld, DAY, PERMIT_ALL, policySet, propose, START } from './world.ts';
import type { World } from './world.ts';

let world: World;
let server: Server;
let url: string;
const seen: { key: string | undefined; path: string; body: string }[] = [];

beforeAll(async () => {
  world = await createWorld();
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      seen.push({
        key: String(request.headers['idempotency-key']),
        path: request.url ?? '',
        body: Buffer.concat(pieces).toString(),
      });
      if (request.url === '/big') return response.end('x'.repeat(100_000));
      if (request.url === '/500') return response.writeHead(500).end();
      if (request.url === '/redirect') return response.writeHead(302, { location: '/ok' }).end();
      return response.writeHead(200, { 'content-type': 'application/json' }).end('{"number":"A-1"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}, 60_000);

afterAll(async () => {
  server.close();
  await world.close();
});

async function entriesOf(path: string): Promise<readonly Entry[]> {
  return (await world.node().show(path)).entries;
}

function ofKind<K extends EntryKind>(entries: readonly Entry[], kind: K) {
  return entries.filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
}

describe('the life of an object', () => {
  test('runs, calls, commits, sleeps, wakes on a signal at another node, and ends; every cycle replays', async () => {
    const path = await world.object(
      'life',
      {
        1: {
          calls: [
            ['kv.set', { key: 'seen', value: 1 }],
            ['log.write', { message: 'hello' }],
            ['random.bytes', { len: 4 }],
            ['clock.now'],
          ],
          ...Object(propose.http({ method: 'POST', url: `${url}/orders`, body: '{"n":1}' }, 'order')),
        },
        2: propose.sleep([
          { tag: 'group', val: { need: 1, members: [1, 2] } },
          { tag: 'signal', val: 'approval' },
          { tag: 'elapsed', val: 30 * DAY },
        ]),
        4: {
          calls: [
            ['kv.get', { key: 'order' }],
            ['signals.read', { after: 0 }],
            ['memory.read', { start: 1, limit: 256, kind: 'outcome' }],
          ],
          report: true,
          propose: { tag: 'termination', val: { achieved: true } },
        },
      },
      { embed: true },
    );
    const first = await world.node().run(path);
    expect(first.status).toBe('dormant');
    expect(first.wakesAt).toBe(START + 30 * DAY);
    const other = world.node({ signer: generateKey().signer });
    const signal = await other.signal(path, 'approval', { by: 'Ada' }, { key: 'k1' });
    expect(signal.duplicate).toBe(false);
    expect(await other.signal(path, 'approval', { by: 'Ada' }, { key: 'k1' })).toMatchObject({
      duplicate: true,
      seq: signal.seq,
    });
    const second = await other.run(path);
    expect(second.status).toBe('terminated');
    expect(second.outcomes.map((outcome) => outcome.body.action)).toEqual(['reentry', 'termination']);
    const result = second.state.last?.body.value as {
      result: { results: { ok: unknown }[]; situation: { trigger: unknown } };
    };
    expect(result.result.results[0]?.ok).toBe('{"number":"A-1"}');
    expect(result.result.situation.trigger).toEqual({
      tag: 'woken',
      val: { dormancy: expect.any(Number), signals: [signal.seq], witnesses: [] },
    });
    expect(second.state.values.get('order')?.value).toEqual({ number: 'A-1' });
    const report = await world.node({ policy: null, signer: null }).verify(path, { replay: true });
    expect(report.ok ? '' : report.message).toBe('');
    expect(report).toMatchObject({ ok: true, cycles: 4, signed: true });
    expect(report.ok && report.replay?.map((cycle) => cycle.kind)).toEqual(['same', 'same', 'skipped', 'same']);
    expect(report.ok && report.nodes.length).toBe(2);
  });

  test('goes on from its bytes alone, with the folder wiped in between', async () => {
    const path = await world.object(
      'wiped',
      { 1: propose.commit('a', 1), 2: propose.commit('b', 2), 3: propose.finish() },
      { embed: true },
    );
    await world.node().run(path, { once: true });
    const bytes = readFileSync(path);
    for (const name of [path, `${path}.lock`]) rmSync(name, { force: true });
    writeFileSync(path, bytes);
    const done = await world.node({ signer: generateKey().signer }).run(path);
    expect(done.status).toBe('terminated');
    expect([...done.state.values.keys()]).toEqual(['a', 'b']);
  });

  test('wakes after a simulated year, by a node whose clock is an hour behind when it fell asleep', async () => {
    world.time = START + 3_600_000;
    const path = await world.object('year', {
      1: propose.sleep([{ tag: 'elapsed', val: 365 * DAY }]),
      '*': propose.finish(),
    });
    await world.node().run(path);
    world.time = START;
    expect((await world.node().run(path)).status).toBe('dormant');
    world.time = START + 365 * DAY;
    expect((await world.node().run(path)).status).toBe('dormant');
    world.time = START + 366 * DAY;
    expect((await world.node().run(path)).status).toBe('terminated');
    world.time = START;
  });

  test('a wake condition that does not hold is recorded a bounded number of times', async () => {
    const path = await world.object('attempts', { 1: propose.sleep([{ tag: 'signal', val: 'never' }]) });
    await world.node().run(path);
    for (let i = 0; i < 10; i++) expect((await world.node().run(path)).status).toBe('dormant');
    expect(ofKind(await entriesOf(path), 'wake')).toHaveLength(DEFAULT_LIMITS.object.wakeAttempts);
  });

  test('one that was looked at too early too often, and refused too often, wakes when it may', async () => {
    const path = await world.object('patient', {
      1: propose.sleep([{ tag: 'signal', val: 'go' }]),
      '*': propose.finish(),
    });
    const no = policySet(`${PERMIT_ALL} forbid(principal, action == Action::"reentry", resource);`);
    const { wakeAttempts } = DEFAULT_LIMITS.object;
    for (let i = 0; i < 10; i++) await world.node().run(path);
    await world.node().signal(path, 'go', null);
    for (let i = 0; i < 10; i++) expect((await world.node({ policy: no }).run(path)).status).toBe('dormant');
    const looked = ofKind(await entriesOf(path), 'wake').map(({ body }) => body.satisfied);
    expect(looked.filter((satisfied) => !satisfied)).toHaveLength(wakeAttempts);
    expect(looked.filter(Boolean)).toHaveLength(wakeAttempts);
    expect((await world.node().run(path)).status).toBe('terminated');
  });

  test('a refused reentry is recorded, and the object sleeps on', async () => {
    const path = await world.object('asleep', {
      1: propose.sleep([{ tag: 'instant', val: 0 }]),
      '*': propose.finish(),
    });
    const no = policySet(`${PERMIT_ALL} forbid(principal, action == Action::"reentry", resource);`);
    await world.node().run(path);
    await world.node({ policy: no }).run(path);
    const entries = await entriesOf(path);
    expect(ofKind(entries, 'verdict').at(-1)?.body).toMatchObject({
      action: 'reentry',
      verdict: { verdict: 'reject' },
    });
    expect(ofKind(entries, 'outcome').at(-1)?.body).toMatchObject({ action: 'reentry', class: 'refusal' });
    expect((await world.node().run(path)).status).toBe('terminated');
  });

  test('a terminated object refuses every further action and signal, and stays as it is', async () => {
    const path = await world.object('ended', { 1: propose.finish() });
    await world.node().run(path);
    const bytes = readFileSync(path);
    expect(await world.node().run(path)).toMatchObject({ status: 'terminated', outcomes: [] });
    await expect(world.node().signal(path, 'a', null)).rejects.toMatchObject({ code: 'object.terminated' });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('reentry cannot be proposed', async () => {
    const path = await world.object('reenter', { '*': { propose: { tag: 'reentry' } } });
    const report = await world.node().run(path);
    expect(report.status).toBe('failed');
    expect(report.outcomes[0]?.body).toMatchObject({ class: 'failure', action: null, reason: 'not-dormant' });
  });

  test('a mutation keeps the id and records before and after', async () => {
    const path = await world.object('mutate', {
      1: {
        propose: {
          tag: 'mutation',
          val: { kind: 'constrain', task: 'scripted', goal: 'Do what the script says', constraints: { max: 5 } },
        },
      },
      2: propose.finish(),
    });
    const before = await world.node().show(path);
    const done = await world.node().run(path);
    expect(done.state.intent.constraints).toEqual({ max: 5 });
    expect(hex(done.state.id)).toBe(hex(before.state.id));
    const [entry] = ofKind(await entriesOf(path), 'intent');
    expect(entry?.body).toMatchObject({
      mutation: 'constrain',
      before: { constraints: {} },
      after: { constraints: { max: 5 } },
      reason: 'the script says so',
    });
    expect(done.state.genesis.intent.constraints).toEqual({});
  });

  test('a child is an object of its own, within its parent, and runs', async () => {
    const child = {
      name: 'part',
      task: 'scripted',
      goal: 'A part',
      input: { '*': propose.finish('done') },
      capabilities: ['kv.*'],
      zones: [],
      budgets: [{ name: 'cycles', limit: 4 }],
    };
    const path = await world.object(
      'parent',
      {
        1: { propose: { tag: 'delegation', val: child } },
        2: { propose: { tag: 'delegation', val: { ...child, goal: 'Another' } } },
        3: propose.finish(),
      },
      { embed: true, budgets: { cycles: 10 } },
    );
    const done = await world.node().run(path);
    expect(done.outcomes.map(({ body }) => [body.class, body.reason])).toEqual([
      ['success', null],
      ['refusal', 'child-exists'],
      ['success', null],
    ]);
    const id = String(done.state.children.get('part')?.id);
    const report = await world.node().run(`${world.folder}/${id}.sojourn`);
    expect(report.status).toBe('terminated');
    expect(hex(report.state.id)).toBe(id);
    expect(hex(report.state.genesis.context.parent?.id ?? new Uint8Array())).toBe(hex(done.state.id));
    expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true });
  });

  test.each([
    ['capabilities', { capabilities: ['*'] }],
    ['budgets/cycles', { budgets: [{ name: 'cycles', limit: 1000 }] }],
    ['budgets/cycles', { budgets: [] }],
  ])('a child with wider %s is refused', async (path, part) => {
    const child = {
      name: 'part',
      task: 'scripted',
      goal: 'A part',
      input: null,
      capabilities: ['kv.get'],
      zones: [],
      budgets: [{ name: 'cycles', limit: 2 }],
      ...part,
    };
    const object = await world.object(
      `wide-${path.replace('/', '-')}-${JSON.stringify(part).length}`,
      { 1: { propose: { tag: 'delegation', val: child } }, 2: propose.finish() },
      { scope: { capabilities: ['kv.*'], zones: [], depth: 1 }, budgets: { cycles: 10 } },
    );
    const done = await world.node().run(object);
    expect(done.outcomes[0]?.body).toMatchObject({
      class: 'refusal',
      reason: 'scope',
      message: expect.stringContaining(path),
    });
  });

  test('an http answer that is an error is a failure, and the handler goes on', async () => {
    const path = await world.object('status', {
      1: propose.http({ method: 'POST', url: `${url}/500` }),
      2: propose.http({ method: 'POST', url: `${url}/redirect` }),
      3: propose.http({ method: 'POST', url: 'http://127.0.0.1:1/' }),
      4: propose.finish(),
    });
    const done = await world.node().run(path);
    expect(done.outcomes.map(({ body }) => [body.class, body.reason])).toEqual([
      ['failure', 'http-status'],
      ['failure', 'http-status'],
      ['no-response', 'unavailable'],
      ['success', null],
    ]);
  });

  test('a result that breaks the memory schema is not committed, and neither is such a write', async () => {
    const schema = {
      type: 'object',
      properties: { order: { type: 'object', required: ['missing'] }, n: { type: 'integer' } },
      additionalProperties: false,
    };
    const path = await world.object(
      'schema',
      {
        1: {
          calls: [
            ['kv.set', { key: 'n', value: 'text' }],
            ['kv.set', { key: 'other', value: 1 }],
          ],
          ...Object(propose.http({ method: 'POST', url: `${url}/orders` }, 'order')),
        },
        2: propose.finish(),
      },
      { schema },
    );
    const done = await world.node().run(path);
    expect(done.outcomes[0]?.body).toMatchObject({
      class: 'failure',
      reason: 'schema',
      message: expect.stringContaining('order'),
    });
    expect(done.state.values.size).toBe(0);
    expect(ofKind(await entriesOf(path), 'result').map(({ body }) => body.error)).toEqual(['schema', 'schema', null]);
  });

  test('writes of a cycle whose handler fails are dropped', async () => {
    const path = await world.object('dropped', {
      1: { calls: [['kv.set', { key: 'a', value: 1 }]], fail: 'no' },
      2: { calls: [['kv.get', { key: 'a' }]], report: true, propose: { tag: 'termination', val: { achieved: true } } },
    });
    expect(await world.node().run(path)).toMatchObject({
      status: 'failed',
      outcomes: [{ body: { reason: 'handler-error', message: 'no', value: { stack: 'scripted.js:1:1' } } }],
    });
    const done = await world.node().run(path);
    expect(JSON.stringify(done.state.last?.body.value)).toContain('{"ok":null}');
    expect(done.state.trust).toBe(910);
  });

  test('two copies that are evaluated at once send the same idempotency key', async () => {
    const path = await world.object('twins', {
      1: propose.http({ method: 'POST', url: `${url}/twins` }),
      '*': propose.finish(),
    });
    copyFileSync(path, world.path('twin-2'));
    await world.node().run(path);
    world.time += 5000;
    await world.node({ signer: generateKey().signer }).run(world.path('twin-2'));
    world.time = START;
    const keys = seen.filter((request) => request.path === '/twins').map((request) => request.key);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[0]).toBe(keys[1]);
  });

  test('the same object, policy and observed inputs give the same bytes', async () => {
    const path = await world.object('same', {
      1: { calls: [['random.bytes', { len: 8 }]], ...Object(propose.commit('a', 1)) },
      2: propose.finish(),
    });
    copyFileSync(path, world.path('same-2'));
    const random = { bytes: (length: number) => new Uint8Array(length).fill(7) };
    await world.node({ random }).run(path);
    await world.node({ random }).run(world.path('same-2'));
    expect(readFileSync(path).equals(readFileSync(world.path('same-2')))).toBe(true);
  });
});
