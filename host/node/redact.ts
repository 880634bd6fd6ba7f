/**
 * Redaction: a copy of an object without the ciphertext of some confidential bodies. Every other byte is as it was, and so are the id,
 * each hash, each seal and each receipt. The object itself is only read (R17). Needs no key.
 */
import { SojournError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { chainBytes } from '../object/chain-bytes.ts';
import { decodeEntry } from '../object/entry.ts';
import { readItems } from '../object/items.ts';
import type { Entry } from '../object/model.ts';
import type { HostPorts } from './host-ports.ts';
import { expectSound, loadObject } from './load.ts';

export interface Redacted {
  /** Positions of the entries whose bodies were taken out, in order. */
  readonly entries: readonly number[];
  /** Bytes that the copy is shorter by. */
  readonly removed: number;
}

/**
 * Writes `copy`, whole or not at all. Errors: `usage` for an entry that is not there, not confidential or redacted before,
 * `object.*` for an object that does not hold, `object.exists` for a copy that is there, `store.*`.
 */
export async function redactObject(
  name: string,
  copy: string,
  entries: readonly number[],
  ports: HostPorts,
  limits: Limits,
): Promise<Redacted> {
  const wanted = new Set(entries);
  const found = new Map<number, string | null>();
  const onEntry = (entry: Entry): void => {
    if (wanted.has(entry.seq)) found.set(entry.seq, misfitOf(entry));
  };
  // without a key: what is confidential comes closed
  const { hash, verify } = ports;
  expectSound(await loadObject(ports.store.read(name), { ports: { hash, verify }, limits, onEntry }), name);
  for (const seq of wanted) {
    const misfit = found.has(seq) ? (found.get(seq) ?? null) : 'no such entry';
    if (misfit === null) continue;
    throw new SojournError('usage', `${name}: entry ${seq}: expected a confidential body, found ${misfit}`);
  }
  let removed = 0;
  async function* redact(): AsyncGenerator<Uint8Array> {
    for await (const { bytes } of readItems(ports.store.read(name), limits.object)) {
      const redacted = chainBytes(bytes);
      const kept = redacted !== bytes && wanted.has(decodeEntry(bytes, limits.object).seq) ? redacted : bytes;
      removed += bytes.length - kept.length;
      yield kept;
    }
  }
  await ports.store.create(copy, redact());
  return { entries: [...wanted].toSorted((a, b) => a - b), removed };
}

function misfitOf(entry: Entry): string | null {
  if (entry.kind !== 'confidential') return `a ${entry.kind} in the open, which stays`;
  return entry.body.sealed === null ? 'one that was taken out before' : null;
}
