/**
 * Custom sections of a metered core module. Names of functions and locals stay right, since their indices don't change, and
 * stack traces use them. What speaks of globals, labels or places in the code would be wrong afterwards and is left out.
 */
import { SojournError } from '../errors.ts';
import type { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** Subsections of `name` that number labels and globals, both of which shift. */
const SHIFTED_NAMES: readonly number[] = [3, 7];

/** Sections that point into the code. */
function pointsIntoCode(name: string): boolean {
  return (
    name.startsWith('.debug_') ||
    name.startsWith('reloc.') ||
    name.startsWith('metadata.code.') ||
    ['linking', 'sourceMappingURL', 'external_debug_info'].includes(name)
  );
}

/**
 * The content (name included) that the custom section in `reader` has afterwards, or null where it is left out. A name section
 * that is malformed is left out too: no engine refuses a module for it.
 */
export function rewriteCustomSection(reader: Reader): Uint8Array | null {
  const start = reader.pos;
  const name = reader.name('custom section name');
  if (pointsIntoCode(name)) return null;
  if (name !== 'name') return reader.bytes.subarray(start, reader.end);
  const out = new Writer(reader.end - start).name(name);
  try {
    copyNames(reader, out);
  } catch (error) {
    if (error instanceof SojournError) return null;
    throw error;
  }
  return out.finish();
}

function copyNames(reader: Reader, out: Writer): void {
  while (!reader.done) {
    const id = reader.byte('name subsection');
    const part = reader.part(reader.u32('name subsection length'), 'name subsection');
    if (!SHIFTED_NAMES.includes(id)) out.section(id, part.bytes.subarray(part.start, part.end));
  }
}
