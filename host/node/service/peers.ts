/**
 * Who else works on the same store, as far as its notes tell, and whose turn an object is first: each node ranks all of them by a hash
 * of node and object, and comes to the same order without asking anybody. A wrong guess costs a moment, never an evaluation: the
 * lock on the object's head decides.
 */
import { fromHex, hex } from '../../json.ts';

/** A node that has written nothing for so long is not waited for. */
const SEEN_MS = 60_000;

export class Peers {
  readonly #own: Uint8Array;
  /** When each was last seen, by id. */
  readonly #seen = new Map<string, { readonly id: Uint8Array; readonly at: number }>();

  /** `own` is the node's id, hexadecimal. */
  constructor(own: string) {
    this.#own = fromHex(own) ?? new Uint8Array(16);
  }

  saw(node: Uint8Array, now: number): void {
    const id = hex(node);
    if (id === hex(this.#own)) return;
    this.#seen.set(id, { id: node, at: now });
    for (const [other, { at }] of this.#seen) if (now - at > SEEN_MS || at > now) this.#seen.delete(other);
  }

  /** How many of the others come before this node for an object. */
  rank(object: Uint8Array, now: number): number {
    const own = scoreOf(this.#own, object);
    let before = 0;
    for (const { id, at } of this.#seen.values()) if (now - at <= SEEN_MS && scoreOf(id, object) > own) before += 1;
    return before;
  }
}

/** FNV-1a over both, with its bits spread once more: ids are hashes already. */
function scoreOf(node: Uint8Array, object: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const bytes of [node, object]) for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 15)) >>> 0;
}
