/**
 * Canonical definitions, copied with their indices shifted. Those of the asynchronous ABI are refused: tasks, streams, threads and
 * the like would bring a scheduler into what has to run the same way every time.
 * Source: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md, section "Canonical Definitions".
 */
import { SojournError } from '../errors.ts';
import type { MeterContext } from './context.ts';
import { type Scope, SORT } from './component-scope.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

const LIFT = 0x00;
const LOWER = 0x01;
const RESOURCE_DROP = 0x03;
/** `resource.new`, `resource.rep`: no other code runs. */
const RESOURCE = [0x02, 0x04];
/** String encodings, which have no operand. */
const PLAIN_OPTIONS = [0x00, 0x01, 0x02];
const MEMORY = 0x03;
const REALLOC = 0x04;
const POST_RETURN = 0x05;

/** What to name in the place of core functions of the component's own. */
export interface CanonTargets {
  lift(index: number, reader: Reader): number;
  postReturn(index: number, reader: Reader): number;
}

/**
 * One item of section 8; true where it makes a core function that other code runs behind. Errors: `component.opcode` for a
 * definition or option that is not synchronous, `component.malformed`.
 */
export function copyCanon(
  reader: Reader,
  out: Writer,
  {
    scope,
    context,
    targets,
  }: { readonly scope: Scope; readonly context: MeterContext; readonly targets: CanonTargets },
): boolean {
  const offset = reader.pos;
  const kind = reader.byte('canonical definition');
  out.byte(kind);
  if (kind === LIFT || kind === LOWER) {
    if (reader.byte('canonical definition') !== 0) throw refusal('canonical definition', offset, kind);
    const target = reader.u32('function');
    out.byte(0).u32(kind === LIFT ? targets.lift(target, reader) : scope.map(SORT.func, target, reader));
    copyOptions(reader, out, { scope, context, targets });
    if (kind === LIFT) out.u32(scope.map(SORT.type, reader.u32('function type'), reader));
  } else if (kind === RESOURCE_DROP || RESOURCE.includes(kind)) {
    out.u32(scope.map(SORT.type, reader.u32('resource type'), reader));
  } else throw refusal('canonical definition', offset, kind);
  scope.add(kind === LIFT ? SORT.func : SORT.coreFunc);
  return kind === LOWER || kind === RESOURCE_DROP;
}

function copyOptions(
  reader: Reader,
  out: Writer,
  {
    scope,
    context,
    targets,
  }: { readonly scope: Scope; readonly context: MeterContext; readonly targets: CanonTargets },
): void {
  const count = reader.count('canonical options', context.limits.sectionItems);
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    const option = reader.byte('canonical option');
    out.byte(option);
    if (option === REALLOC) out.u32(scope.map(SORT.coreFunc, reader.u32('core function'), reader));
    else if (option === POST_RETURN) out.u32(targets.postReturn(reader.u32('core function'), reader));
    else if (option === MEMORY) out.u32(reader.u32('memory'));
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
