import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { verifyChain } from '../../host/object/chain.ts';
import { createEd25519Signer, sha256, verifyEd25519 } from '../../host/object/crypto.ts';
import { applyEntry, createState } from '../../host/object/fold.ts';
import { decodeGenesis } from '../../host/object/genesis.ts';
import { entryJson } from '../../host/object/json.ts';
import { hex } from '../../host/json.ts';
import type { State } from '../../host/object/state.ts';
import type { OutcomeClass, WitnessBody } from '../../host/object/model.ts';
import { createSeal, encodeReceipt } from '../../host/object/seal.ts';
import { checkWitness, pickItems, readWitness } from '../../host/object/witness.ts';
import { filled, ObjectBuilder, streamOf } from './builder.ts';

const PORTS = { hash: sha256, verify: verifyEd25519 };
const LIMITS = DEFAULT_LIMITS.object;

/** The witness of a builder's last seal: what stands since the seal before. */
function witnessOf(builder: ObjectBuilder, receipt: Uint8Array, spent: WitnessBody['spent'] = null): WitnessBody {
  const before = builder.entries.slice(0, -1).findLast((entry) => entry.kind === 'seal')?.seq ?? 0;
  return { id: builder.id, receipt, items: pickItems(builder.items.slice(before + 1, -1), LIMITS), spent };
}

function other(): ObjectBuilder {
  const builder = new ObjectBuilder(createEd25519Signer(filled(32, 5)));
  builder.seal();
  return builder;
}

function ended(achieved = true, builder = other()): WitnessBody {
  builder.open();
  builder.propose('termination', { achieved });
  builder.outcome({ action: 'termination', value: { achieved, result: 'ok' } });
  return witnessOf(builder, builder.seal(), { fuel: 100, cycles: 1 });
}

function failed(builder: ObjectBuilder, outcome: OutcomeClass = 'failure'): WitnessBody {
  builder.open();
  builder.propose('execution', { step: 's' });
  builder.outcome({ class: outcome, reason: 'r' });
  return witnessOf(builder, builder.seal());
}

/** An object that learns these witnesses, each under a seal. */
function learner(...bodies: readonly WitnessBody[]): { readonly builder: ObjectBuilder; readonly state: State } {
  const builder = new ObjectBuilder();
  builder.seal();
  for (const body of bodies) {
    builder.add({ kind: 'witness', body });
    builder.seal();
  }
  return { builder, state: fold(builder) };
}

function fold(builder: ObjectBuilder): State {
  let state = createState(decodeGenesis(builder.items[0]!), builder.id);
  builder.entries.forEach((entry, index) => (state = applyEntry(state, entry, sha256(builder.items[index + 1]!))));
  return state;
}

function known(state: State, body: WitnessBody) {
  return state.objects.get(hex(body.id));
}

describe('what a witness says', () => {
  test('the end of another object, with what it spent, is in its items under its seal', () => {
    const body = ended();
    expect(checkWitness(body, PORTS)).toBeNull();
    expect(body.items).toHaveLength(1);
    expect(readWitness(body, sha256).outcome?.body.value).toEqual({ achieved: true, result: 'ok' });
    const { state } = learner(body);
    expect(known(state, body)).toMatchObject({
      seq: 2,
      at: 6,
      ended: { achieved: true, class: 'success', seq: 2, item: 0, at: 5 },
      spent: { fuel: 100, cycles: 1 },
      fork: null,
    });
  });

  test('a child that was given up stands in it by name, with the outcome behind', () => {
    const parent = other();
    parent.open();
    parent.propose('delegation', {});
    parent.add({ kind: 'cancel', body: { name: 'part', reason: 'too late' } });
    parent.outcome({ action: 'delegation' });
    const body = witnessOf(parent, parent.seal());
    expect(body.items).toHaveLength(2);
    expect(known(learner(body).state, body)).toMatchObject({
      ended: null,
      cancelled: new Map([['part', { seq: 2, reason: 'too late' }]]),
    });
  });

  test('a bare head says how far the object has come', () => {
    const builder = other();
    builder.signal('a', 'k');
    const body = witnessOf(builder, builder.seal());
    expect(body.items).toEqual([]);
    expect(known(learner(body).state, body)).toMatchObject({ at: 3, ended: null, last: null });
  });

  test('as JSON it shows its seal and its items, not their bytes', () => {
    const { builder } = learner(ended());
    const json = entryJson(builder.entries.find((entry) => entry.kind === 'witness')!);
    expect(json['body']).toMatchObject({ seal: { seq: 6, trust: 1000 }, items: [{ kind: 'outcome', seq: 5 }] });
  });

  test('items beyond the bounds are left out', () => {
    const { items } = ended();
    expect(pickItems(items, { ...LIMITS, witnessBytes: items[0]!.length })).toHaveLength(1);
    expect(pickItems(items, { ...LIMITS, witnessBytes: items[0]!.length - 1 })).toEqual([]);
    expect(pickItems(items, { ...LIMITS, witnessItems: 0 })).toEqual([]);
  });
});

