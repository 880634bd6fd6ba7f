import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { sha256 } from '../../host/object/crypto.ts';
import { decodeEntry } from '../../host/object/entry.ts';
import { applyEntry, createState } from '../../host/object/fold.ts';
import { decodeGenesis } from '../../host/object/genesis.ts';
import type { AttemptsBody, Condition, EntryBody, OutcomeBody, Verdict } from '../../host/object/model.ts';
import { nextCall } from '../../host/object/pending.ts';
import type { State } from '../../host/object/state.ts';
import type { ValueMap } from '../../host/value.ts';
import { ObjectBuilder, PERMIT } from './builder.ts';

const limits = DEFAULT_LIMITS.object;
const REJECT: Verdict = { ...PERMIT, verdict: 'reject' };
const HOUR: Condition = { tag: 'elapsed', ms: 3_600_000 };
const NOT_YET: Partial<OutcomeBody> = { class: 'deferral', reason: 'not-yet', wake: HOUR };
const REQUEST = { method: 'GET', url: 'https://vendor.example/state', headers: [], body: null, repetition: 'safe' };
const BODY: ValueMap = {
  step: 'ask',
  operation: { tag: 'http', val: REQUEST },
  into: 'state',
  retry: { maxAttempts: 100 },
  poll: { predicate: [], cursor: { pointer: '/next', parameter: 'after' } },
};

function stateOf({ items }: ObjectBuilder): State {
  const [genesis, ...entries] = items;
  const first = createState(decodeGenesis(genesis!, limits), sha256(genesis!));
  return entries.reduce((state, item) => applyEntry(state, decodeEntry(item, limits), sha256(item)), first);
}

interface Pended {
  readonly builder: ObjectBuilder;
  readonly proposal: number;
}

/** An object whose execution was tried once and is not there yet. */
function pended(changes: Partial<OutcomeBody> = NOT_YET, body: ValueMap = BODY): Pended {
  const builder = new ObjectBuilder();
  builder.seal();
  builder.open();
  const given = { source: 'handler', action: 'execution', body, rationale: '', confidence: 1, fuel: 1 } as const;
  const proposal = builder.add({ kind: 'proposal', body: given });
  builder.add({ kind: 'verdict', body: { proposal, action: 'execution', verdict: PERMIT } });
  answer(builder, builder.add({ kind: 'call', body: callBody(REQUEST) }));
  builder.outcome(changes);
  builder.seal();
  return { builder, proposal };
}

function callBody(request: ValueMap, key: string | null = null, operation = 'http.send') {
  return { index: 0, operation, request, key, verdict: PERMIT };
}

function answer(builder: ObjectBuilder, call: number, status = 200, error: string | null = null): void {
  const value = error === null ? { status, headers: [], body: new Uint8Array(0) } : null;
  const outcomeClass = error === null ? 'success' : 'no-response';
  builder.add({ kind: 'result', body: { call, class: outcomeClass, error, value, message: null } });
}

/** Wakes it, with reentry allowed. */
function wake({ builder }: Pended, verdict = PERMIT): void {
  const dormancy = stateOf(builder).dormancy!.seq;
  builder.begin();
  builder.add({ kind: 'wake', body: { dormancy, satisfied: true, because: [] } });
  builder.add({ kind: 'verdict', body: { proposal: null, action: 'reentry', verdict } });
}

/** Tries once more: keyed, so that the key can be followed. */
function retry(pending: Pended, changes: Partial<OutcomeBody>, key: string | null = null, status = 200): void {
  const { builder, proposal } = pending;
  wake(pending);
  builder.add({ kind: 'verdict', body: { proposal, action: 'execution', verdict: PERMIT } });
  const state = stateOf(builder);
  const request = nextCall(state.pending!.body, state.pending!.cursor)!.request;
  answer(builder, builder.add({ kind: 'call', body: callBody(request, key) }), status);
  builder.outcome(changes);
  builder.seal();
}

function attempts(pending: Pended, changes: Partial<AttemptsBody> = {}): void {
  const { builder, proposal } = pending;
  const body: AttemptsBody = {
    proposal,
    count: 1,
    first: builder.time,
    last: builder.time + 18_000_000,
    class: 'deferral',
    fuel: 0,
    calls: changes.count ?? 1,
    bytes: 100,
    digest: null,
    ...changes,
  };
  builder.add({ kind: 'attempts', body });
}

