/** What stands behind the last seal is signed by nobody: it is no authority for anything that a node does. */
import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { CycleLimits } from '../../host/limits.ts';
import { nativeHash } from '../../host/node/native.ts';
import { encodeEntry } from '../../host/object/entry.ts';
import type { Entry, EntryBody, Verdict } from '../../host/object/model.ts';
import type { PolicySet } from '../../host/policy/model.ts';
import { startEffectServer } from './effect-server.ts';
import { createWorld, PERMIT_ALL, policySet, propose } from './world.ts';
import type { World } from './world.ts';

const PERMIT: Verdict = { verdict: 'permit', policies: ['node:all'], reason: null, constraints: null, wake: null };
const NO_HTTP = policySet(
  `${PERMIT_ALL} forbid(principal, action in [Action::"http.send", Action::"execution"], resource is Http);`,
);
const NOT_ALLOWED: unknown = expect.stringContaining('this node does not allow it');
let world: World;
let server: Awaited<ReturnType<typeof startEffectServer>>;

beforeAll(async () => {
  [world, server] = await Promise.all([createWorld(), startEffectServer()]);
});

afterAll(() => Promise.all([world.close(), server.close()]));

/** Puts entries behind the last seal, as whoever carries the file can. */
async function forge(path: string, policy: PolicySet, bodies: readonly EntryBody[]): Promise<void> {
  const { state } = await world.node().show(path);
  let { seq, head: prev } = state;
  for (const body of bodies) {
    const header = { seq: ++seq, prev, time: world.time, node: new Uint8Array(16).fill(7), cycle: state.cycle + 1 };
    const entry: Entry = { ...header, policy: policy.digest, ...body };
    const bytes = encodeEntry(entry);
    appendFileSync(path, bytes);
    prev = nativeHash(bytes);
  }
}

function open(limits: Partial<CycleLimits> = {}): EntryBody {
  const body = {
    trigger: 'created',
    because: null,
    seed: new Uint8Array(16),
    limits: { ...DEFAULT_LIMITS.cycle, ...limits },
  } as const;
  return { kind: 'open', body };
}

function call(request: { readonly method: string; readonly url: string }): EntryBody {
  const full = { ...request, headers: [], body: null, repetition: 'keyed' };
  return { kind: 'call', body: { index: 0, operation: 'http.send', request: full, key: null, verdict: PERMIT } };
}

const requestTo = (name: string) => ({ method: 'POST', url: `${server.url}/${name}/effect` });

test('a call that a forged entry says is allowed does not leave, and the cycle ends there', async () => {
  const request = requestTo('forged-call');
  const path = await world.object('forged-call', {
    '*': { calls: [['http.send', request]], ...Object(propose.finish()) },
  });
  await forge(path, NO_HTTP, [open(), call(request)]);
  const report = await world.node({ policy: NO_HTTP }).run(path);
  expect(report.outcomes[0]?.body).toMatchObject({ class: 'failure', reason: 'divergence', message: NOT_ALLOWED });
  expect(server.ledger('forged-call').seen).toEqual([]);
  expect(await world.node().verify(path)).toMatchObject({ ok: true });
});

test('the same tail goes on where this node allows the call', async () => {
  const request = requestTo('honest-call');
  const path = await world.object('honest-call', {
    '*': { calls: [['http.send', request]], ...Object(propose.finish()) },
  });
  await forge(path, NO_HTTP, [open(), call(request)]);
  expect(await world.node().run(path)).toMatchObject({ status: 'terminated' });
  expect(server.ledger('honest-call').seen).toHaveLength(1);
});

test('a forged verdict on an action is not acted on', async () => {
  const request = requestTo('forged-verdict');
  const path = await world.object('forged-verdict', { '*': propose.http(request) });
  const probe = await world.object('forged-probe', { '*': propose.http(requestTo('forged-verdict')) });
  await world.node({ policy: NO_HTTP }).run(probe, { once: true });
  const { entries } = await world.node().show(probe);
  const proposal = entries.find((entry) => entry.kind === 'proposal');
  if (proposal?.kind !== 'proposal') throw new Error('expected a proposal');
  const { seq } = (await world.node().show(path)).state;
  await forge(path, NO_HTTP, [
    open(),
    { kind: 'proposal', body: proposal.body },
    { kind: 'verdict', body: { proposal: seq + 2, action: 'execution', verdict: PERMIT } },
    call(request),
  ]);
  const report = await world.node({ policy: NO_HTTP }).run(path, { once: true });
  expect(report.outcomes[0]?.body).toMatchObject({ class: 'failure', reason: 'divergence', message: NOT_ALLOWED });
  expect(server.ledger('forged-verdict').seen).toEqual([]);
});

test('forged limits that are wider than this node allows are not run under', async () => {
  const request = requestTo('forged-limits');
  const path = await world.object('forged-limits', {
    '*': { calls: [['http.send', request]], ...Object(propose.finish()) },
  });
  await forge(path, NO_HTTP, [open({ fuel: DEFAULT_LIMITS.cycle.fuel + 1 }), call(request)]);
  const report = await world.node().run(path, { once: true });
  expect(report.outcomes[0]?.body).toMatchObject({ class: 'failure', reason: 'divergence', fuel: 0 });
  expect(server.ledger('forged-limits').seen).toEqual([]);
});
