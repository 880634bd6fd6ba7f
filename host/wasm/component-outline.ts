/** Looks ahead at the sections of a component: where core modules are decides what the meter adds, and that comes first. */
import { readSort, SORT } from './component-scope.ts';
import { type MeterContext, tooMany } from './context.ts';
import { COMPONENT_HEADER } from './meter-interface.ts';
import { Reader } from './reader.ts';

const SECTION = { coreModule: 1, coreInstance: 2, component: 4, alias: 6 };
const LAST_SECTION = 12;
const OUTER = 0x02;

export interface Outline {
  /** Core modules or core instances of its own. */
  readonly core: boolean;
  /** The same in a component within, or one of an outer component's that is named within. */
  readonly nestedCore: boolean;
}

/** `reader` stands behind the header. Errors: `component.malformed`, `component.limit` where components nest too deep. */
export function outlineComponent(reader: Reader, context: MeterContext, depth: number): Outline {
  const most = context.limits.componentDepth;
  if (depth >= most) throw tooMany('nesting of components', most, depth + 1);
  const ahead = new Reader(reader.bytes, reader.pos, reader.end);
  let core = false;
  let nestedCore = false;
  while (!ahead.done) {
    const offset = ahead.pos;
    const id = ahead.byte('section');
    if (id > LAST_SECTION) throw ahead.fail('section', `0 to ${LAST_SECTION}`, id, offset);
    const part = ahead.part(ahead.u32('section length'), 'section');
    if (id === SECTION.coreModule || id === SECTION.coreInstance) core = true;
    else if (id === SECTION.alias) nestedCore ||= namesOuterComponent(part, context);
    else if (id === SECTION.component) {
      readComponentHeader(part);
      const nested = outlineComponent(part, context, depth + 1);
      nestedCore ||= nested.core || nested.nestedCore;
    }
  }
  return { core, nestedCore };
}

function namesOuterComponent(reader: Reader, context: MeterContext): boolean {
  for (let left = reader.count('aliases', context.limits.sectionItems, 3); left > 0; left--) {
    const sort = readSort(reader);
    const target = reader.byte('alias target');
    reader.u32('index');
    if (target === OUTER) reader.u32('outer index');
    else reader.name('alias name');
    if (target === OUTER && sort === SORT.component) return true;
  }
  return false;
}

export function readComponentHeader(reader: Reader): void {
  const start = reader.pos;
  const found = COMPONENT_HEADER.map(() => reader.byte('component'));
  if (COMPONENT_HEADER.every((byte, index) => byte === found[index])) return;
  const isModule = found.slice(0, 4).every((byte, index) => byte === COMPONENT_HEADER[index]) && found[4] === 1;
  throw reader.fail(
    'component',
    'the header of a component',
    isModule ? 'a core module: make a component of it' : 'other bytes',
    start,
  );
}
