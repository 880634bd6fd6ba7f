/**
 * Proofs from archives: that an entry which a carried object left behind is part of its history. Needs the archive that holds the entry
 * and those after it; none before it.
 */
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import type { Limits } from '../limits.ts';
import { frontierOf } from '../object/carried.ts';
import { itemHash } from '../object/chain-bytes.ts';
import { decodeEntry, peekKind } from '../object/entry.ts';
import { PathBuilder } from '../object/inclusion.ts';
import { readItems } from '../object/items.ts';
import { NO_LEAVES, rootOf } from '../object/merkle.ts';
import type { Frontier } from '../object/merkle.ts';
import type { Proof } from '../object/proof.ts';
import { holdsProof } from '../object/proof.ts';
import type { HostPorts } from './host-ports.ts';
import { expectSound, loadObject } from './load.ts';
import type { Loaded } from './load.ts';

export interface ProveOptions {
  /** Position of the entry. */
  readonly seq: number;
  /** Names of archives in the store, in order: the one that holds the entry, and all after it. */
  readonly from: readonly string[];
}

/** The proof against the checkpoint that the object begins with. Errors: `usage`, `object.chain`, `store.*`, and those of reading. */
export async function proveEntry(
  name: string,
  ports: HostPorts,
  limits: Limits,
  { seq, from }: ProveOptions,
): Promise<Proof> {
  const [object, end] = await readCheckpoint(name, ports, limits);
  if (seq >= end.size)
    throw new SojournError(
      'usage',
      `${name}: expected an entry below ${end.size}, found ${seq}: it stands in the object itself`,
    );
  let path: PathBuilder | null = null;
  let item: Uint8Array | null = null;
  let at = 0;
  for (const archive of from) {
    for await (const { bytes } of readItems(ports.store.read(archive), limits.object)) {
      if (path === null) {
        const start = startOf(bytes, limits);
        at = start.size;
        if (seq < at)
          throw new SojournError(
            'usage',
            `${archive}: expected the archive that holds entry ${seq}, found one from ${at} on`,
          );
        path = new PathBuilder(seq, end.size, ports.hash, start);
      }
      if (at === seq) item = bytes;
      path.add(itemHash(bytes, ports.hash));
      at++;
    }
  }
  if (path === null || item === null || at !== end.size)
    throw new SojournError(
      'usage',
      `expected archives from entry ${seq} up to ${end.size - 1}, found them up to ${at - 1}`,
    );
  const proof: Proof = { id: object.state.id, size: end.size, seq, item, path: path.path() };
  if (holdsProof(proof, rootOf(end, ports.hash), ports.hash)) return proof;
  throw new SojournError(
    'object.chain',
    `${name}: expected archives of object ${hex(object.state.id)} as its checkpoint has them, found others, or altered ones`,
  );
}

async function readCheckpoint(name: string, ports: HostPorts, limits: Limits): Promise<readonly [Loaded, Frontier]> {
  let end: Frontier | null = null;
  const object = expectSound(
    await loadObject(ports.store.read(name), {
      ports,
      limits,
      onEntry: (entry) => {
        if (entry.kind === 'checkpoint') end ??= frontierOf(entry);
      },
    }),
    name,
  );
  if (end === null || object.chain.carried === null)
    throw new SojournError('usage', `${name}: expected an object that left entries in an archive, found a whole one`);
  return [object, end];
}

/** The tree in front of an archive: the first begins with the genesis, each other one with a checkpoint. */
function startOf(bytes: Uint8Array, limits: Limits): Frontier {
  if (peekKind(bytes) !== 'checkpoint') return NO_LEAVES;
  const entry = decodeEntry(bytes, limits.object);
  return entry.kind === 'checkpoint' ? frontierOf(entry) : NO_LEAVES;
}
