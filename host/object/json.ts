/**
 * The object for people and for guests: plain JSON data, byte strings as lower-case hexadecimal. One way only: what is hashed and
 * signed are the stored bytes.
 */
import { sha256 } from './crypto.ts';
import { hex, plain } from '../json.ts';
import { readWitness } from './witness.ts';
import type { Entry, Genesis } from './model.ts';
import type { Hash } from '../ports.ts';
import type { Value, ValueMap } from '../value.ts';

/** The value with byte strings as lower-case hexadecimal. */
export function toJson(value: Value): Value {
  return plain(value);
}

/**
 * An entry as `show --json` and `memory.read` give it: its fields, then `kind` and `body`. A blob shows its size and digest only, a
 * witness what its seal and its items say.
 */
export function entryJson(entry: Entry, hash: Hash = sha256): ValueMap {
  const { seq, prev, time, node, cycle, policy, kind } = entry;
  return {
    seq,
    prev: hex(prev),
    time,
    node: hex(node),
    cycle,
    policy: policy === null ? null : hex(policy),
    kind,
    body: bodyJson(entry, hash),
  };
}

function bodyJson({ kind, body }: Entry, hash: Hash): Value {
  if (kind === 'blob') return { media: body.media, size: body.bytes.length, digest: hex(hash(body.bytes)) };
  if (kind !== 'witness') return plain(toValue(body));
  const { statement, entries } = readWitness(body, hash);
  const { id, receipt, spent } = body;
  const seal = plain(toValue(statement));
  const items = entries.map((entry) => entryJson(entry, hash));
  return { id: hex(id), seal, receipt: hex(receipt), items, spent: spent === null ? null : plain(toValue(spent)) };
}

/** The genesis by its field names. */
export function genesisJson(genesis: Genesis): ValueMap {
  return plain(toValue(genesis)) as ValueMap; // a map stays a map
}

/** Records of model.ts are maps of values: their interfaces only lack the index signature. */
function toValue(record: object): Value {
  return record as ValueMap;
}
