import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { sha256 } from '../../host/object/crypto.ts';
import { decodeEntry } from '../../host/object/entry.ts';
import { applyEntry, createState, foldTo } from '../../host/object/fold.ts';
import { decodeGenesis } from '../../host/object/genesis.ts';
import type { Condition, EntryBody, Verdict } from '../../host/object/model.ts';
import type { State } from '../../host/object/state.ts';
import { buildSample, filled, ObjectBuilder, PERMIT, sampleGenesis, streamOf } from './builder.ts';

const limits = DEFAULT_LIMITS.object;
const REJECT: Verdict = { ...PERMIT, verdict: 'reject' };
const sleep: Condition = { tag: 'elapsed', ms: 1000 };

/** All states of an object, by `seq`. */
function statesOf(builder: ObjectBuilder): State[] {
  const states: State[] = [];
  for (const [seq, item] of builder.items.entries()) {
    const before = states.at(-1);
    const state =
      before === undefined
        ? createState(decodeGenesis(item, limits), sha256(item))
        : applyEntry(before, decodeEntry(item, limits), sha256(item));
    expect(state.seq).toBe(seq);
    states.push(state);
  }
  return states;
}

const stateOf = (builder: ObjectBuilder): State => statesOf(builder).at(-1)!;

/** A sealed object that has just opened its first cycle. */
function opened(): ObjectBuilder {
  const builder = new ObjectBuilder();
  builder.seal();
  builder.open();
  return builder;
}

/** Puts the object to sleep and gives the `seq` of the dormancy. */
function asleep(builder: ObjectBuilder): number {
  builder.propose('dormancy', {});
  const seq = builder.outcome({ action: 'dormancy', wake: sleep });
  builder.seal();
  return seq;
}

function reenter(builder: ObjectBuilder, dormancy: number, outcomeClass: 'success' | 'deferral'): number {
  builder.begin();
  builder.add({ kind: 'wake', body: { dormancy, satisfied: outcomeClass === 'success', because: [] } });
  const seq = builder.outcome({ class: outcomeClass, action: 'reentry' });
  builder.seal();
  return seq;
}

describe('the state', () => {
  it('of a new object is its genesis', () => {
    const builder = new ObjectBuilder();
    expect(stateOf(builder)).toMatchObject({
      status: 'active',
      seq: 0,
      cycle: 0,
      unsealed: 1,
      sealed: null,
      open: null,
      last: null,
    });
    expect(stateOf(builder).id).toEqual(builder.id);
  });

  it('counts what no seal covers, and takes the trust slope of the last seal', () => {
    const { builder } = buildSample();
    expect(stateOf(builder)).toMatchObject({ unsealed: 0, trust: 990, sealed: { seq: builder.seq } });
    builder.signal('a', 'b');
    expect(stateOf(builder).unsealed).toBe(1);
  });

  it('keeps signals with the node that sealed them', () => {
    const { builder } = buildSample();
    expect(stateOf(builder).signals).toEqual([
      {
        seq: 2,
        time: expect.any(Number) as number,
        node: Buffer.from(builder.node).toString('hex'),
        name: 'approval',
        key: 'key-1',
      },
    ]);
  });

  it('holds the entries of the open cycle, until its outcome', () => {
    const builder = opened();
    builder.call(0, 'log.write', {});
    expect(stateOf(builder).open?.entries.map((entry) => entry.kind)).toEqual(['open', 'call']);
    builder.outcome();
    expect(stateOf(builder)).toMatchObject({ open: null, cycle: 1, last: { kind: 'outcome' } });
  });

  it('adds up what cycles spent', () => {
    const builder = opened();
    builder.outcome({ fuel: 5, calls: 2, bytes: 7 });
    builder.seal();
    builder.open('continued');
    builder.outcome({ class: 'failure', fuel: 6, calls: 1, bytes: 1 });
    expect(stateOf(builder).spent).toEqual({ fuel: 11, calls: 3, bytes: 8, cycles: 2, counters: {} });
  });

  it('does not change when an entry is applied to it', () => {
    const { builder } = buildSample();
    const states = statesOf(builder);
    expect(statesOf(builder)).toEqual(states);
    expect(states[1]?.signals).toEqual([]);
    expect(states.at(-1)?.values.size).toBe(2);
    expect(states[9]?.values.size).toBe(0);
  });
});

