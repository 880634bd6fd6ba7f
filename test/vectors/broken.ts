/** One object for each way to fail. All but the signature can be seen without Ed25519. */
import { decode, encode } from '../../host/object/codec.ts';
import { sha256 } from '../../host/object/crypto.ts';
import { decodeEntry, encodeEntry } from '../../host/object/entry.ts';
import { createSeal, encodeReceipt } from '../../host/object/seal.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { badAdvice } from './advice.ts';
import { badConfidential } from './confidential.ts';
import { badMutations } from './mutation.ts';
import { badFamilies } from './family.ts';
import { CREATOR, filled, join, ObjectBuilder, OTHER_NODE } from '../object/builder.ts';
import { retriedUpTo } from './retried.ts';
import { checkpoint, cycle, takeOver, witnessed } from './sound.ts';
import type { VerifyReason } from '../../host/object/chain.ts';
import type { Entry, WitnessBody } from '../../host/object/model.ts';
import type { Value } from '../../host/value.ts';

const limits = DEFAULT_LIMITS.object;

export interface BrokenObject {
  readonly name: string;
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly index: number;
  readonly reason: VerifyReason;
  readonly receipt?: Uint8Array;
  /** What a reader must be able to do to see it, beyond the chain itself. */
  readonly needs?: 'ed25519' | 'schema' | 'fold';
}

export function brokenObjects(): BrokenObject[] {
  return [...badBytes(), ...badGenesis(), ...badChain(), ...badSeals(), ...badOrder(), ...badReceipts(), ...badWitnesses(),
    ...badAttempts(), ...badAdvice(), ...badMutations(), ...badConfidential(), ...badFamilies(), ...badCheckpoints()];
}

const sound = cycle();
const { items } = sound.builder;
/** The first seal stands at 2, the signal at 3, its seal at 4, `open` at 5. */
const SIGNAL = 3;

function broken(
  name: string,
  title: string,
  parts: readonly Uint8Array[],
  index: number,
  reason: VerifyReason,
): BrokenObject {
  return { name: `broken-${name}`, title, bytes: join(parts), index, reason };
}

function altered(index: number, change: (entry: Entry) => Entry): Uint8Array[] {
  return items.with(index, encodeEntry(change(decodeEntry(items[index]!, limits)), limits));
}

/** Item `index` with one part replaced, by its path of positions. */
function replaced(item: Uint8Array, path: readonly number[], value: Value): Uint8Array {
  const replace = (node: Value, [first, ...rest]: readonly number[]): Value =>
    first === undefined
      ? value
      : (node as readonly Value[]).map((member, i) => (i === first ? replace(member, rest) : member));
  return encode(replace(decode(item, limits), path));
}

function badBytes(): BrokenObject[] {
  const last = items.length - 1;
  const longHead = join([Uint8Array.of(0x98, 8), items[SIGNAL]!.subarray(1)]);
  const deep = join([
    items[SIGNAL]!.subarray(0, -1 - 'from'.length - 'a test'.length - 2),
    filled(80, 0x81),
    Uint8Array.of(0),
  ]);
  return [
    broken(
      'truncated',
      'the file ends within the last item',
      [...items.slice(0, last), items[last]!.subarray(0, -1)],
      last,
      'truncated',
    ),
    broken('malformed', 'a byte that begins no CBOR item', [...items.slice(0, 3), Uint8Array.of(0x1c)], 3, 'malformed'),
    broken('not-entry', 'CBOR that is no entry', [...items.slice(0, 3), encode('entry')], 3, 'malformed'),
    broken('canonical', 'a list head in two bytes', items.with(SIGNAL, longHead), SIGNAL, 'canonical'),
    broken('depth', 'nesting beyond the limit', items.with(SIGNAL, deep), SIGNAL, 'limit'),
    broken(
      'kind',
      'a kind of a later version',
      items.with(SIGNAL, replaced(items[SIGNAL]!, [6], 'dream')),
      SIGNAL,
      'version',
    ),
  ];
}

