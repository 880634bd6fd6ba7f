/**
 * Follows core functions through a component before it is rewritten: which signature each has. A lowered function has none that stands
 * anywhere, so it is found where a core module imports it.
 */
import { type MeterContext, tooMany } from './context.ts';
import { readSort, SORT } from './component-scope.ts';
import { type CoreInterface, readCoreInterface } from './core-interface.ts';
import { Reader } from './reader.ts';
import type { Signature } from './small-module.ts';

/** One core function. Its signature is not known where no core module imports it. */
interface CoreFunction {
  signature: Signature | null;
}

type CoreExports = ReadonlyMap<string, CoreFunction>;

export interface CoreWiring {
  /** Signatures by core function, in the component's own index space. */
  signatureOf(index: number): Signature | null;
  /** What the core modules show, by their own index. */
  readonly modules: readonly CoreInterface[];
}

const SECTION = { coreModule: 1, coreInstance: 2, alias: 6, canon: 8 };
const LIFT = 0x00;
const LOWER = 0x01;
const FIRST_INDEX_OPTION = 0x03;
/** Imports and exports over all core instances, for each item that a section may have. */
const LINKS_PER_ITEM = 4;

/** `reader` stands behind the component's header; `outer` are the modules of the components around, outermost first. */
export function followCoreFunctions(
  reader: Reader,
  outer: readonly (readonly CoreInterface[])[],
  context: MeterContext,
): CoreWiring {
  const wiring = new Wiring(outer, context);
  const sections = new Reader(reader.bytes, reader.pos, reader.end);
  while (!sections.done) {
    const id = sections.byte('section');
    const part = sections.part(sections.u32('section length'), 'section');
    if (id === SECTION.coreModule) wiring.modules.push(readCoreInterface(part, context));
    else if (id === SECTION.coreInstance) wiring.readInstances(part);
    else if (id === SECTION.alias) wiring.readAliases(part);
    else if (id === SECTION.canon) wiring.readCanons(part);
  }
  return { signatureOf: (index) => wiring.functions[index]?.signature ?? null, modules: wiring.modules };
}

class Wiring {
  readonly modules: CoreInterface[] = [];
  readonly functions: CoreFunction[] = [];
  readonly #instances: CoreExports[] = [];
  readonly #outer: readonly (readonly CoreInterface[])[];
  readonly #most: number;
  #links = 0;

  constructor(outer: readonly (readonly CoreInterface[])[], context: MeterContext) {
    this.#outer = outer;
    this.#most = context.limits.sectionItems;
  }

  /** Bounds what small definitions can make large: instances of modules with many imports and exports. */
  #link(added: number): void {
    this.#links += added;
    const most = LINKS_PER_ITEM * this.#most;
    if (this.#links > most) throw tooMany('imports and exports of core instances', most, this.#links);
  }

  readInstances(reader: Reader): void {
    for (let left = reader.count('core instances', this.#most, 2); left > 0; left--) {
      const form = reader.byte('core instance');
      if (form === 0x00) this.#instances.push(this.#instantiate(reader));
      else this.#instances.push(this.#bundle(reader));
    }
  }

  #instantiate(reader: Reader): CoreExports {
    const index = reader.u32('core module');
    const module = this.modules[index];
    if (module === undefined) throw reader.fail('core module', `an index below ${this.modules.length}`, index);
    this.#link(module.imports.length + module.exports.size);
    const given = new Map<string, CoreExports>();
    for (let left = reader.count('instantiation arguments', this.#most, 3); left > 0; left--) {
      const name = reader.name('argument name');
      reader.byte('argument sort');
      given.set(name, this.#instance(reader));
    }
    const imported = module.imports.map(({ module: from, name, signature }) => {
      const found = given.get(from)?.get(name) ?? { signature };
      found.signature ??= signature;
      return found;
    });
    return new Map(
      Array.from(module.exports, ([name, { signature, imported: place }]) => [
        name,
        (place === null ? null : imported[place]) ?? { signature },
      ]),
    );
  }

  #instance(reader: Reader): CoreExports {
    const index = reader.u32('core instance');
    const found = this.#instances[index];
    if (found === undefined) throw reader.fail('core instance', `an index below ${this.#instances.length}`, index);
    return found;
  }

  #bundle(reader: Reader): CoreExports {
    const exports = new Map<string, CoreFunction>();
    for (let left = reader.count('exports', this.#most, 3); left > 0; left--) {
      const name = reader.name('export name');
      const core = reader.byte('core sort');
      const found = this.functions[reader.u32('export index')];
      if ((0x100 | core) === SORT.coreFunc && found !== undefined) exports.set(name, found);
    }
    return exports;
  }

  readAliases(reader: Reader): void {
    for (let left = reader.count('aliases', this.#most, 3); left > 0; left--) {
      const sort = readSort(reader);
      const target = reader.byte('alias target');
      if (target === 0x02) {
        const levels = reader.u32('outer component');
        const index = reader.u32('outer index');
        if (sort !== SORT.coreModule) continue;
        const modules = levels === 0 ? this.modules : this.#outer.at(-levels);
        const found = modules?.[index];
        if (found === undefined) throw reader.fail('core module', 'one that stands before', index);
        this.modules.push(found);
      } else {
        const exports = target === 0x01 ? this.#instance(reader) : null;
        if (exports === null) reader.u32('instance');
        const name = reader.name('alias name');
        if (sort !== SORT.coreFunc) continue;
        this.#link(1);
        this.functions.push(exports?.get(name) ?? { signature: null });
      }
    }
  }

  /** Asynchronous definitions are refused where they are copied; here reading ends at the first. */
  readCanons(reader: Reader): void {
    for (let left = reader.count('canonical definitions', this.#most); left > 0; left--) {
      const kind = reader.byte('canonical definition');
      if (kind > 0x04) return;
      if (kind === LIFT || kind === LOWER) {
        reader.byte('canonical definition');
        reader.u32('function');
        for (let options = reader.count('canonical options', this.#most); options > 0; options--)
          if (reader.byte('canonical option') >= FIRST_INDEX_OPTION) reader.u32('index');
      }
      if (kind !== LOWER) reader.u32('type');
      if (kind !== LIFT) this.functions.push({ signature: null });
    }
  }
}
