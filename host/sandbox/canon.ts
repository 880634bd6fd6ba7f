/**
 * Walks a component's canonical definitions, nested components included, and refuses those of the asynchronous ABI: tasks,
 * streams, threads and the like would bring a scheduler into what has to run the same way every time.
 * Source: the component model's Binary.md (https://github.com/WebAssembly/component-model), section "Canonical Definitions".
 */
import { SojournError } from '../errors.ts';
import { Reader } from '../wasm/reader.ts';

const HEADER_BYTES = 8;
const SECTION = { component: 4, canon: 8 };
const LIFT = 0x00;
const LOWER = 0x01;
/** `resource.new`, `resource.drop`, `resource.rep`. */
const RESOURCE = [0x02, 0x03, 0x04];
/** String encodings, which have no operand. */
const PLAIN_OPTIONS = [0x00, 0x01, 0x02];
/** `memory`, `realloc`, `post-return`, each with an index. */
const INDEX_OPTIONS = [0x03, 0x04, 0x05];

/**
 * `component` must have passed the meter, which bounds its nesting. Errors: `component.opcode` for a definition or option that is
 * not synchronous, `component.malformed`.
 */
export function refuseAsync(component: Uint8Array): void {
  walk(new Reader(component));
}

function walk(reader: Reader): void {
  reader.skip(HEADER_BYTES, 'component header');
  while (!reader.done) {
    const id = reader.byte('section');
    const part = reader.part(reader.u32('section length'), 'section');
    if (id === SECTION.component) walk(part);
    if (id === SECTION.canon) readDefinitions(part);
  }
}

function readDefinitions(reader: Reader): void {
  for (let left = reader.u32('canonical definitions'); left > 0; left -= 1) {
    const offset = reader.pos;
    const kind = reader.byte('canonical definition');
    if (kind === LIFT || kind === LOWER) {
      if (reader.byte('canonical definition') !== 0) throw refusal('canonical definition', offset, kind);
      reader.u32('function');
      readOptions(reader);
      if (kind === LIFT) reader.u32('type');
    } else if (RESOURCE.includes(kind)) reader.u32('resource type');
    else throw refusal('canonical definition', offset, kind);
  }
}

function readOptions(reader: Reader): void {
  for (let left = reader.u32('canonical options'); left > 0; left -= 1) {
    const offset = reader.pos;
    const option = reader.byte('canonical option');
    if (INDEX_OPTIONS.includes(option)) reader.u32('index');
    else if (!PLAIN_OPTIONS.includes(option)) throw refusal('canonical option', offset, option);
  }
}

function refusal(subject: string, offset: number, found: number): SojournError {
  const hex = `0x${found.toString(16).padStart(2, '0')}`;
  return new SojournError(
    'component.opcode',
    `${subject} at offset ${offset}: expected a synchronous one, found ${hex}`,
    {
      details: { offset, found },
    },
  );
}
