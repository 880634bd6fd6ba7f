/**
 * The state of an instance right after instantiation, and how it is put back: every linear memory, mutable global and table of
 * its core modules, found by the names that the meter exports them under. Nothing in WebAssembly shrinks, so an instance that
 * grew can't be put back.
 */
import { KEPT_PREFIX } from '../wasm/meter-module.ts';
import { sameImage, takeImage, writeImage } from './memory-image.ts';
import type { MemoryImage } from './memory-image.ts';

/** What core instances keep, collected while a component is instantiated. */
export interface KeptExports {
  readonly memories: WebAssembly.Memory[];
  readonly globals: WebAssembly.Global[];
  readonly tables: WebAssembly.Table[];
}

/**
 * Why an instance can't be put back. `large tables`: more elements than are worth it, or 64-bit indices. `nan`: a global holds
 * one, whose bits JavaScript would not keep.
 */
export type Unrestorable = 'memory grew' | 'table grew' | 'large tables' | 'nan';

export interface Snapshot {
  /** Null where everything is as it was after instantiation; else nothing was written and the instance must not be used again. */
  restore(): Unrestorable | null;
}

/** Elements of all tables together, where tables can change. Above, a fresh instance costs less. */
const MOST_ELEMENTS = 4_096;

/** Adds what a core instance exports as kept. */
export function collectKept(exports: WebAssembly.Exports, kept: KeptExports): void {
  for (const [name, value] of Object.entries(exports)) {
    if (!name.startsWith(KEPT_PREFIX)) continue;
    const kind = name.slice(KEPT_PREFIX.length, name.lastIndexOf('/'));
    // by name and not by class: they are of the guest's realm, and only the meter gives such names
    if (kind === 'memory') kept.memories.push(value as WebAssembly.Memory);
    else if (kind === 'global') kept.globals.push(value as WebAssembly.Global);
    else if (kind === 'table') kept.tables.push(value as WebAssembly.Table);
  }
}

/**
 * Takes a snapshot. `images` are those of the program, in order of its memories: empty at first, then shared by every instance
 * that turns out the same. With `tables`, elements are kept too; without, only sizes, as no function writes to a table.
 */
export function takeSnapshot(kept: KeptExports, images: MemoryImage[], tables: boolean): Snapshot {
  const memories = kept.memories.map((memory, index) => ({ memory, image: shareImage(memory, images, index) }));
  const globals = kept.globals.map((global) => ({ global, value: global.value }));
  const sizes = kept.tables.map((table) => ({ table, length: table.length }));
  const tooLarge = tables && countElements(kept.tables) > MOST_ELEMENTS;
  const elements = tables && !tooLarge ? kept.tables.map((table) => ({ table, values: readTable(table) })) : [];
  const hasNan = globals.some(({ value }) => Number.isNaN(value));
  return {
    restore() {
      if (tooLarge) return 'large tables';
      if (hasNan) return 'nan';
      if (memories.some(({ memory, image }) => memory.buffer.byteLength !== image.byteLength)) return 'memory grew';
      if (sizes.some(({ table, length }) => table.length !== length)) return 'table grew';
      for (const { memory, image } of memories) writeImage(image, new Uint8Array(memory.buffer));
      for (const { global, value } of globals) global.value = value;
      for (const { table, values } of elements) writeTable(table, values);
      return null;
    },
  };
}

function shareImage(memory: WebAssembly.Memory, images: MemoryImage[], index: number): MemoryImage {
  const image = takeImage(memory);
  const known = (images[index] ??= image);
  return sameImage(known, image) ? known : image;
}

function countElements(tables: readonly WebAssembly.Table[]): number {
  return tables.reduce((sum, { length }) => sum + (typeof length === 'number' ? length : Infinity), 0);
}

function readTable(table: WebAssembly.Table): readonly unknown[] {
  return Array.from({ length: Number(table.length) }, (_, index) => table.get(index));
}

/** Reading costs less than writing, and most elements never change. */
function writeTable(table: WebAssembly.Table, values: readonly unknown[]): void {
  for (const [index, value] of values.entries()) if (table.get(index) !== value) table.set(index, value);
}
