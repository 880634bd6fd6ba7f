/** Objects that hold, each with what a reader must find in it. Keys, times and nonces are fixed, so the bytes are too. */
import { sha256 } from '../../host/object/crypto.ts';
import { advised } from './advice.ts';
import { confidential, redacted } from './confidential.ts';
import { mutated } from './mutation.ts';
import { gathered, obeying } from './family.ts';
import { CREATOR, filled, ObjectBuilder, OTHER_NODE, PERMIT, sampleGenesis } from '../object/builder.ts';
import { retried } from './retried.ts';
import { handOver } from './hand-over.ts';
import type { Condition, WitnessBody } from '../../host/object/model.ts';

export interface SoundObject {
  readonly name: string;
  readonly title: string;
  readonly builder: ObjectBuilder;
  /** Of its seals, in order. */
  readonly receipts: readonly Uint8Array[];
  /** Its items, where they are not all that the builder made. */
  readonly items?: readonly Uint8Array[];
  /** Secret X25519 key that opens what is confidential in it. */
  readonly reader?: Uint8Array;
}

export function soundObjects(): SoundObject[] {
  return [minimal(), cycle(), dormancy(), takeOver(), delegation(), mutated(), witnessed(), advised(), gathered(), obeying(), retried(), handOver(), confidential(), redacted(), unsigned(), checkpoint(), carried()];
}

function minimal(): SoundObject {
  const builder = new ObjectBuilder();
  return { name: 'minimal', title: 'a genesis and the seal of its creator', builder, receipts: [builder.seal()] };
}

/** An embedded blob, a memory schema, a signal, and a cycle with calls: one refused, one failed, writes, an execution. */
export function cycle(): SoundObject {
  const component = new TextEncoder().encode('\0asm is only an example here');
  const schema = {
    type: 'object',
    properties: { price: { type: 'integer', minimum: 0 }, order: { type: 'object', required: ['ordered'] } },
    additionalProperties: false,
  };
  const builder = new ObjectBuilder(CREATOR, { handler: sha256(component), schema });
  builder.add({ kind: 'blob', body: { media: 'application/wasm', bytes: component } });
  const receipts = [builder.seal()];
  builder.signal('approval', 'key-1');
  receipts.push(builder.seal());
  builder.open();
  const quote = builder.call(0, 'http.send', { url: 'https://vendor.example/quote', method: 'GET', body: null });
  builder.result(quote, null, '{"price":12}');
  builder.call(1, 'kv.set', { key: 'price', value: '12' });
  const reject = { ...PERMIT, verdict: 'reject', policies: ['node:forbid-write'], reason: null } as const;
  builder.result(builder.call(2, 'kv.set', { key: 'other', value: '1' }, reject), 'denied');
  builder.result(builder.call(3, 'kv.set', { key: 'order', value: '{}' }), 'schema');
  builder.propose('execution', { step: 'order', into: 'order' });
  builder.outcome({ value: { ordered: true, total: 12.5 }, calls: 4, bytes: 321 });
  receipts.push(builder.seal());
  return {
    name: 'cycle',
    title: 'an embedded component, a signal, and a cycle with calls and an execution',
    builder,
    receipts,
  };
}

const WAKE: Condition = {
  tag: 'group',
  need: 1,
  members: [
    { tag: 'instant', at: 1_767_312_000_000 },
    {
      tag: 'group',
      need: 2,
      members: [
        { tag: 'elapsed', ms: 60_000 },
        { tag: 'signal', name: 'approval' },
      ],
    },
  ],
};

function dormancy(): SoundObject {
  const builder = new ObjectBuilder();
  const receipts = [builder.seal()];
  builder.open();
  builder.propose('dormancy', {});
  const seq = builder.outcome({ action: 'dormancy', wake: WAKE });
  receipts.push(builder.seal());
  for (const satisfied of [false, true]) {
    builder.begin();
    builder.add({ kind: 'wake', body: { dormancy: seq, satisfied, because: [] } });
    if (satisfied) builder.add({ kind: 'verdict', body: { proposal: null, action: 'reentry', verdict: PERMIT } });
    builder.outcome({
      class: satisfied ? 'success' : 'deferral',
      action: 'reentry',
      reason: satisfied ? null : 'not-yet',
      fuel: 0,
    });
    receipts.push(builder.seal(satisfied ? 1000 : 990));
  }
  builder.open('woken', builder.seq - 1);
  builder.propose('termination', { achieved: true });
  builder.outcome({ action: 'termination', value: 'done' });
  receipts.push(builder.seal());
  return { name: 'dormancy', title: 'sleep, a wake check too early, reentry, termination', builder, receipts };
}

