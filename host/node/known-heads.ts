/**
 * What other objects and copies show of an object's history (R20, R29): receipts in the witnesses that they hold, and the last seal of
 * each file itself. Only what verifies counts, and only what is signed.
 */
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import type { Limits } from '../limits.ts';
import { readItems } from '../object/items.ts';
import type { Entry, EntryOf } from '../object/model.ts';
import { decodeReceipt, encodeReceipt } from '../object/seal.ts';
import { itemHash } from '../object/chain-bytes.ts';
import type { HostPorts } from './host-ports.ts';
import { expectSound, loadObject } from './load.ts';

/** Receipts that are kept of one object: the newest, and those that contradict each other. */
const HEADS_MOST = 64;

export interface KnownHeads {
  /** Receipts of the object with this id (hexadecimal). */
  of(id: string): readonly Uint8Array[];
  /** Names of what could not be read, and why; it shows nothing. */
  readonly unread: ReadonlyMap<string, string>;
}

/** Reads all of them, one after the other; `receipts` are known beside them. What is wrong with one is no error. Errors: those of a failing system, `object.seal` for a receipt that is none. */
export async function readKnownHeads(
  names: readonly string[],
  ports: Pick<HostPorts, 'store' | 'hash' | 'verify'>,
  limits: Limits,
  receipts: readonly Uint8Array[] = [],
): Promise<KnownHeads> {
  const heads = new Map<string, Map<string, { readonly seq: number; readonly receipt: Uint8Array }>>();
  const unread = new Map<string, string>();

  function note(receipt: Uint8Array): void {
    const { statement } = decodeReceipt(receipt);
    const id = hex(statement.id);
    const known = heads.get(id) ?? new Map<string, { readonly seq: number; readonly receipt: Uint8Array }>();
    heads.set(id, known.set(`${statement.seq} ${hex(statement.head)}`, { seq: statement.seq, receipt }));
    if (known.size <= HEADS_MOST) return;
    const [oldest] = [...known].toSorted(([, a], [, b]) => a.seq - b.seq);
    if (oldest !== undefined) known.delete(oldest[0]);
  }

  for (const receipt of receipts) note(receipt);
  for (const name of names) {
    let last: EntryOf<'seal'> | null = null;
    const found: Uint8Array[] = [];
    const onEntry = (entry: Entry): void => {
      if (entry.kind === 'seal') last = entry;
      if (entry.kind === 'witness') found.push(entry.body.receipt);
    };
    try {
      expectSound(await loadObject(ports.store.read(name), { ports, limits, onEntry }), name);
    } catch (error) {
      if (!(error instanceof SojournError)) throw error;
      unread.set(name, error.message);
      continue;
    }
    for (const receipt of found) note(receipt);
    const own = last as EntryOf<'seal'> | null; // assigned in the callback
    if (own !== null && own.body.signature !== null) note(encodeReceipt(own.body));
  }
  return { of: (id) => [...(heads.get(id)?.values() ?? [])].map(({ receipt }) => receipt), unread };
}

/** Id (hexadecimal) of the object with this name, from its first item alone. Null for an empty file. Errors: `store.*`, `object.*`. */
export async function readId(
  name: string,
  ports: Pick<HostPorts, 'store' | 'hash'>,
  limits: Limits,
): Promise<string | null> {
  for await (const item of readItems(ports.store.read(name), limits.object))
    return hex(itemHash(item.bytes, ports.hash));
  return null;
}
