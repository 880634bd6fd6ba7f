/**
 * What a core module shows: the signatures of the functions that it imports and exports, and whether it runs code when it is
 * instantiated. Read before the module is metered, and with the same bounds.
 */
import { readImports, readModuleInfo } from './module-info.ts';
import type { MeterContext } from './context.ts';
import { Reader } from './reader.ts';
import type { Signature } from './small-module.ts';

/** An exported function; one that was imported is named by its place among the imports. */
export interface CoreExport {
  readonly signature: Signature;
  readonly imported: number | null;
}

export interface CoreInterface {
  readonly imports: readonly { readonly module: string; readonly name: string; readonly signature: Signature }[];
  readonly exports: ReadonlyMap<string, CoreExport>;
  /** True for a start function, and for memories of its own, which are charged by one. */
  readonly runs: boolean;
}

const SECTION = { import: 2, export: 7, start: 8 };
const FUNC = 0x00;

export function readCoreInterface(module: Reader, context: MeterContext): CoreInterface {
  const info = readModuleInfo(new Reader(module.bytes, module.pos, module.end), context);
  const most = context.limits.sectionItems;
  const signatureOf = (type: number, reader: Reader): Signature => {
    const found = info.types[type];
    if (found?.kind !== 'func') throw reader.fail('function type', 'one of a function', type);
    // both begin with a count
    const { paramBytes, resultBytes } = found;
    return {
      params: paramBytes.subarray(paramBytes.length - found.params),
      results: resultBytes.subarray(resultBytes.length - found.results),
    };
  };
  const imports: CoreInterface['imports'][number][] = [];
  const exports = new Map<string, CoreExport>();
  for (const { id, start, end } of info.sections) {
    const part = new Reader(module.bytes, start, end);
    if (id === SECTION.import) {
      let type = -1;
      readImports(part, most, {
        function: (index) => (type = index),
        done: (at) => {
          const names = new Reader(module.bytes, at, end);
          if (type >= 0) {
            imports.push({
              module: names.name('module'),
              name: names.name('name'),
              signature: signatureOf(type, names),
            });
          }
          type = -1;
        },
      });
    } else if (id === SECTION.export) {
      for (let left = part.count('exports', most, 3); left > 0; left--) {
        const name = part.name('export name');
        const kind = part.byte('export kind');
        const index = part.u32('export index');
        if (kind !== FUNC) continue;
        const type = info.functions[index];
        if (type === undefined) throw part.fail('export', `a function below ${info.functions.length}`, index);
        const imported = index < info.importedFunctions ? index : null;
        exports.set(name, { signature: signatureOf(type, part), imported });
      }
    }
  }
  const runs = info.sections.some(({ id }) => id === SECTION.start) || info.memories.some(({ imported }) => !imported);
  return { imports, exports, runs };
}
