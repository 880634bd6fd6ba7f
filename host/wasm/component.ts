/**
 * Meters a component: every core module in it, nested components included. Each component that has core modules gets a meter
 * module and an instance of it in front of everything else, which its core instances then take as an argument. What comes out
 * is again a valid component. Source: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md.
 */
import { copyCanons } from './component-canon.ts';
import { Scope, SORT } from './component-scope.ts';
import { copyAliases, copyCoreInstances, copyExports, copyImports, copyInstances } from './component-sections.ts';
import { createMeterModule } from './meter-code.ts';
import { exportMeter } from './meter-interface.ts';
import type { MeterAllowance } from './meter-module.ts';
import { createContext, type MeterOptions, rewriteModule, type Tally } from './module.ts';
import { type MeterContext, tooMany } from './context.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export { COSTS_V1 } from './costs.ts';
export { createMeterModule } from './meter-code.ts';
export { METER_INTERFACE } from './meter-interface.ts';
export * from './meter-module.ts';
export { meterModule, type MeterOptions } from './module.ts';

export interface ComponentMeterOptions extends MeterOptions {
  /** What the meter starts with, for engines that can't arm it before the component's start functions run; nothing if left out. */
  readonly allowance?: MeterAllowance;
}

export interface MeteredComponent {
  readonly bytes: Uint8Array;
  /** Names of the component's imports and exports, in order. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  /** Core modules and their functions, nested components included, the meter's own not. */
  readonly coreModules: number;
  readonly functions: number;
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00] as const;
const SECTION = {
  custom: 0,
  coreModule: 1,
  coreInstance: 2,
  coreType: 3,
  component: 4,
  instance: 5,
  alias: 6,
  type: 7,
  canon: 8,
  import: 10,
  export: 11,
};
const LAST_SECTION = 12;

/**
 * Meters a component. A host that runs the result arms the meter (armMeter) when its module is instantiated, and uses one
 * instance of it for all nested components, so that there is one counter.
 * Errors: `component.malformed`, `component.limit`, `component.opcode` (an instruction without a price), `component.import`
 * (a name of the meter's; core modules or components that cross a component's boundary).
 */
export function meterComponent(bytes: Uint8Array, options: ComponentMeterOptions): MeteredComponent {
  const { limits, allowance } = options;
  if (bytes.length > limits.componentBytes) throw tooMany('component, bytes', limits.componentBytes, bytes.length);
  const rewriter = new ComponentRewriter(createContext(options), createMeterModule(allowance));
  const top = rewriter.rewrite(new Reader(bytes), []);
  const { modules, functions } = rewriter.tally;
  return { bytes: top.bytes, imports: top.imports, exports: top.exports, coreModules: modules, functions };
}

interface Rewritten {
  readonly bytes: Uint8Array;
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  readonly instances: number;
}

/** One component while it is rewritten. */
interface Part {
  readonly out: Writer;
  readonly scope: Scope;
  /** Its own scope last. */
  readonly scopes: readonly Scope[];
  /** The meter's core instance; -1 where there are no core modules. */
  readonly meter: number;
  readonly imports: string[];
  readonly exports: string[];
}

class ComponentRewriter {
  readonly tally: Tally = { modules: 0, functions: 0, tableElements: 0 };
  readonly #context: MeterContext;
  readonly #meter: Uint8Array;

  constructor(context: MeterContext, meter: Uint8Array) {
    this.#context = context;
    this.#meter = meter;
  }