describe('writes', () => {
  it('are committed with the proposal, and traced to their call', () => {
    const builder = opened();
    const first = builder.call(0, 'kv.set', { key: 'a', value: '{"x":1}' });
    const second = builder.call(1, 'kv.set', { key: 'b', value: '2' });
    builder.propose('execution', { step: 's', into: null });
    builder.outcome({ class: 'refusal' });
    expect(stateOf(builder).values).toEqual(
      new Map([
        ['a', { value: { x: 1 }, seq: first }],
        ['b', { value: 2, seq: second }],
      ]),
    );
  });

  it('are dropped where the handler gave no proposal', () => {
    const builder = opened();
    builder.call(0, 'kv.set', { key: 'a', value: '1' });
    builder.outcome({ class: 'failure', action: null });
    expect(stateOf(builder).values.size).toBe(0);
  });

  it('are left out where authority refused or the result is an error', () => {
    const builder = opened();
    builder.call(0, 'kv.set', { key: 'a', value: '1' }, REJECT);
    builder.result(builder.call(1, 'kv.set', { key: 'b', value: '1' }), 'schema');
    builder.result(builder.call(2, 'kv.set', { key: 'c', value: '1' }, { ...PERMIT, verdict: 'constrain' }));
    builder.propose('execution', { step: 's' });
    builder.outcome();
    expect([...stateOf(builder).values.keys()]).toEqual(['c']);
  });

  it('take effect in order, deletions too', () => {
    const builder = opened();
    builder.call(0, 'kv.set', { key: 'a', value: '1' });
    builder.call(1, 'kv.set', { key: '__proto__', value: '1' });
    builder.call(2, 'kv.delete', { key: 'a' });
    builder.call(3, 'kv.delete', { key: 'never' });
    builder.call(4, 'kv.set', { key: '__proto__', value: '2' });
    builder.propose('execution', { step: 's' });
    builder.outcome();
    expect([...stateOf(builder).values].map(([key, traced]) => [key, traced.value])).toEqual([['__proto__', 2]]);
  });

  it('include the result of an execution under its key, traced to the outcome', () => {
    const builder = opened();
    builder.propose('execution', { step: 's', into: 'order' });
    const seq = builder.outcome({ value: { id: 7 } });
    expect(stateOf(builder).values.get('order')).toEqual({ value: { id: 7 }, seq });
    builder.seal();
    builder.open('continued');
    builder.propose('execution', { step: 's', into: 'order' });
    builder.outcome({ class: 'partial', value: 'other' });
    expect(stateOf(builder).values.get('order')?.seq).toBe(seq);
  });

  it('that are none are refused with the entry', () => {
    const builder = opened();
    const seq = builder.call(0, 'kv.set', { key: 'a', value: '{' });
    builder.propose('execution', { step: 's' });
    builder.outcome();
    expect(() => stateOf(builder)).toThrow(
      expect.objectContaining({
        code: 'object.chain',
        details: expect.objectContaining({ index: seq }) as object,
      }) as Error,
    );
  });
});

describe('actions', () => {
  it('dormancy and reentry', () => {
    const builder = opened();
    const seq = asleep(builder);
    expect(stateOf(builder)).toMatchObject({ status: 'dormant', dormancy: { seq, condition: sleep, attempts: 0 } });
    reenter(builder, seq, 'deferral');
    reenter(builder, seq, 'deferral');
    expect(stateOf(builder)).toMatchObject({ status: 'dormant', dormancy: { seq, attempts: 2 } });
    reenter(builder, seq, 'success');
    expect(stateOf(builder)).toMatchObject({ status: 'active', dormancy: null, cycle: 4 });
  });

  it('a deferral with a wake condition is sleep too', () => {
    const builder = opened();
    builder.propose('execution', { step: 's' });
    builder.outcome({ class: 'deferral', wake: { tag: 'signal', name: 'approval' } });
    expect(stateOf(builder)).toMatchObject({ status: 'dormant', dormancy: { condition: { tag: 'signal' } } });
  });

  it('termination, but only a successful one', () => {
    const builder = opened();
    builder.outcome({ class: 'refusal', action: 'termination' });
    builder.seal();
    expect(stateOf(builder).status).toBe('active');
    builder.open('continued');
    builder.outcome({ action: 'termination' });
    builder.seal();
    expect(stateOf(builder).status).toBe('terminated');
  });

  it.each([
    ['success', 'Narrower.', 1],
    ['refusal', 'Show the format.', 0],
  ] as const)('mutation with outcome %s', (outcomeClass, goal, mutations) => {
    const builder = opened();
    const { intent } = sampleGenesis(null);
    builder.add({
      kind: 'intent',
      body: { mutation: 'refine', before: intent, after: { ...intent, goal: 'Narrower.' }, reason: 'r' },
    });
    builder.outcome({ class: outcomeClass, action: 'mutation' });
    expect(stateOf(builder)).toMatchObject({
      intent: { goal },
      mutations,
      genesis: { intent: { goal: 'Show the format.' } },
    });
  });

  it('delegation: the child and its budgets', () => {
    const builder = opened();
    const { intent, handler } = sampleGenesis(null);
    const scope = { capabilities: [], zones: [], depth: 0 };
    const seq = builder.add({
      kind: 'child',
      body: {
        name: 'c',
        id: filled(32, 3),
        nonce: filled(16, 3),
        handler,
        intent,
        scope,
        budgets: { fuel: 50, calls: 3 },
      },
    });
    builder.outcome({ action: 'delegation', fuel: 10 });
    expect(stateOf(builder).children).toEqual(
      new Map([
        [
          'c',
          {
            seq,
            id: '03'.repeat(32),
            status: 'running',
            told: seq,
            carved: { fuel: 50, calls: 3 },
            end: null,
          },
        ],
      ]),
    );
    expect(stateOf(builder).spent).toEqual({ fuel: 60, calls: 3, bytes: 0, cycles: 1, counters: {} });
  });

  it('a proposal leaves its digest, to see a repetition', () => {
    const builder = opened();
    builder.propose('execution', { step: 's' });
    const first = stateOf(builder).lastProposal;
    builder.outcome();
    builder.seal();
    builder.open('continued');
    builder.propose('execution', { step: 's' });
    const second = stateOf(builder).lastProposal;
    expect(second?.digest).toBe(first?.digest);
    expect(second?.seq).not.toBe(first?.seq);
  });
});

