/** What a parent's own entries say of its children: ends by witnesses, what comes back of their budgets, who is missing or given up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEd25519Signer, sha256 } from '../../host/object/crypto.ts';
import { applyEntry, createState } from '../../host/object/fold.ts';
import { decodeGenesis } from '../../host/object/genesis.ts';
import type { AggregateBody, Budgets, ChildBody, EntryBody, WitnessBody } from '../../host/object/model.ts';
import { parentsWord } from '../../host/object/lineage.ts';
import type { State } from '../../host/object/state.ts';
import { pickItems } from '../../host/object/witness.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { Value } from '../../host/value.ts';
import { CREATOR, filled, ObjectBuilder, PERMIT, sampleGenesis } from './builder.ts';

const NODE = createEd25519Signer(filled(32, 5));

function fold(builder: ObjectBuilder): State {
  let state = createState(decodeGenesis(builder.items[0]!), builder.id);
  builder.entries.forEach((entry, index) => (state = applyEntry(state, entry, sha256(builder.items[index + 1]!))));
  return state;
}

/** Another object, told apart by its nonce. */
function part(n: number): ObjectBuilder {
  const builder = new ObjectBuilder(NODE, { nonce: filled(16, n) });
  builder.seal();
  return builder;
}

function childBody(name: string, id: Uint8Array, budgets: Budgets = {}): ChildBody {
  const { intent, handler } = sampleGenesis(null);
  return { name, id, nonce: filled(16, 1), handler, intent, scope: { capabilities: [], zones: [], depth: 0 }, budgets };
}

/** A parent with these children, each made in a cycle of its own. */
function parentOf(children: { readonly [name: string]: readonly [ObjectBuilder, Budgets] }): ObjectBuilder {
  const builder = new ObjectBuilder();
  builder.seal();
  for (const [name, [child, budgets]] of Object.entries(children))
    cycle(builder, 'delegation', { kind: 'child', body: childBody(name, child.id, budgets) });
  return builder;
}

function cycle(builder: ObjectBuilder, action: 'delegation' | 'dormancy', ...bodies: readonly EntryBody[]): number {
  builder.open();
  builder.propose(action, {});
  const seqs = bodies.map((body) => builder.add(body));
  const wake = action === 'dormancy' ? ({ tag: 'elapsed', ms: 1 } as const) : null;
  const outcome = builder.outcome({ action, wake });
  builder.seal();
  return action === 'dormancy' ? outcome : (seqs[0] ?? 0);
}

function end(child: ObjectBuilder, result: Value, spent: Budgets | null, reason: string | null = null): WitnessBody {
  const before = child.seq;
  child.open();
  child.propose('termination', {});
  child.outcome({ action: 'termination', value: { achieved: reason === null, result }, reason });
  const receipt = child.seal();
  return { id: child.id, receipt, items: pickItems(child.items.slice(before + 1, -1), DEFAULT_LIMITS.object), spent };
}

function tell(builder: ObjectBuilder, body: WitnessBody): number {
  const seq = builder.add({ kind: 'witness', body });
  builder.seal();
  return seq;
}

/** A cycle of a sleeper that wakes, with this aggregate. */
function reenter(builder: ObjectBuilder, dormancy: number, ...bodies: readonly AggregateBody[]): void {
  builder.begin();
  builder.add({ kind: 'wake', body: { dormancy, satisfied: true, because: [] } });
  builder.add({ kind: 'verdict', body: { proposal: null, action: 'reentry', verdict: PERMIT } });
  for (const body of bodies) builder.add({ kind: 'aggregate', body });
  builder.outcome({ action: 'reentry' });
  builder.seal();
}