describe('a witness that does not prove itself is refused', () => {
  const body = ended();
  const stranger = other();
  const cases: readonly (readonly [string, WitnessBody, RegExp])[] = [
    ['a receipt of another object', { ...body, id: filled(32, 1) }, /receipt of the object that it names/],
    ['a receipt cut short', { ...body, receipt: body.receipt.slice(0, -1) }, /receipt/],
    ['a receipt that is too long', { ...body, receipt: new Uint8Array(100_000) }, /receipt/],
    ['an altered signature', { ...body, receipt: altered(body.receipt, -1) }, /signature/],
    ['an altered item', { ...body, items: [altered(body.items[0]!, -3)] }, /hash/],
    ['an item in front that does not link', { ...body, items: [stranger.items[1]!, body.items[0]!] }, /hash/],
    ['the same item twice', { ...body, items: [body.items[0]!, body.items[0]!] }, /hash/],
    ['items of too many bytes', { ...body, items: [new Uint8Array(LIMITS.witnessBytes + 1)] }, /at most 1048576/],
    ['a seal that nobody signed', ended(true, unsignedOther()), /nobody signed/],
  ];

  test.each(cases)('%s', async (_what, bad, message) => {
    expect(checkWitness(bad, PORTS)).toMatch(message);
    const builder = new ObjectBuilder();
    builder.seal();
    const index = builder.add({ kind: 'witness', body: bad });
    builder.seal();
    const result = await verifyChain(streamOf(builder.bytes()), { limits: LIMITS });
    expect(result).toMatchObject({ ok: false, index, reason: 'witness' });
  });

  test('more items than allowed cannot even be written', () => {
    const many = { ...body, items: Array.from({ length: 65 }, () => new Uint8Array(1)) };
    expect(checkWitness(many, PORTS)).toMatch(/at most 64 items/);
    expect(() => new ObjectBuilder().add({ kind: 'witness', body: many })).toThrow(/at most 64/);
  });

  test('a signed seal that names another position than its items have', () => {
    const builder = other();
    builder.signal('a', 'k');
    const { id, head, node, cycle, time } = builder;
    const seal = createSeal({ id, seq: 9, head, time, node, cycle, trust: 1000 }, builder.signer);
    const lying = { id, receipt: encodeReceipt(seal), items: [builder.items.at(-1)!], spent: null };
    expect(checkWitness({ ...lying, items: [] }, PORTS)).toBeNull();
    expect(checkWitness(lying, PORTS)).toMatch(/expected entry 8, found entry 2/);
  });

  test('items reach back to the seal before, and no further', () => {
    const builder = other();
    builder.signal('a', 'k');
    const receipt = builder.seal();
    const items = [builder.items[1]!, builder.items[2]!];
    expect(checkWitness({ id: builder.id, receipt, items, spent: null }, PORTS)).toMatch(/found a seal/);
  });
});