describe('a pending execution', () => {
  it('is one with an envelope that did not succeed; without one the handler goes on', () => {
    const { builder, proposal } = pended();
    const { status, pending, dormancy } = stateOf(builder);
    expect(status).toBe('dormant');
    expect(dormancy?.condition).toEqual(HOUR);
    expect(pending).toMatchObject({
      proposal,
      attempts: 1,
      consecutive: 1,
      class: 'deferral',
      merged: 0,
      cursor: null,
    });
    expect(stateOf(pended(NOT_YET, { ...BODY, retry: null }).builder).pending).toBeNull();
    expect(stateOf(pended({}).builder)).toMatchObject({ status: 'active', pending: null });
  });

  it('is tried again after a sleep, counts, and commits where it was proposed when it succeeds', () => {
    const pending = pended();
    retry(pending, NOT_YET);
    retry(pending, { ...NOT_YET, class: 'failure', reason: 'http-status' });
    expect(stateOf(pending.builder).pending).toMatchObject({ attempts: 3, consecutive: 1, class: 'failure' });
    retry(pending, { value: 'ready' });
    const state = stateOf(pending.builder);
    expect(state).toMatchObject({ status: 'active', pending: null, dormancy: null });
    expect(state.values.get('state')).toEqual({ value: 'ready', seq: state.last!.seq });
  });

  it('goes on at the cursor that the last outcome gave', () => {
    const pending = pended();
    retry(pending, { ...NOT_YET, class: 'partial', reason: 'cursor-moved', value: { cursor: 'b&c' } });
    const { cursor, body } = stateOf(pending.builder).pending!;
    expect(cursor).toBe('b&c');
    expect(nextCall(body, cursor)?.request['url']).toBe('https://vendor.example/state?after=b%26c');
    retry(pending, NOT_YET);
    expect(stateOf(pending.builder).pending?.cursor).toBe('b&c');
  });

  it('keeps its key until an answer settles what it stands for', () => {
    const pending = pended();
    const failed = { ...NOT_YET, class: 'failure' } as const;
    retry(pending, failed, 'key-1', 503);
    expect(stateOf(pending.builder).pending?.key).toBe('key-1');
    retry(pending, failed, 'key-1', 409);
    expect(stateOf(pending.builder).pending?.key).toBe('key-1');
    // by a node that calls it safe: the key still stands for what is not known
    retry(pending, failed, null, 503);
    expect(stateOf(pending.builder).pending?.key).toBe('key-1');
    retry(pending, failed, 'key-1', 500);
    expect(stateOf(pending.builder).pending?.key).toBeNull();
  });

  it('keeps the key of a call that no result stands behind, whatever ends the cycle', () => {
    const pending = pended();
    const { builder, proposal } = pending;
    wake(pending);
    builder.add({ kind: 'verdict', body: { proposal, action: 'execution', verdict: PERMIT } });
    builder.add({ kind: 'call', body: callBody(REQUEST, 'key-9') });
    builder.outcome({ class: 'failure', action: null, reason: 'divergence' });
    expect(stateOf(builder)).toMatchObject({ status: 'dormant', pending: { key: 'key-9', attempts: 1 } });
  });

  it('has no key of what its handler sent before it proposed: that was another call', () => {
    const builder = new ObjectBuilder();
    builder.seal();
    builder.open();
    const own = builder.add({ kind: 'call', body: callBody({ ...REQUEST, url: 'https://vendor.example/a' }, 'key-a') });
    answer(builder, own, 0, 'no-response');
    const given = {
      source: 'handler',
      action: 'execution',
      body: BODY,
      rationale: '',
      confidence: 1,
      fuel: 1,
    } as const;
    const proposal = builder.add({ kind: 'proposal', body: given });
    builder.add({ kind: 'verdict', body: { proposal, action: 'execution', verdict: { ...PERMIT, verdict: 'defer' } } });
    builder.outcome({ class: 'deferral', reason: 'policy', wake: HOUR });
    expect(stateOf(builder).pending?.key).toBeNull();
  });

  it('has a digest that is the same where an attempt brought nothing new, and another where it did', () => {
    const pending = pended();
    const digest = () => stateOf(pending.builder).pending!.digest;
    const first = digest();
    retry(pending, NOT_YET);
    expect(digest()).toBe(first);
    retry(pending, { ...NOT_YET, wake: { tag: 'elapsed', ms: 1 } });
    const shorter = digest();
    expect(shorter).not.toBe(first);
    retry(pending, { ...NOT_YET, reason: 'other', wake: { tag: 'elapsed', ms: 1 } });
    expect(digest()).not.toBe(shorter);
  });
});