describe('the end of a child', () => {
  test('is taken with its result, and what it did not use comes back', () => {
    const child = part(1);
    const builder = parentOf({ a: [child, { fuel: 1000, cycles: 5, counters: { cents: 50, tokens: 3 } }] });
    const before = fold(builder);
    expect(before.children.get('a')).toMatchObject({ status: 'running', end: null });
    expect(before.spent).toMatchObject({ fuel: 1100, cycles: 6, counters: { cents: 50, tokens: 3 } });
    const seq = tell(
      builder,
      end(child, { price: 12 }, { fuel: 400, cycles: 2, bytes: 7, calls: 1, counters: { cents: 20 } }),
    );
    const after = fold(builder);
    expect(after.children.get('a')).toMatchObject({
      status: 'returned',
      told: seq,
      end: {
        seq,
        achieved: true,
        result: { price: 12 },
        late: false,
        back: { fuel: 600, cycles: 3, counters: { cents: 30, tokens: 3 } },
      },
    });
    expect(after.spent).toEqual({ fuel: 500, calls: 0, bytes: 0, cycles: 3, counters: { cents: 20, tokens: 0 } });
  });

  test('brings nothing back of what it is not known to have left', () => {
    const child = part(1);
    const builder = parentOf({ a: [child, { fuel: 1000 }] });
    tell(builder, end(child, null, null));
    expect(fold(builder).spent.fuel).toBe(1100);
    expect(fold(builder).children.get('a')?.end?.back).toEqual({});
  });

  test('told again changes nothing: a second witness of it makes no sense', () => {
    const child = part(1);
    const builder = parentOf({ a: [child, { fuel: 1000 }] });
    const body = end(child, null, { fuel: 0 });
    tell(builder, body);
    const once = fold(builder);
    builder.add({ kind: 'witness', body: { ...body, spent: { fuel: 1 } } });
    expect(() => fold(builder)).toThrow(/tells more than is known/);
    expect(once.spent.fuel).toBe(100);
  });

  test('after a newer head of it is known brings what is left just once, too', () => {
    const child = part(1);
    const builder = parentOf({ a: [child, { fuel: 1000 }] });
    const body = end(child, 'x', { fuel: 10 });
    child.add({ kind: 'checkpoint', body: { size: 1, frontier: [], state: null } });
    tell(builder, { id: child.id, receipt: child.seal(), items: [], spent: { fuel: 10 } });
    expect(fold(builder).children.get('a')?.status).toBe('running');
    tell(builder, body);
    expect(fold(builder).children.get('a')?.status).toBe('returned');
    expect(fold(builder).spent.fuel).toBe(110);
  });

  test('on another branch than the one that is known is a fork and no end; on that one it is none any more', () => {
    const [child, other] = [part(1), part(1)];
    const builder = parentOf({ a: [child, { fuel: 1000 }] });
    child.add({ kind: 'signal', body: { name: 'here', key: 'k', payload: null } });
    tell(builder, { id: child.id, receipt: child.seal(), items: [], spent: null });
    other.add({ kind: 'signal', body: { name: 'there', key: 'k', payload: null } });
    tell(builder, { id: other.id, receipt: other.seal(), items: [], spent: null });
    tell(builder, end(other, 'x', { fuel: 0 }));
    const state = fold(builder);
    expect([...state.objects.values()][0]).toMatchObject({ ended: null, fork: { at: 3 } });
    expect(state.children.get('a')).toMatchObject({ status: 'running', end: null });
    expect(state.spent.fuel).toBe(1100);
  });

  test('of an object that is no child changes no child', () => {
    const builder = parentOf({ a: [part(1), { fuel: 1000 }] });
    tell(builder, end(part(2), 'x', { fuel: 0 }));
    expect(fold(builder).children.get('a')?.status).toBe('running');
    expect(fold(builder).spent.fuel).toBe(1100);
  });

  test('never brings back more than was carved, whatever is said of it', () => {
    const amount = fc.nat(1000);
    const budgets = fc.record({ fuel: amount, calls: amount, bytes: amount, cycles: amount }, { requiredKeys: [] });
    const counters = fc.dictionary(fc.constantFrom('cents', 'tokens', 'constructor'), amount);
    fc.assert(
      fc.property(budgets, counters, budgets, counters, (carved, own, spent, used) => {
        const child = part(1);
        const builder = parentOf({ a: [child, { ...carved, counters: own }] });
        const before = fold(builder).spent;
        tell(builder, end(child, null, { ...spent, counters: used }));
        const after = fold(builder).spent;
        for (const name of ['fuel', 'calls', 'bytes', 'cycles'] as const) {
          expect(after[name]).toBeLessThanOrEqual(before[name]);
          expect(after[name]).toBeGreaterThanOrEqual(before[name] - (carved[name] ?? 0));
        }
        for (const name of Object.keys(own))
          expect(after.counters[name]).toBe(Math.min(own[name]!, Object.hasOwn(used, name) ? used[name]! : 0));
      }),
      { numRuns: 50 },
    );
  });
});

