/**
 * A process that is killed while it tries something again loses nothing that was sealed and repeats nothing that was done (R15, R46), at any
 * point and in the middle of its writes; so it is with attempts that are merged (R45).
 */
import { copyFileSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKey } from '../../host/node/native.ts';
import type { Host } from '../../host/node/host.ts';
import { startEffectServer } from './effect-server.ts';
import type { EffectServer } from './effect-server.ts';
import { copyLedger } from './effect-server.ts';
import { runChild } from './children.ts';
import type { ChildEnd } from './children.ts';
import type { Death } from './crash-child.ts';
import { ask, ENVELOPE, HOUR, scriptOf, send } from './retrying.ts';
import { createWorld, START } from './world.ts';
import type { World } from './world.ts';
import { offsetsOf, ofKind, pointsOf } from './wreck.ts';

/** Several processes at a time on a machine that may be busy. */
const TIMEOUT_MS = 300_000;
/** The points of an attempt, in a cycle of its own. */
const POINTS = ['opened', 'decided', 'decided', 'call-recorded', 'performed', 'result-recorded', 'applied'];
const SEALED = [...POINTS, 'outcome-recorded', 'sealed'];
const MERGED = [...POINTS, 'outcome-recorded', 'merged'];
let world: World;
let server: EffectServer;

beforeAll(async () => {
  [world, server] = await Promise.all([createWorld(), startEffectServer()]);
});

afterAll(() => Promise.all([world.close(), server.close()]));

/** Runs the object in a process of its own at a later time, and kills it there. */
async function die(path: string, time: number, death: Death): Promise<ChildEnd> {
  const end = await runChild({ path, key: world.creator.privatePem, time, job: 'run', death });
  expect([end.stderr, end.signal]).toEqual(['', 'SIGKILL']);
  return end;
}

const later = { now: () => START + HOUR };
const nodes: readonly (readonly [string, () => Host])[] = [
  ['the same node', () => world.node({ clock: later })],
  ['another node', () => world.node({ clock: later, signer: generateKey().signer })],
];

describe.concurrent('killed in the second attempt of a keyed call', { timeout: TIMEOUT_MS }, () => {
  /** Tried once: the answer was a plain failure, so that the next attempt is a call of its own. */
  async function failedOnce(name: string): Promise<string> {
    const answers = [500];
    server.answer(`/${name}/order`, (_request, response) => {
      response.writeHead(answers.shift() ?? 200, { 'content-type': 'application/json' }).end('{}');
    });
    const path = await world.object(name, scriptOf(send(`${server.url}/${name}/order`)), { embed: true });
    await world.node().run(path);
    return path;
  }

  test.each(SEALED.map((point, n) => [n, point] as const))(
    'at its point %i, %s: the call takes place once',
    async (n) => {
      const name = `keyed-${n}`;
      const path = await failedOnce(name);
      const whole = readFileSync(path);
      const end = await die(path, START + HOUR, { at: 'point', n });
      expect(pointsOf(end.lines).map(({ point }) => point)).toEqual(SEALED.slice(0, n + 1));
      const known = copyLedger(server.ledger(name));
      for (const [who, host] of nodes) {
        server.restore(name, known);
        const copy = `${path}-${who.replace(' ', '-')}`;
        copyFileSync(path, copy);
        const node = host();
        expect((await node.run(copy)).status).toBe('terminated');
        // one key for the attempt that failed, one for the one that did not, however often it was sent
        const { seen } = server.ledger(name);
        expect([seen.filter(({ effect }) => effect).length, new Set(seen.map(({ key }) => key)).size]).toEqual([2, 2]);
        const { entries, state } = await node.show(copy);
        expect(readFileSync(copy).subarray(0, whole.length).equals(whole)).toBe(true);
        expect(state.values.get('answer')?.value).toEqual({});
        expect(ofKind(entries, 'open')).toHaveLength(2);
        const report = await node.verify(copy, { replay: true });
        expect(report.ok ? '' : report.message).toBe('');
      }
    },
  );
});

test(
  'killed in the second attempt of a call that must not be repeated: it is not, and the handler is told',
  { timeout: TIMEOUT_MS },
  async () => {
    const answers = [500];
    server.answer('/never/order', (_request, response) => {
      response.writeHead(answers.shift() ?? 200, { 'content-type': 'application/json' }).end('{}');
    });
    const path = await world.object('never', scriptOf(send(`${server.url}/never/order`, {}, 'never')), { embed: true });
    await world.node().run(path);
    await die(path, START + HOUR, { at: 'point', n: SEALED.indexOf('performed') });
    const node = world.node({ clock: later });
    const report = await node.run(path);
    expect(server.ledger('never').seen).toHaveLength(2);
    expect(report.outcomes.map(({ body }) => [body.class, body.reason])).toEqual([
      ['no-response', 'unknown'],
      ['success', null],
    ]);
    expect((await node.verify(path, { replay: true })).ok).toBe(true);
  },
);

describe.concurrent('killed in an attempt that changes nothing', { timeout: TIMEOUT_MS }, () => {
  /** Polled so often, an hour apart, ending at START. */
  async function polled(name: string, attempts: number): Promise<string> {
    server.answer(`/${name}/job`, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"state":"queued"}');
    });
    const retry = { ...ENVELOPE, minDelay: HOUR };
    const path = await world.object(name, scriptOf(ask(`${server.url}/${name}/job`, { retry })), { embed: true });
    for (let attempt = attempts - 1; attempt >= 0; attempt--) {
      const clock = { now: () => START - attempt * HOUR };
      await world.node({ clock }).run(path);
    }
    return path;
  }

  const deaths: readonly (readonly [string, Death])[] = [
    ...MERGED.map((point, n) => [point, { at: 'point', n }] as const),
    ['the write of the entry that takes its place', { at: 'append', n: 0, share: 0.5 }],
    ['the beginning of that write', { at: 'append', n: 0, bytes: 0 }],
  ];

  test.each(deaths.map(([point, death], n) => [n, point, death] as const))(
    '%i, %s: what was sealed is there, and the polling goes on',
    async (n, _point, death) => {
      const path = await polled(`poll-${n}`, 4);
      const before = (await world.node().show(path)).state;
      // one entry sealed at one attempt, one at two, and the third stands unsealed
      expect(before.pending).toMatchObject({ attempts: 4, merged: 3 });
      const whole = readFileSync(path);
      const sealEnd = (await offsetsOf(whole))[before.sealed!.seq + 1]!;
      await die(path, START + HOUR, death);
      for (const [, host] of nodes) {
        const copy = `${path}-${generateKey().signer.publicKey.join('').slice(0, 12)}`;
        copyFileSync(path, copy);
        const node = host();
        expect((await node.run(copy)).status).toBe('dormant');
        const { state } = await node.show(copy);
        expect(readFileSync(copy).subarray(0, sealEnd).equals(whole.subarray(0, sealEnd))).toBe(true);
        // the unsealed one can be lost with the process, never one that is sealed
        expect(state.pending!.attempts).toBeGreaterThanOrEqual(4);
        expect(state.pending!.attempts).toBeLessThanOrEqual(6);
        expect((await node.verify(copy)).ok).toBe(true);
      }
    },
  );
});