describe('merged attempts', () => {
  it('count as attempts, are spent, and let the sleep begin anew', () => {
    const pending = pended();
    const before = stateOf(pending.builder);
    attempts(pending);
    const { spent, dormancy, pending: now } = stateOf(pending.builder);
    expect(now).toMatchObject({ attempts: 2, consecutive: 2, merged: 1 });
    expect(dormancy).toMatchObject({ seq: before.dormancy!.seq, since: before.dormancy!.since + 18_000_000 + 1000 });
    expect(spent).toEqual({ ...before.spent, cycles: before.spent.cycles + 1, calls: 1, bytes: 100 });
  });

  it('no more than double under one seal, so that what nobody signed cannot use up an envelope', () => {
    const pending = pended();
    for (const count of [1, 1, 2, 4, 8]) {
      attempts(pending, { count });
      pending.builder.seal();
    }
    expect(stateOf(pending.builder).pending).toMatchObject({ merged: 16, attempts: 17 });
    attempts(pending, { count: 17 });
    expect(() => stateOf(pending.builder)).toThrow('expected at most 16 attempts, found 17');
  });

  it.each([
    [{ calls: 2 }, 'expected one call an attempt, found 2 in 1'],
    [{ calls: 0 }, 'expected one call an attempt, found 0 in 1'],
    [{ fuel: 1 }, 'expected attempts without a run of the handler, found fuel used'],
    [{ proposal: 1 }, 'attempts of the proposal'],
    [{ class: 'failure' as const }, 'attempts that ended as the last one, deferral'],
  ])('are refused where they are not those of what is pending: %j', (changes, expected) => {
    const pending = pended();
    attempts(pending, changes);
    expect(() => stateOf(pending.builder)).toThrow(expected);
  });

  it('are refused where nothing is pending', () => {
    const pending = pended({});
    attempts(pending);
    expect(() => stateOf(pending.builder)).toThrow('expected a pending execution, found none');
  });
});

describe('a sleeper', () => {
  /** What follows the wake. */
  const steps: readonly (readonly [string, (pending: Pended) => void, string])[] = [
    [
      'a call without a verdict on it',
      ({ builder }) => void builder.add({ kind: 'call', body: callBody(REQUEST) }),
      'a verdict that allows the pending execution',
    ],
    [
      'another call than the pending one',
      ({ builder, proposal }) => {
        builder.add({ kind: 'verdict', body: { proposal, action: 'execution', verdict: PERMIT } });
        builder.add({ kind: 'call', body: callBody({ ...REQUEST, url: 'https://other.example/' }) });
      },
      'the call of the pending execution',
    ],
    [
      'a call that was rejected',
      ({ builder, proposal }) => {
        builder.add({ kind: 'verdict', body: { proposal, action: 'execution', verdict: REJECT } });
        builder.add({ kind: 'call', body: callBody(REQUEST) });
      },
      'a verdict that allows the pending execution',
    ],
    [
      'a second call',
      ({ builder, proposal }) => {
        builder.add({ kind: 'verdict', body: { proposal, action: 'execution', verdict: PERMIT } });
        answer(builder, builder.add({ kind: 'call', body: callBody(REQUEST) }));
        builder.add({ kind: 'call', body: callBody(REQUEST) });
      },
      'one call of the pending execution',
    ],
    [
      'a verdict on another proposal',
      ({ builder }) =>
        void builder.add({ kind: 'verdict', body: { proposal: 1, action: 'execution', verdict: PERMIT } }),
      'a proposal of this cycle',
    ],
    [
      'a verdict on another action',
      ({ builder, proposal }) =>
        void builder.add({ kind: 'verdict', body: { proposal, action: 'delegation', verdict: PERMIT } }),
      'a proposal of this cycle',
    ],
    ['an outcome of what was not decided', ({ builder }) => void builder.outcome({}), 'reentry of a dormant object'],
  ];

  it.each(steps)('takes no part in %s', (_name, step, expected) => {
    const pending = pended();
    wake(pending);
    expect(() => stateOf(pending.builder)).not.toThrow();
    step(pending);
    expect(() => stateOf(pending.builder)).toThrow(expected);
  });

  it('is not tried where its reentry was refused', () => {
    const pending = pended();
    wake(pending, REJECT);
    pending.builder.add({
      kind: 'verdict',
      body: { proposal: pending.proposal, action: 'execution', verdict: PERMIT },
    });
    expect(() => stateOf(pending.builder)).toThrow('a proposal of this cycle');
  });

  it('ends where its envelope is used up', () => {
    const pending = pended();
    wake(pending);
    pending.builder.add({
      kind: 'verdict',
      body: { proposal: pending.proposal, action: 'termination', verdict: PERMIT },
    });
    pending.builder.outcome({
      action: 'termination',
      reason: 'envelope:attempts',
      value: { achieved: false, result: null },
    });
    pending.builder.seal();
    expect(stateOf(pending.builder)).toMatchObject({ status: 'terminated', pending: null });
  });
});