describe('an entry that makes no sense is refused', () => {
  const intent = { ...sampleGenesis(null).intent, goal: 'Not this.' };
  const cases: readonly [string, (builder: ObjectBuilder) => number][] = [
    ['a result without its call', (b) => b.result(3)],
    ['a second result', (b) => ((seq) => (b.result(seq), b.result(seq)))(b.call(0, 'log.write', {}))],
    [
      'a verdict on nothing',
      (b) => b.add({ kind: 'verdict', body: { proposal: 2, action: 'execution', verdict: PERMIT } }),
    ],
    [
      'a verdict on a reentry while awake',
      (b) => b.add({ kind: 'verdict', body: { proposal: null, action: 'reentry', verdict: PERMIT } }),
    ],
    ['a second open', (b) => b.add(b.entries.at(-1) as EntryBody)],
    ['a wake while awake', (b) => b.add({ kind: 'wake', body: { dormancy: 1, satisfied: true, because: [] } })],
    [
      'an intent that starts from another',
      (b) => b.add({ kind: 'intent', body: { mutation: 'refine', before: intent, after: intent, reason: '' } }),
    ],
    ['a reentry while awake', (b) => b.outcome({ action: 'reentry' })],
    ['a second outcome', (b) => (b.outcome(), b.outcome())],
    ['a seal without outcome', (b) => (b.seal(), b.seq)],
    ['a signal in a cycle', (b) => b.signal('a', 'b')],
    ['an open while asleep', (b) => (asleep(b), b.open('continued'))],
    ['an execution while asleep', (b) => (asleep(b), b.begin(), b.outcome())],
    [
      'a wake of another dormancy',
      (b) => (asleep(b), b.begin(), b.add({ kind: 'wake', body: { dormancy: 1, satisfied: true, because: [] } })),
    ],
    ['a call without open', (b) => (b.outcome(), b.seal(), b.begin(), b.call(0, 'log.write', {}))],
  ];
  it.each(cases)('%s', (_, step) => {
    const builder = opened();
    const index = step(builder);
    expect(() => stateOf(builder)).toThrow(
      expect.objectContaining({ code: 'object.chain', details: expect.objectContaining({ index }) as object }) as Error,
    );
  });

  it.each([
    ['a cycle', (b: ObjectBuilder) => b.open('continued')],
    ['a signal', (b: ObjectBuilder) => b.signal('a', 'b')],
    ['a blob', (b: ObjectBuilder) => b.add({ kind: 'blob', body: { media: 'm', bytes: filled(1, 1) } })],
    ['an outcome', (b: ObjectBuilder) => (b.begin(), b.outcome({ action: null }))],
  ])('%s after termination', (_, step) => {
    const builder = opened();
    builder.outcome({ action: 'termination' });
    builder.seal();
    const index = step(builder);
    expect(() => stateOf(builder)).toThrow(
      expect.objectContaining({
        code: 'object.terminated',
        details: expect.objectContaining({ index }) as object,
      }) as Error,
    );
  });

  it('an entry that comes again', () => {
    const { builder } = buildSample();
    const state = stateOf(builder);
    expect(() => applyEntry(state, builder.entries.at(-1)!, builder.head)).toThrow('expected a seq above');
  });
});

describe('state at an earlier entry', () => {
  it('is the same as if the object had ended there', async () => {
    const { builder } = buildSample();
    const states = statesOf(builder);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: builder.seq }),
        fc.integer({ min: 1, max: 5000 }),
        async (seq, size) => {
          expect(await foldTo(streamOf(builder.bytes(), size), seq, limits)).toEqual(states[seq]);
        },
      ),
    );
  });

  it('behind the end is refused', async () => {
    const { builder } = buildSample();
    await expect(foldTo(streamOf(builder.bytes()), builder.seq + 1, limits)).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('a take-over', () => {
  it('stays in the open cycle', () => {
    const builder = opened();
    const lost = builder.node;
    builder.signer = null;
    builder.add({ kind: 'recover', body: { lost, from: 2 } });
    expect(stateOf(builder).open).toMatchObject({ cycle: 1, entries: [{ kind: 'open' }, { kind: 'recover' }] });
    builder.outcome({ class: 'node-loss', action: null });
    builder.add({ kind: 'recover', body: { lost: filled(16, 0), from: 2 } });
    builder.seal();
    expect(stateOf(builder)).toMatchObject({ cycle: 1, open: null, unsealed: 0 });
  });
});
