/** A parent over the lives of its children: what came back, who is missing, who was given up; a child that ends by its parent's word. */
import { filled, ObjectBuilder, OTHER_NODE, PERMIT, sampleGenesis } from '../object/builder.ts';
import type { ChildBody, EntryBody, WitnessBody } from '../../host/object/model.ts';
import type { BrokenObject } from './broken.ts';
import type { SoundObject } from './sound.ts';

/** A child's file, up to its end. Told apart by its nonce. */
function ended(n: number): WitnessBody {
  const child = new ObjectBuilder(OTHER_NODE, { nonce: filled(16, n) });
  child.seal();
  child.open();
  child.propose('termination', { achieved: true });
  const end = child.outcome({ action: 'termination', value: { achieved: true, result: n } });
  const spent = { fuel: 100, calls: 0, bytes: 0, cycles: 1, counters: { cents: 20 } };
  return { id: child.id, receipt: child.seal(), items: child.items.slice(end, -1), spent };
}

function childBody(name: string, id: Uint8Array): ChildBody {
  const { intent, handler } = sampleGenesis(null);
  const scope = { capabilities: ['http.send'], zones: [], depth: 0 };
  return { name, id, nonce: filled(16, 1), handler, intent, scope, budgets: { cycles: 5, counters: { cents: 50 } } };
}

interface Waiting {
  readonly builder: ObjectBuilder;
  readonly receipts: Uint8Array[];
  /** `seq` of the outcome that put it to sleep, and of the witness of `first`. */
  readonly dormancy: number;
  readonly told: number;
  readonly second: WitnessBody;
}

/** A parent with two children, asleep; it was told of the end of the first. */
function waiting(): Waiting {
  const { context } = sampleGenesis(null);
  const budgets = { cycles: 100, counters: { cents: 200 } };
  const builder = new ObjectBuilder(OTHER_NODE, { context: { ...context, creator: OTHER_NODE.publicKey, budgets } });
  const receipts = [builder.seal()];
  const [first, second] = [ended(1), ended(2)];
  for (const [name, { id }] of [['first', first] as const, ['second', second] as const]) {
    builder.open(name === 'first' ? 'created' : 'continued');
    builder.propose('delegation', { name });
    builder.add({ kind: 'child', body: childBody(name, id) });
    builder.outcome({ action: 'delegation' });
    receipts.push(builder.seal());
  }
  builder.open('continued');
  builder.propose('dormancy', {});
  const dormancy = builder.outcome({ action: 'dormancy', wake: { tag: 'elapsed', ms: 1 } });
  receipts.push(builder.seal());
  const told = builder.add({ kind: 'witness', body: first });
  receipts.push(builder.seal());
  return { builder, receipts, dormancy, told, second };
}

/** The cycle in which it wakes, with these entries in it. */
function wake({ builder, dormancy }: Waiting, ...bodies: readonly EntryBody[]): number {
  builder.begin();
  builder.add({ kind: 'wake', body: { dormancy, satisfied: true, because: [] } });
  builder.add({ kind: 'verdict', body: { proposal: null, action: 'reentry', verdict: PERMIT } });
  const last = bodies.reduce((_, body) => builder.add(body), 0);
  builder.outcome({ action: 'reentry', fuel: 0 });
  return last;
}

export function gathered(): SoundObject {
  const family = waiting();
  const { builder, receipts, told } = family;
  const of = ['first', 'second'];
  const because = builder.seq + 3;
  wake(
    family,
    { kind: 'aggregate', body: { need: 2, of, returned: [{ name: 'first', seq: told }], missing: ['second'] } },
    {
      kind: 'failure',
      body: { class: 'no-response', operation: 'delegation', target: 'second', reason: 'child-missing', because },
    },
  );
  receipts.push(builder.seal());
  builder.open('woken', builder.seq - 1);
  builder.propose('delegation', { name: 'second' });
  builder.add({ kind: 'cancel', body: { name: 'second', reason: 'too late' } });
  builder.outcome({ action: 'delegation' });
  receipts.push(builder.seal());
  builder.add({ kind: 'witness', body: family.second });
  receipts.push(builder.seal());
  const title = 'two children: one came back, one was missing, given up, and came back late; what they did not use came back';
  return { name: 'family', title, builder, receipts };
}

/** Its parent ended, and so does it, asleep as it is. */
export function obeying(): SoundObject {
  const { context } = sampleGenesis(null);
  const parent = ended(3);
  const link = { id: parent.id, seq: 5, generation: 1, name: 'part' };
  const builder = new ObjectBuilder(OTHER_NODE, {
    context: { ...context, creator: OTHER_NODE.publicKey, parent: link },
  });
  const receipts = [builder.seal()];
  builder.open();
  builder.propose('dormancy', {});
  builder.outcome({ action: 'dormancy', wake: { tag: 'signal', name: 'go' } });
  receipts.push(builder.seal());
  builder.add({ kind: 'witness', body: parent });
  receipts.push(builder.seal());
  builder.begin();
  builder.add({ kind: 'verdict', body: { proposal: null, action: 'termination', verdict: PERMIT } });
  const value = { achieved: false, result: null };
  builder.outcome({ action: 'termination', reason: 'parent-ended', value, fuel: 0 });
  receipts.push(builder.seal());
  return { name: 'obeying', title: 'a sleeper that ends because its parent has', builder, receipts };
}

export function badFamilies(): BrokenObject[] {
  const of = ['first', 'second'];
  const aggregates = [
    ['aggregate-stranger', 'an aggregate with a child that there is not', { need: 1, of: ['third'], returned: [], missing: [] }],
    ['aggregate-false', 'an aggregate that misses a child which came back', { need: 2, of, returned: [], missing: ['first'] }],
  ] as const;
  const cancels = [
    ['cancel-stranger', 'a child given up that there is not', 'third'],
    ['cancel-ended', 'a child given up that has ended', 'first'],
  ] as const;
  return [
    ...aggregates.map(([name, title, body]) => {
      const family = waiting();
      const index = wake(family, { kind: 'aggregate', body });
      family.builder.seal();
      return bad(name, title, family.builder, index);
    }),
    ...cancels.map(([name, title, child]) => {
      const family = waiting();
      const { builder } = family;
      wake(family);
      builder.seal();
      builder.open('woken', builder.seq - 1);
      builder.propose('delegation', { name: child });
      const index = builder.add({ kind: 'cancel', body: { name: child, reason: 'x' } });
      builder.outcome({ action: 'delegation' });
      builder.seal();
      return bad(name, title, builder, index);
    }),
  ];
}

function bad(name: string, title: string, builder: ObjectBuilder, index: number): BrokenObject {
  return { name: `broken-${name}`, title, bytes: builder.bytes(), index, reason: 'chain', needs: 'fold' };
}