describe('what a cycle says went wrong', () => {
  const NEGATIVE = { operation: 'http.send', target: '*', zone: null, reason: 'timeout', until: HOUR } as const;
  const FAILURE = { class: 'failure', operation: null, target: null, reason: null } as const;
  const nonsense: readonly (readonly [string, (builder: ObjectBuilder) => EntryBody, string])[] = [
    [
      'a negative capability of every node',
      ({ seq }) => ({ kind: 'negative', body: { ...NEGATIVE, node: null, because: seq } }),
      'the node that met it, found every node',
    ],
    [
      'a negative capability of another node than the one that met it',
      ({ seq }) => ({ kind: 'negative', body: { ...NEGATIVE, node: new Uint8Array(16).fill(9), because: seq } }),
      'the node that met it, found another',
    ],
    [
      'a negative capability that nothing led to',
      ({ node }) => ({ kind: 'negative', body: { ...NEGATIVE, node, because: 1 } }),
      'a result or a verdict of this cycle',
    ],
    [
      'a failure of what is none',
      ({ seq }) => ({ kind: 'failure', body: { ...FAILURE, class: 'success', because: seq } }),
      'the class of a failure',
    ],
    [
      'a failure that nothing led to',
      () => ({ kind: 'failure', body: { ...FAILURE, because: 1 } }),
      'an entry of this cycle',
    ],
  ];

  it.each(nonsense)('is not %s', (_name, body, expected) => {
    const pending = pended();
    wake(pending);
    pending.builder.add(body(pending.builder));
    expect(() => stateOf(pending.builder)).toThrow(expected);
  });
});

describe('negative capabilities', () => {
  it('are kept until they are retired', () => {
    const pending = pended();
    const { builder } = pending;
    wake(pending);
    const negative = builder.add({
      kind: 'negative',
      body: {
        operation: 'http.send',
        target: 'https://vendor.example',
        node: builder.node,
        zone: null,
        reason: 'timeout',
        because: builder.seq,
        until: HOUR,
      },
    });
    builder.outcome({ class: 'refusal', action: 'reentry' });
    builder.seal();
    expect(stateOf(builder).negatives).toMatchObject([{ seq: negative, body: { target: 'https://vendor.example' } }]);
    wake(pending);
    builder.add({ kind: 'retire', body: { negative, reason: 'elapsed' } });
    builder.outcome({ class: 'refusal', action: 'reentry' });
    builder.seal();
    expect(stateOf(builder).negatives).toEqual([]);
    wake(pending);
    builder.add({ kind: 'retire', body: { negative, reason: 'elapsed' } });
    expect(() => stateOf(builder)).toThrow('a negative capability that is not retired');
  });
});