/** A cycle that its node left open; another one ends it. */
export function takeOver(): SoundObject {
  const builder = new ObjectBuilder();
  const receipts = [builder.seal()];
  const from = builder.open();
  builder.call(0, 'http.send', { url: 'https://vendor.example/order', method: 'POST', body: '{}' });
  const lost = builder.node;
  builder.signer = OTHER_NODE;
  builder.add({ kind: 'recover', body: { lost, from } });
  builder.result(builder.seq - 1, 'unknown');
  builder.outcome({ class: 'node-loss', action: null, reason: 'unknown', calls: 1 });
  receipts.push(builder.seal(900));
  return { name: 'take-over', title: 'a node is lost within a cycle, another one goes on', builder, receipts };
}

function delegation(): SoundObject {
  const builder = new ObjectBuilder();
  const receipts = [builder.seal()];
  const { intent, handler } = sampleGenesis(null);
  builder.open();
  builder.propose('delegation', { name: 'part' });
  const scope = { capabilities: ['http.send'], zones: ['eu'], depth: 0 };
  const budgets = { fuel: 1_000_000, cycles: 5 };
  builder.add({
    kind: 'child',
    body: { name: 'part', id: filled(32, 0xc1), nonce: filled(16, 0xc2), handler, intent, scope, budgets },
  });
  builder.outcome({ action: 'delegation' });
  receipts.push(builder.seal());
  builder.open('continued');
  builder.propose('mutation', { kind: 'refine' });
  builder.add({
    kind: 'intent',
    body: { mutation: 'refine', before: intent, after: { ...intent, goal: 'Show it better.' }, reason: 'clearer' },
  });
  builder.outcome({ action: 'mutation' });
  receipts.push(builder.seal());
  return { name: 'delegation', title: 'a child, and an intent that was refined', builder, receipts };
}

/** Another object that gave a child up, and ended. `bodies` are the witnesses of both. */
export function witnessed(): SoundObject & { readonly bodies: readonly WitnessBody[] } {
  const other = new ObjectBuilder(OTHER_NODE);
  other.seal();
  other.open();
  other.propose('delegation', { name: 'part' });
  const given = other.add({ kind: 'cancel', body: { name: 'part', reason: 'no longer needed' } });
  other.outcome({ action: 'delegation' });
  const first = { id: other.id, receipt: other.seal(), items: other.items.slice(given, -1), spent: null };
  other.open('continued');
  other.propose('termination', { achieved: true });
  const end = other.outcome({ action: 'termination', value: { achieved: true, result: 12.5 } });
  const spent = { fuel: 200, cycles: 2, counters: { cents: 40 } };
  const second = { id: other.id, receipt: other.seal(), items: other.items.slice(end, -1), spent };
  const builder = new ObjectBuilder();
  const receipts = [builder.seal()];
  for (const body of [first, second]) {
    builder.add({ kind: 'witness', body });
    receipts.push(builder.seal());
  }
  const title = 'what is known of another object: a child that it gave up, and its end';
  return { name: 'witness', title, builder, receipts, bodies: [first, second] };
}

function unsigned(): SoundObject {
  const builder = new ObjectBuilder(null);
  const receipts = [builder.seal()];
  builder.signal('note', 'key-1');
  receipts.push(builder.seal());
  return { name: 'unsigned', title: 'a node without a key: sealed, but nobody signed', builder, receipts };
}

/** A blob, a signal that waits, a cycle, and a checkpoint of it all, with one more seal behind. */
export function checkpoint(): SoundObject & { readonly at: number } {
  const component = new TextEncoder().encode('\0asm is only an example here');
  const builder = new ObjectBuilder(CREATOR, { handler: sha256(component) });
  builder.add({ kind: 'blob', body: { media: 'application/wasm', bytes: component } });
  builder.add({ kind: 'blob', body: { media: 'application/octet-stream;path=a.txt', bytes: filled(3, 0x61) } });
  const receipts = [builder.seal()];
  builder.open();
  builder.call(0, 'kv.set', { key: 'price', value: '12' });
  builder.propose('execution', { step: 'note', into: null });
  builder.outcome({ calls: 1 });
  receipts.push(builder.seal());
  builder.signal('approval', 'key-1');
  receipts.push(builder.seal());
  const at = builder.checkpoint();
  receipts.push(builder.seal());
  builder.signal('more', 'key-2');
  receipts.push(builder.seal());
  return { name: 'checkpoint', title: 'a checkpoint in a whole history', builder, receipts, at };
}

function carried(): SoundObject {
  const { builder, receipts, at } = checkpoint();
  const items = builder.carried(at, (media) => media !== 'application/wasm');
  return { name: 'carried', title: 'an object that left its past, and its handler, in an archive', builder, receipts, items };
}
