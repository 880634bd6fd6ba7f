/**
 * Meters a component: every core module in it, nested components included. Each component that has core modules gets a meter
 * module and an instance of it in front of everything else, which its core instances then take as an argument. What comes out
 * is again a valid component. Source: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md.
 */
import {
  copyAliases,
  copyCoreInstances,
  readExportNames,
  readImportNames,
  readInstances,
  type Scope,
} from './component-sections.ts';
import { createMeterModule } from './meter-module.ts';
import { createContext, type MeterOptions, rewriteModule, type Tally } from './module.ts';
import { type MeterContext, tooMany } from './context.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export { COSTS_V1 } from './costs.ts';
export * from './meter-module.ts';
export { meterModule, type MeterOptions } from './module.ts';

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
  component: 4,
  instance: 5,
  alias: 6,
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
export function meterComponent(bytes: Uint8Array, options: MeterOptions): MeteredComponent {
  const { limits } = options;
  if (bytes.length > limits.componentBytes) throw tooMany('component, bytes', limits.componentBytes, bytes.length);
  const rewriter = new ComponentRewriter(createContext(options));
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

class ComponentRewriter {
  readonly tally: Tally = { modules: 0, functions: 0, tableElements: 0 };
  readonly #context: MeterContext;
  readonly #meter = createMeterModule();

  constructor(context: MeterContext) {
    this.#context = context;
  }

  /** Rewrites the component in `reader`; `outer` are the components around it, outermost first. */
  rewrite(reader: Reader, outer: readonly Scope[]): Rewritten {
    const most = this.#context.limits.componentDepth;
    if (outer.length >= most) throw tooMany('nesting of components', most, outer.length + 1);
    readHeader(reader);
    const scope: Scope = { shift: hasCore(reader) ? 1 : 0, components: [], instances: 0 };
    const out = new Writer((reader.end - reader.pos) * 2).bytes(HEADER);
    if (scope.shift > 0)
      out.section(SECTION.coreModule, this.#meter).section(SECTION.coreInstance, new Uint8Array([1, 0, 0, 0]));
    const imports: string[] = [];
    const exports: string[] = [];
    const scopes = [...outer, scope];
    while (!reader.done) {
      const id = reader.byte('section');
      const part = reader.part(reader.u32('section length'), 'section');
      if (id === SECTION.import) imports.push(...readImportNames(part, this.#context));
      else if (id === SECTION.export) exports.push(...readExportNames(part, scope, this.#context));
      else if (id === SECTION.instance) readInstances(part, scope, this.#context);
      else {
        this.#writeSection(id, part, out, scopes);
        continue;
      }
      part.expectEnd(`section ${id}`);
      out.section(id, part.bytes.subarray(part.start, part.end));
    }
    return { bytes: out.finish(), imports, exports, instances: scope.instances };
  }

  #writeSection(id: number, part: Reader, out: Writer, scopes: readonly Scope[]): void {
    const scope = scopes.at(-1);
    if (id === SECTION.custom) {
      // Its indices would be wrong afterwards.
      if (part.name('custom section name') === 'component-name') return;
      out.section(id, part.bytes.subarray(part.start, part.end));
    } else if (id === SECTION.coreModule) out.section(id, this.#module(part));
    else if (id === SECTION.component) {
      const nested = this.rewrite(part, scopes);
      scope?.components.push(nested.instances);
      out.section(id, nested.bytes);
    } else if (scope !== undefined && (id === SECTION.coreInstance || id === SECTION.alias)) {
      const section = new Writer(part.end - part.pos + 64);
      if (id === SECTION.alias) copyAliases(part, section, scopes, this.#context);
      else copyCoreInstances(part, section, scope, this.#context);
      part.expectEnd(`section ${id}`);
      out.section(id, section.view());
    } else out.section(id, part.bytes.subarray(part.start, part.end));
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