function badGenesis(): BrokenObject[] {
  const genesis = (path: readonly number[], value: Value): Uint8Array[] =>
    items.with(0, replaced(items[0]!, path, value));
  return [
    broken('version', 'a format version that is not known', genesis([0], 3), 0, 'version'),
    broken('contract', 'a contract version that is not known', genesis([2], '7.0.0'), 0, 'version'),
    broken('intent', 'an intent without constraints', genesis([6], ['a', 'b', null]), 0, 'intent'),
    broken('context', 'a creator that is no key', genesis([7, 0], filled(31, 1)), 0, 'context'),
    {
      ...broken('schema', 'a schema with a keyword that is not known', genesis([8], { pattern: 'a' }), 0, 'schema'),
      needs: 'schema',
    },
  ];
}

function badChain(): BrokenObject[] {
  const swapped = items.toSpliced(6, 2, items[7]!, items[6]!);
  const inserted = encodeEntry(
    { ...decodeEntry(items[SIGNAL]!, limits), seq: 4, prev: sha256(items[SIGNAL]!) },
    limits,
  );
  return [
    broken(
      'altered',
      'an entry with another time',
      altered(6, (entry) => ({ ...entry, time: entry.time + 1 })),
      6,
      'prev',
    ),
    broken(
      'altered-genesis',
      'a genesis with another goal',
      items.with(0, replaced(items[0]!, [6, 1], 'Another goal.')),
      0,
      'prev',
    ),
    broken('deleted', 'an entry is gone', items.toSpliced(6, 1), 6, 'seq'),
    broken('reordered', 'two entries changed places', swapped, 6, 'seq'),
    broken('inserted', 'an entry that fits to the one before it', items.toSpliced(4, 0, inserted), 5, 'seq'),
  ];
}

function badSeals(): BrokenObject[] {
  const seal = decodeEntry(items[4]!, limits);
  const rewritten = altered(SIGNAL, (entry) => ({ ...entry, time: 1 }));
  const relinked = encodeEntry({ ...seal, prev: sha256(rewritten[SIGNAL]!) }, limits);
  const forged = new ObjectBuilder();
  const taken = createSeal(
    { id: forged.id, seq: 1, head: forged.head, time: forged.time + 1000, node: forged.node, cycle: 0, trust: 1000 },
    CREATOR,
  );
  forged.add({ kind: 'seal', body: { ...taken, signature: filled(64, 1) } });
  const other = new ObjectBuilder();
  other.signer = OTHER_NODE;
  other.seal();
  const naked = new ObjectBuilder();
  naked.signer = null;
  naked.seal();
  return [
    broken(
      'seal',
      'an entry rewritten, and its seal linked to it anew',
      [...rewritten.slice(0, 4), relinked],
      4,
      'seal',
    ),
    { ...broken('signature', 'a seal with a made-up signature', forged.items, 1, 'signature'), needs: 'ed25519' },
    broken('creator', 'a genesis under the seal of another node', other.items, 1, 'creator'),
    broken('stripped', 'a genesis whose seal was replaced by an unsigned one', naked.items, 1, 'creator'),
    broken('unsealed', 'a genesis without any seal', items.slice(0, 1), 0, 'unsealed'),
  ];
}

