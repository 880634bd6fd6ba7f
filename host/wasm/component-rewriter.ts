/**
 * Rewrites the binary of a component, section by section. Each component that has core modules gets a meter in front, which its core
 * instances take as an argument, and the outermost one exports it. Nested components either have a meter module each, of which a
 * host makes one instance, or share one meter by calls (meter-gates.ts).
 */
import { SojournError } from '../errors.ts';
import { type CanonTargets, copyCanon } from './component-canon.ts';
import { Emitter } from './component-emitter.ts';
import { outlineComponent, readComponentHeader } from './component-outline.ts';
import { Scope, SORT } from './component-scope.ts';
import {
  copyAliases,
  copyCoreInstance,
  copyExports,
  copyImports,
  copyInstances,
  METER_SHARED,
  peekCoreModule,
} from './component-sections.ts';
import { TypeCopier } from './component-types.ts';
import { type MeterContext, tooMany } from './context.ts';
import type { CoreInterface } from './core-interface.ts';
import { followCoreFunctions } from './core-wiring.ts';
import { createMeterModule, METER_SIGNATURES, NO_ALLOWANCE, SHARING_FUNCTIONS } from './meter-code.ts';
import { Gates } from './meter-gates.ts';
import { COMPONENT_HEADER, createMeterComponent, exportMeter } from './meter-interface.ts';
import type { MeterAllowance } from './meter-module.ts';
import { exportSettle, exportSharedMeter } from './meter-settling.ts';
import { rewriteModule, type Tally } from './module.ts';
import type { Reader } from './reader.ts';
import { Writer } from './writer.ts';

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

export interface RewriterOptions {
  readonly context: MeterContext;
  readonly allowance?: MeterAllowance | undefined;
  /** True where no host makes one instance of the meter for all nested components. */
  readonly standalone: boolean;
}

export interface Rewritten {
  readonly bytes: Uint8Array;
  /** Names of the component's own. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

/** One component while it is rewritten. */
interface Part {
  readonly out: Writer;
  readonly emitter: Emitter;
  readonly scope: Scope;
  /** The core instance with the meter's globals; -1 where there are no core modules. */
  readonly meter: number;
  /** Null where there are no core modules, or one instance of the meter for all. */
  readonly gates: Gates | null;
  /** This component and those around it, outermost first. */
  readonly scopes: readonly Scope[];
  readonly modules: readonly (readonly CoreInterface[])[];
  readonly imports: string[];
  readonly exports: string[];
}

export class ComponentRewriter {
  readonly tally: Tally = { modules: 0, functions: 0, tableElements: 0, constantBytes: 0 };
  readonly #context: MeterContext;
  readonly #allowance: MeterAllowance;
  readonly #standalone: boolean;
  /** True while components share the meter by calls. */
  #shared = false;

  constructor({ context, allowance = NO_ALLOWANCE, standalone }: RewriterOptions) {
    this.#context = context;
    this.#allowance = allowance;
    this.#standalone = standalone;
  }