describe('an aggregate', () => {
  function sleeping() {
    const [a, b] = [part(1), part(2)];
    const builder = parentOf({ a: [a, {}], b: [b, {}] });
    const dormancy = cycle(builder, 'dormancy');
    const seq = tell(builder, end(a, 'x', { fuel: 1 }));
    return { builder, dormancy, seq, b };
  }

  test('marks who did not come back; what comes late is taken, and said to be late', () => {
    const { builder, dormancy, seq, b } = sleeping();
    reenter(builder, dormancy, { need: 2, of: ['a', 'b'], returned: [{ name: 'a', seq }], missing: ['b'] });
    expect(fold(builder).children.get('b')).toMatchObject({ status: 'missing', end: null });
    expect(fold(builder).children.get('a')).toMatchObject({ status: 'returned', told: seq });
    tell(builder, end(b, 'late', { fuel: 1 }));
    expect(fold(builder).children.get('b')).toMatchObject({ status: 'returned', end: { late: true, result: 'late' } });
  });

  test.each<[string, (seq: number) => AggregateBody]>([
    ['a name that no child has', (seq) => ({ need: 1, of: ['a', 'c'], returned: [{ name: 'a', seq }], missing: [] })],
    ['one child twice', (seq) => ({ need: 1, of: ['a', 'a'], returned: [{ name: 'a', seq }], missing: [] })],
    ['nobody', () => ({ need: 1, of: [], returned: [], missing: [] })],
    ['more needed than there are', (seq) => ({ need: 3, of: ['a', 'b'], returned: [{ name: 'a', seq }], missing: [] })],
    ['none needed', (seq) => ({ need: 0, of: ['a', 'b'], returned: [{ name: 'a', seq }], missing: [] })],
    ['one that came back as missing', () => ({ need: 1, of: ['a', 'b'], returned: [], missing: ['a'] })],
    [
      'one that did not come back as returned',
      (seq) => ({ need: 1, of: ['a', 'b'], returned: [{ name: 'b', seq }], missing: [] }),
    ],
    ['another witness', (seq) => ({ need: 1, of: ['a', 'b'], returned: [{ name: 'a', seq: seq - 1 }], missing: [] })],
    [
      'a missing one that was not asked for',
      (seq) => ({ need: 1, of: ['a'], returned: [{ name: 'a', seq }], missing: ['b'] }),
    ],
    ['one missing twice', () => ({ need: 1, of: ['a', 'b'], returned: [], missing: ['b', 'b'] })],
  ])('with %s makes no sense', (_what, body) => {
    const { builder, dormancy, seq } = sleeping();
    reenter(builder, dormancy, body(seq));
    expect(() => fold(builder)).toThrow(/expected/);
  });

  test('stands once, where a wake condition is met', () => {
    const right = (seq: number): AggregateBody => ({
      need: 1,
      of: ['a', 'b'],
      returned: [{ name: 'a', seq }],
      missing: [],
    });
    const twice = sleeping();
    reenter(twice.builder, twice.dormancy, right(twice.seq), right(twice.seq));
    expect(() => fold(twice.builder)).toThrow(/one aggregate/);
    const awake = sleeping();
    reenter(awake.builder, awake.dormancy);
    cycle(awake.builder, 'delegation', { kind: 'aggregate', body: right(awake.seq) });
    expect(() => fold(awake.builder)).toThrow(/wake condition/);
  });
});

describe('giving a child up', () => {
  const cancel = (name: string): EntryBody => ({ kind: 'cancel', body: { name, reason: 'too late' } });

  test('marks it; its budgets come back with its end and not before', () => {
    const child = part(1);
    const builder = parentOf({ a: [child, { fuel: 1000 }] });
    const seq = cycle(builder, 'delegation', cancel('a'));
    expect(fold(builder).children.get('a')).toMatchObject({ status: 'cancelled', told: seq, end: null });
    expect(fold(builder).spent.fuel).toBe(1200);
    tell(builder, end(child, null, { fuel: 300 }, 'cancelled'));
    expect(fold(builder).children.get('a')).toMatchObject({ status: 'cancelled', end: { achieved: false } });
    expect(fold(builder).spent.fuel).toBe(500);
  });

  test('of one that had ended by itself before it heard of it: it is returned', () => {
    const child = part(1);
    const builder = parentOf({ a: [child, {}] });
    cycle(builder, 'delegation', cancel('a'));
    tell(builder, end(child, 'done', { fuel: 300 }));
    expect(fold(builder).children.get('a')).toMatchObject({ status: 'returned', end: { result: 'done' } });
  });

  test('is nothing where the cycle failed', () => {
    const builder = parentOf({ a: [part(1), {}] });
    builder.open();
    builder.add(cancel('a'));
    builder.outcome({ class: 'failure', action: null, reason: 'x' });
    expect(fold(builder).children.get('a')?.status).toBe('running');
  });

  test('makes no sense for a stranger, twice, or after its end', () => {
    const child = part(1);
    const builder = (): ObjectBuilder => parentOf({ a: [child, {}] });
    expect(() => fold(withCycle(builder(), cancel('b')))).toThrow(/the name of a child/);
    expect(() => fold(withCycle(builder(), cancel('a'), cancel('a')))).toThrow(/not given up/);
    const twice = builder();
    cycle(twice, 'delegation', cancel('a'));
    expect(() => fold(withCycle(twice, cancel('a')))).toThrow(/not given up/);
    const ended = builder();
    tell(ended, end(child, null, null));
    expect(() => fold(withCycle(ended, cancel('a')))).toThrow(/not ended/);
  });

  function withCycle(builder: ObjectBuilder, ...bodies: readonly EntryBody[]): ObjectBuilder {
    builder.open();
    for (const body of bodies) builder.add(body);
    return builder;
  }
});