function badOrder(): BrokenObject[] {
  const early = new ObjectBuilder();
  early.seal();
  early.open();
  const earlySeal = early.seq + 1;
  early.seal();
  const twice = new ObjectBuilder();
  twice.seal();
  twice.open();
  twice.outcome();
  const second = twice.outcome();
  twice.seal();
  const stranger = new ObjectBuilder();
  stranger.seal();
  stranger.signal('note', 'key');
  stranger.signer = OTHER_NODE;
  stranger.seal();
  const claimed = takeOver().builder.items;
  const claim = replaced(claimed[4]!, [7, 1], 3);
  const orphan = new ObjectBuilder();
  orphan.seal();
  orphan.open();
  const result = orphan.result(1);
  orphan.outcome();
  orphan.seal();
  const over = new ObjectBuilder();
  over.seal();
  over.open();
  over.outcome({ action: 'termination' });
  over.seal();
  const after = over.signal('too-late', 'key');
  over.seal();
  return [
    broken('open-cycle', 'a seal on a cycle without outcome', early.items, earlySeal, 'order'),
    broken('second-outcome', 'a cycle with two outcomes', twice.items, second, 'order'),
    broken('stranger', 'an entry of one node under the seal of another', stranger.items, 3, 'node'),
    broken('recover', 'a take-over that names another first entry', [...claimed.slice(0, 4), claim], 4, 'recover'),
    { ...broken('result', 'a result without its call', orphan.items, result, 'chain'), needs: 'fold' },
    { ...broken('terminated', 'a signal after termination', over.items, after, 'terminated'), needs: 'fold' },
  ];
}

function badReceipts(): BrokenObject[] {
  const [, ofSignal, ofCycle] = sound.receipts as [Uint8Array, Uint8Array, Uint8Array];
  const other = cycle().builder;
  const fork = new ObjectBuilder(CREATOR, {
    handler: sha256(new TextEncoder().encode('\0asm is only an example here')),
  });
  const another = encodeReceipt(
    createSeal(
      { id: other.id, seq: 4, head: filled(32, 0xaa), time: other.time, node: other.node, cycle: 0, trust: 1000 },
      CREATOR,
    ),
  );
  return [
    {
      ...broken('tail', 'all entries after the first signal are gone', items.slice(0, 5), 5, 'tail'),
      receipt: ofCycle,
    },
    { ...broken('fork', 'a receipt of another history', items, 4, 'fork'), receipt: another },
    { ...broken('receipt', 'a receipt of another object', fork.items.concat([]), 0, 'receipt'), receipt: ofSignal },
  ];
}

function badWitnesses(): BrokenObject[] {
  const [first, second] = witnessed().bodies as [WitnessBody, WitnessBody];
  const told = (...bodies: readonly WitnessBody[]): Uint8Array[] => {
    const builder = new ObjectBuilder();
    for (const body of bodies) {
      builder.seal();
      builder.add({ kind: 'witness', body });
    }
    builder.seal();
    return builder.items;
  };
  const swapped = { ...first, items: first.items.toReversed() };
  return [
    broken('witness', 'a witness whose items do not link up to its receipt', told(swapped), 2, 'witness'),
    { ...broken('witness-twice', 'a witness that tells nothing new', told(second, first, second), 6, 'chain'), needs: 'fold' },
  ];
}

function badAttempts(): BrokenObject[] {
  const { items, seq } = retriedUpTo([1, 1, 2, 5]).builder;
  const more = broken('attempts', 'more merged attempts under one seal than there were before it', items, seq - 1, 'chain');
  return [{ ...more, needs: 'fold' }];
}

function badCheckpoints(): BrokenObject[] {
  const { builder, at, receipts } = checkpoint();
  const carried = builder.carried(at);
  const other = new ObjectBuilder(CREATOR);
  other.add({ kind: 'blob', body: { media: 'application/wasm', bytes: filled(3, 0x62) } });
  const lying = new ObjectBuilder(CREATOR);
  lying.seal();
  const lie = lying.checkpoint({ frontier: [filled(32, 7)] });
  lying.seal();
  return [
    broken('root', 'a checkpoint that lies about its root', lying.items, lie, 'checkpoint'),
    broken('swapped-blob', 'a carried object with another blob in the place of one', carried.with(1, other.items[1]!), 1, 'checkpoint'),
    { ...broken('archived', 'a receipt of an entry that is archived', carried, 3, 'archived'), receipt: receipts[0]! },
  ];
}
