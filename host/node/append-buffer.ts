/**
 * Entries on their way to the end of an object's file: kept together until something has to be durable, and held back altogether where
 * it is not yet known whether they will be written.
 */
import type { ItemIndex } from '../object/item-index.ts';
import type { ObjectFile } from '../ports.ts';

export class AppendBuffer {
  readonly #file: ObjectFile;
  readonly #index: ItemIndex;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** What is kept when what is held is dropped. */
  #held: { readonly pieces: number; readonly seq: number; readonly confidential: number } | null = null;
  #confidential = 0;
  #failed = false;

  constructor(file: ObjectFile, index: ItemIndex) {
    this.#file = file;
    this.#index = index;
  }

  /** Byte offset of the next entry. */
  get end(): number {
    return this.#file.length + this.#bytes;
  }

  /** All that was added is where it belongs: nothing is on its way, and no writing failed. */
  get isSettled(): boolean {
    return this.#pieces.length === 0 && !this.#failed;
  }

  /** Confidential entries among what was added. */
  get confidential(): number {
    return this.#confidential;
  }

  add(seq: number, bytes: Uint8Array, confidential = false): void {
    if (confidential) this.#confidential++;
    this.#index.add(seq, this.end);
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
  }

  /** Writes what is there, with a note where there is one; with `sync`, durably. Does nothing while it holds back. */
  async flush(sync: boolean, note?: Uint8Array): Promise<void> {
    if (this.#held !== null || (this.#pieces.length === 0 && !sync)) return;
    const bytes = concat(this.#pieces);
    [this.#pieces, this.#bytes] = [[], 0];
    try {
      await this.#file.append(bytes, sync, note);
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  /** Holds back what is added behind entry `seq`. */
  hold(seq: number): void {
    this.#held = { pieces: this.#pieces.length, seq, confidential: this.#confidential };
  }

  /** What is held back is to be written after all. */
  release(): void {
    this.#held = null;
  }

  /** Forgets what is held back. */
  drop(): void {
    if (this.#held === null) return;
    this.#pieces = this.#pieces.slice(0, this.#held.pieces);
    this.#bytes = this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#index.cut(this.#held.seq);
    this.#confidential = this.#held.confidential;
    this.#held = null;
  }
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