  /** Rewrites the component in `reader`; `outer` are the components around it, outermost first. */
  rewrite(reader: Reader, outer: readonly Scope[]): Rewritten {
    const most = this.#context.limits.componentDepth;
    if (outer.length >= most) throw tooMany('nesting of components', most, outer.length + 1);
    readHeader(reader);
    const out = new Writer((reader.end - reader.pos) * 2).bytes(HEADER);
    const scope = new Scope(this.#context);
    const meter = hasCore(reader) ? this.#startMeter(out, scope) : -1;
    const part: Part = { out, scope, scopes: [...outer, scope], meter, imports: [], exports: [] };
    while (!reader.done) {
      const id = reader.byte('section');
      this.#section(id, reader.part(reader.u32('section length'), 'section'), part);
    }
    if (outer.length === 0 && meter >= 0) exportMeter(out, scope, meter);
    return { bytes: out.finish(), imports: part.imports, exports: part.exports, instances: scope.instances };
  }

  /** The meter's module and its instance, in front of everything else. */
  #startMeter(out: Writer, scope: Scope): number {
    const module = scope.insert(SORT.coreModule);
    out.section(SECTION.coreModule, this.#meter);
    out.section(SECTION.coreInstance, new Writer().u32(1).byte(0x00).u32(module).u32(0).view());
    return scope.insert(SORT.coreInstance);
  }

  #section(id: number, section: Reader, part: Part): void {
    const { out, scope } = part;
    if (id === SECTION.custom) {
      // Its indices would be wrong afterwards.
      if (section.name('custom section name') === 'component-name') return;
      out.section(id, section.bytes.subarray(section.start, section.end));
    } else if (id === SECTION.coreModule) {
      out.section(id, this.#module(section));
      scope.add(SORT.coreModule);
    } else if (id === SECTION.component) {
      const nested = this.rewrite(section, part.scopes);
      scope.addComponent(nested.instances);
      out.section(id, nested.bytes);
    } else if (id === SECTION.coreType || id === SECTION.type) {
      // What types name isn't shifted.
      if (id === SECTION.type) scope.add(SORT.type, section.count('types', this.#context.limits.sectionItems));
      out.section(id, section.bytes.subarray(section.start, section.end));
    } else {
      const content = new Writer(section.end - section.pos + 64);
      this.#indexed(id, section, content, part);
      section.expectEnd(`section ${id}`);
      out.section(id, content.view());
    }
  }

  #indexed(id: number, section: Reader, out: Writer, { scope, scopes, meter, imports, exports }: Part): void {
    const context = this.#context;
    if (id === SECTION.coreInstance) copyCoreInstances(section, out, { scope, meter, context });
    else if (id === SECTION.instance) copyInstances(section, out, scope, context);
    else if (id === SECTION.alias) copyAliases(section, out, { scope, scopes, context });
    else if (id === SECTION.canon) copyCanons(section, out, scope, context);
    else if (id === SECTION.import) imports.push(...copyImports(section, out, scope, context));
    else if (id === SECTION.export) exports.push(...copyExports(section, out, scope, context));
    else throw section.fail('section', 'one of 0 to 8, 10 and 11', id, section.start);
  }

  #module(part: Reader): Uint8Array {
    const most = this.#context.limits.coreModules;
    if (this.tally.modules >= most) throw tooMany('core modules', most, this.tally.modules + 1);
    return rewriteModule(part, { ...this.#context, module: this.tally.modules }, this.tally);
  }
}

function readHeader(reader: Reader): void {
  const start = reader.pos;
  const found = HEADER.map(() => reader.byte('component'));
  if (HEADER.every((byte, index) => byte === found[index])) return;
  const isModule = found.slice(0, 4).every((byte, index) => byte === HEADER[index]) && found[4] === 1;
  throw reader.fail(
    'component',
    'the header of a component',
    isModule ? 'a core module: make a component of it' : 'other bytes',
    start,
  );
}

/** Looks ahead: whether the component has core modules or core instances of its own. */
function hasCore(reader: Reader): boolean {
  const ahead = new Reader(reader.bytes, reader.pos, reader.end);
  let found = false;
  while (!ahead.done) {
    const offset = ahead.pos;
    const id = ahead.byte('section');
    if (id > LAST_SECTION) throw ahead.fail('section', `0 to ${LAST_SECTION}`, id, offset);
    ahead.skip(ahead.u32('section length'), 'section');
    if (id === SECTION.coreModule || id === SECTION.coreInstance) found = true;
  }
  return found;
}