describe('what is known of another object', () => {
  test('grows with newer witnesses; the head never goes back', () => {
    const builder = other();
    const first = failed(builder);
    const second = failed(builder, 'timeout');
    const third = ended(false, builder);
    const { state } = learner(first, second, third);
    expect(known(state, third)).toMatchObject({
      seq: 6,
      at: 16,
      ended: { achieved: false },
      last: { class: 'success' },
    });
  });

  test.each([
    ['the same again', (a: WitnessBody, b: WitnessBody) => [a, b, b]],
    ['an older one', (a: WitnessBody, b: WitnessBody) => [b, a]],
  ])('%s tells nothing and is refused', async (_what, order) => {
    const builder = other();
    const bodies = order(failed(builder), failed(builder));
    expect(() => learner(...bodies)).toThrow(/tells more than is known/);
  });

  test('an older one that brings the end is taken, where a bare head was first', () => {
    const builder = other();
    const end = ended(true, builder);
    builder.add({ kind: 'checkpoint', body: { size: 1, frontier: [filled(32, 1)], state: null } });
    const bare = witnessOf(builder, builder.seal());
    const { state } = learner(bare, end);
    expect(known(state, end)).toMatchObject({ seq: 2, at: 8, ended: { achieved: true, seq: 4 } });
  });

  test('a witness of the object itself makes no sense', () => {
    const builder = new ObjectBuilder();
    const body = witnessOf(builder, builder.seal());
    builder.add({ kind: 'witness', body });
    expect(() => fold(builder)).toThrow(/a witness of another object, found one of the object itself/);
  });

  test('two heads of one seal show a fork, and what was known first stays', () => {
    const [one, two] = [other(), other()];
    const first = failed(one);
    const second = failed(two, 'timeout');
    const { state } = learner(first, second);
    expect(known(state, first)).toMatchObject({ seq: 2, last: { class: 'failure' }, fork: { at: 6, seq: 4 } });
    const heads = known(state, first)?.fork?.heads;
    expect(heads?.[0]).toBe(hex(sha256(one.items[5]!)));
    expect(heads?.[1]).toBe(hex(sha256(two.items[5]!)));
  });

  test('what goes on behind the end is another branch', () => {
    const [one, two] = [other(), other()];
    const end = ended(true, one);
    failed(two);
    const later = failed(two);
    expect(known(learner(end, later).state, end)?.fork).toMatchObject({ at: 11 });
    expect(known(learner(later, end).state, end)).toMatchObject({ ended: null, fork: { at: 6 } });
  });

  test('no more objects are known than the bound', () => {
    const learned = new ObjectBuilder();
    learned.seal();
    let state = fold(learned);
    const add = (body: WitnessBody): void => {
      learned.add({ kind: 'witness', body });
      state = applyEntry(state, learned.entries.at(-1)!, learned.head);
    };
    const full = new Map(Array.from({ length: LIMITS.objectsKnown }, (_, index) => [String(index), {} as never]));
    state = { ...state, objects: full };
    expect(() => add(ended())).toThrow(/at most 1024 objects/);
  });
});

describe('outcomes that come about while an object sleeps', () => {
  test('are noted once each, those before it fell asleep not at all', () => {
    const builder = other();
    const bodies = [failed(builder), failed(builder, 'timeout'), ended(true, builder)];
    const sleeper = new ObjectBuilder();
    sleeper.seal();
    sleeper.add({ kind: 'witness', body: bodies[0]! });
    sleeper.seal();
    sleeper.open();
    sleeper.propose('dormancy', {});
    sleeper.outcome({ action: 'dormancy', wake: { tag: 'signal', name: 'a' } });
    sleeper.seal();
    for (const body of bodies.slice(1)) {
      sleeper.add({ kind: 'witness', body });
      sleeper.seal();
    }
    expect(fold(sleeper).dormancy?.outcomes).toEqual([
      { seq: 9, class: 'timeout', count: 1, own: false },
      { seq: 11, class: 'success', count: 1, own: false },
    ]);
  });
});

function unsignedOther(): ObjectBuilder {
  const builder = new ObjectBuilder(null);
  builder.seal();
  return builder;
}

function altered(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}