  /** The outermost component. */
  rewrite(reader: Reader): Rewritten {
    readComponentHeader(reader);
    const { core, nestedCore } = outlineComponent(reader, this.#context, 0);
    this.#shared = this.#standalone && nestedCore;
    if (this.#shared && core) throw refuseCoreAround();
    const part = this.#begin(reader, null, core);
    if (this.#shared) part.scope.shared = this.#shareMeter(part);
    this.#sections(reader, this.#shared ? this.#addGates(reader, part, core, []) : part);
    const { out, emitter, scope, meter, imports, exports } = part;
    if (this.#shared) exportSharedMeter(emitter, scope, this.#context);
    else if (core) exportMeter(emitter, meter);
    return { bytes: out.finish(), imports, exports };
  }

  #nested(reader: Reader, outer: Part): void {
    readComponentHeader(reader);
    const { core, nestedCore } = outlineComponent(reader, this.#context, outer.scopes.length);
    const shares = this.#shared && (core || nestedCore);
    let part = this.#begin(reader, outer, core);
    if (shares) {
      const functions = SHARING_FUNCTIONS.map((name) => [name, METER_SIGNATURES[name]] as const);
      part.scope.shared = part.emitter.importInstance(METER_SHARED, functions);
      part = this.#addGates(reader, part, core, outer.modules);
    }
    this.#sections(reader, part);
    if (shares) exportSettle(part.emitter, part.scope, part.gates);
    const { scope } = part;
    outer.out.section(SECTION.component, part.out.view());
    outer.scope.addComponent({ instances: scope.instances, meters: scope.meters, shares });
  }

  #begin(reader: Reader, outer: Part | null, core: boolean): Part {
    const out = new Writer((reader.end - reader.pos) * 2).bytes(COMPONENT_HEADER);
    const scope = new Scope(this.#context);
    const emitter = new Emitter(out, scope);
    const own = core && !this.#shared;
    const meter = own ? emitter.coreInstance(emitter.coreModule(createMeterModule(this.#allowance))) : -1;
    const scopes = [...(outer?.scopes ?? []), scope];
    return { out, emitter, scope, meter, gates: null, scopes, modules: [], imports: [], exports: [] };
  }

  /** The shared meter in front of everything: gives its instance. */
  #shareMeter({ emitter }: Part): number {
    return emitter.instance(emitter.component(createMeterComponent(this.#context, this.#allowance)));
  }

  #addGates(reader: Reader, part: Part, core: boolean, outer: readonly (readonly CoreInterface[])[]): Part {
    const wiring = followCoreFunctions(reader, outer, this.#context);
    const modules = [...outer, wiring.modules];
    if (!core) return { ...part, modules };
    const { scope, emitter } = part;
    scope.addMeters(1);
    const gates = new Gates(emitter, { scope, wiring, shared: scope.shared, allowance: this.#allowance });
    return { ...part, modules, gates, meter: gates.meter };
  }

  #sections(reader: Reader, part: Part): void {
    while (!reader.done) {
      const id = reader.byte('section');
      const section = reader.part(reader.u32('section length'), 'section');
      this.#section(id, section, part);
      if (id !== SECTION.custom && id !== SECTION.coreType && id !== SECTION.type) section.expectEnd(`section ${id}`);
    }
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
    } else if (id === SECTION.component) this.#nested(section, part);
    else if (id === SECTION.coreType) out.section(id, section.bytes.subarray(section.start, section.end));
    else if (id === SECTION.type) this.#types(section, part);
    else if (id === SECTION.coreInstance) this.#coreInstances(section, part);
    else if (id === SECTION.canon) this.#canons(section, part);
    else this.#indexed(id, section, part);
  }

  #module(part: Reader): Uint8Array {
    const most = this.#context.limits.coreModules;
    if (this.tally.modules >= most) throw tooMany('core modules', most, this.tally.modules + 1);
    const metered = rewriteModule(part, { ...this.#context, module: this.tally.modules }, this.tally);
    part.skip(part.end - part.pos, 'core module');
    return metered;
  }

  #types(section: Reader, { out, scope, scopes, gates }: Part): void {
    const count = section.count('types', this.#context.limits.sectionItems);
    if (!this.#shared) {
      // What types name isn't shifted.
      scope.add(SORT.type, count);
      out.section(SECTION.type, section.bytes.subarray(section.start, section.end));
      return;
    }
    for (let left = count; left > 0; left--) {
      const content = new Writer().u32(1);
      const wrap = (index: number, at: Reader): number =>
        gates === null ? scope.map(SORT.coreFunc, index, at) : gates.destructor(index, at);
      new TypeCopier(content, scopes, this.#context, wrap).copy(section);
      out.section(SECTION.type, content.view());
      scope.add(SORT.type);
    }
    section.expectEnd('section 7');
  }

  #coreInstances(section: Reader, { out, scope, meter, gates }: Part): void {
    const context = this.#context;
    for (let left = section.count('core instances', context.limits.sectionItems, 2); left > 0; left--) {
      const module = peekCoreModule(section);
      const runs = gates !== null && module !== null && gates.runs(module);
      if (runs) gates.pass('enter');
      const content = new Writer().u32(1);
      copyCoreInstance(section, content, { scope, meter, context });
      out.section(SECTION.coreInstance, content.view());
      if (runs) gates.pass('leave');
    }
  }

  #canons(section: Reader, { out, scope, gates }: Part): void {
    const context = this.#context;
    const map = (index: number, reader: Reader): number => scope.map(SORT.coreFunc, index, reader);
    const targets: CanonTargets = gates ?? { lift: map, postReturn: map };
    for (let left = section.count('canonical definitions', context.limits.sectionItems); left > 0; left--) {
      const content = new Writer().u32(1);
      const calls = copyCanon(section, content, { scope, context, targets });
      out.section(SECTION.canon, content.view());
      if (calls) gates?.lowered();
    }
  }

  #indexed(id: number, section: Reader, { out: whole, scope, scopes, imports, exports }: Part): void {
    const context = this.#context;
    const out = new Writer(section.end - section.pos + 64);
    if (id === SECTION.instance) copyInstances(section, out, scope, context);
    else if (id === SECTION.alias) copyAliases(section, out, { scope, scopes, context });
    else if (id === SECTION.import) imports.push(...copyImports(section, out, scope, context));
    else if (id === SECTION.export) exports.push(...copyExports(section, out, scope, context));
    else throw section.fail('section', 'one of 0 to 8, 10 and 11', id, section.start);
    whole.section(id, out.view());
  }
}

function refuseCoreAround(): SojournError {
  return new SojournError(
    'component.import',
    'component: expected core modules in the outermost component or in those within it, found both: a component can share no ' +
      'meter with one within it; compose them side by side',
  );
}