describe("a parent's word", () => {
  function childOf(parent: ObjectBuilder, name: string): ObjectBuilder {
    const { context } = sampleGenesis(CREATOR);
    const builder = new ObjectBuilder(CREATOR, {
      context: { ...context, parent: { id: parent.id, seq: 2, generation: 1, name } },
    });
    builder.seal();
    return builder;
  }

  /** A parent that gives a child up in one cycle. */
  function giving(name: string, outcome: 'success' | 'failure' = 'success'): readonly [ObjectBuilder, WitnessBody] {
    const parent = part(3);
    const before = parent.seq;
    parent.open();
    parent.propose('delegation', {});
    parent.add({ kind: 'cancel', body: { name, reason: 'enough' } });
    parent.outcome({ action: 'delegation', class: outcome });
    const receipt = parent.seal();
    return [
      parent,
      {
        id: parent.id,
        receipt,
        items: pickItems(parent.items.slice(before + 1, -1), DEFAULT_LIMITS.object),
        spent: null,
      },
    ];
  }

  test('that it is given up is for the child of that name alone, and only where it came about', () => {
    for (const [name, outcome, said] of [
      ['part', 'success', { reason: 'cancelled', because: 2 }],
      ['other', 'success', null],
      ['part', 'failure', null],
    ] as const) {
      const [parent, body] = giving(name, outcome);
      const builder = childOf(parent, 'part');
      tell(builder, body);
      expect(parentsWord(fold(builder))).toEqual(said);
    }
  });

  test('that the parent ended is for all; the end of any other object is not', () => {
    const parent = part(3);
    const [mine, others] = [childOf(parent, 'part'), childOf(part(4), 'part')];
    const body = end(parent, null, null);
    tell(mine, body);
    tell(others, body);
    expect(parentsWord(fold(mine))).toEqual({ reason: 'parent-ended', because: 2 });
    expect(parentsWord(fold(others))).toBeNull();
  });

  test('leaves nothing else to a child that heard it: no run of its handler, no waking', () => {
    const parent = part(3);
    const body = end(parent, null, null);
    const awake = childOf(parent, 'part');
    tell(awake, body);
    awake.open();
    expect(() => fold(awake)).toThrow('expected the end that its parent asks for, found another cycle');
    const asleep = childOf(parent, 'part');
    const dormancy = cycle(asleep, 'dormancy');
    tell(asleep, body);
    asleep.begin();
    asleep.add({ kind: 'wake', body: { dormancy, satisfied: true, because: [] } });
    expect(() => fold(asleep)).toThrow('expected the end that its parent asks for, found another cycle');
  });

  test('lets the kernel end a child that did not propose it, awake or asleep; without the word nothing does', () => {
    const parent = part(3);
    const body = end(parent, null, null);
    for (const asleep of [false, true]) {
      for (const heard of [true, false]) {
        const builder = childOf(parent, 'part');
        if (asleep) cycle(builder, 'dormancy');
        if (heard) tell(builder, body);
        builder.begin();
        builder.add({ kind: 'verdict', body: { proposal: null, action: 'termination', verdict: PERMIT } });
        builder.outcome({ action: 'termination', reason: 'parent-ended', value: { achieved: false, result: null } });
        if (heard) expect(fold(builder).status).toBe('terminated');
        else expect(() => fold(builder)).toThrow(/a proposal/);
      }
    }
  });
});
