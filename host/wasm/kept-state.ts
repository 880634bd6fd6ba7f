/**
 * What of a core module can change while it runs, made reachable for a host that restores it: each memory, table and mutable
 * global of the module's own is exported under a reserved name, which no guest can name. And what no host can restore, found
 * while the module is metered. Neither changes what the module does or what it is charged.
 */
import { KEPT_PREFIX } from './meter-module.ts';
import type { MeterContext } from './context.ts';
import type { ModuleInfo } from './module-info.ts';
import { holdsFunctions } from './types.ts';
import type { Writer } from './writer.ts';

const EXPORT_KINDS = { table: 1, memory: 2, global: 3 } as const;

/** Instructions that write to a table: set, init, copy, grow, fill. Growth shows in its size, too. */
const TABLE_WRITES: ReadonlySet<number> = new Set([0x26, 0xfc0c, 0xfc0e, 0xfc0f, 0xfc11]);
const DROPS: ReadonlySet<number> = new Set([0xfc09, 0xfc0d]);

/** Takes note of an instruction, by the key of its opcode. */
export function noteInstruction(key: number, { kept }: MeterContext): void {
  if (TABLE_WRITES.has(key)) kept.writesTables = true;
  else if (DROPS.has(key)) kept.obstacle ??= 'drops';
}

/** Takes note of the module's types, globals and tables. */
export function noteModule(info: ModuleInfo, { kept }: MeterContext): void {
  const aggregates = info.types.some(({ kind }) => kind !== 'func');
  const held = info.globals.some(({ holds, mutable }) => mutable && holds === 'reference');
  if (aggregates || held || info.tables.some(({ type }) => !holdsFunctions(type))) kept.obstacle ??= 'references';
  else if (info.globals.some(({ holds, mutable }) => mutable && holds === 'vector')) kept.obstacle ??= 'vectors';
}

/** Writes the exports of what the module keeps, as entries of its export section, and gives their number. */
export function writeKeptExports(info: ModuleInfo, shiftGlobal: (index: number) => number, out: Writer): number {
  let count = 0;
  const write = (kind: keyof typeof EXPORT_KINDS, own: number, index: number) => {
    out.name(`${KEPT_PREFIX}${kind}/${own}`).byte(EXPORT_KINDS[kind]).u32(index);
    count++;
  };
  let first = info.memories.filter(({ imported }) => imported).length;
  for (let index = first; index < info.memories.length; index++) write('memory', index - first, index);
  first = info.tables.filter(({ imported }) => imported).length;
  for (let index = first; index < info.tables.length; index++) write('table', index - first, index);
  for (const [own, { mutable }] of info.globals.entries())
    if (mutable) write('global', own, shiftGlobal(info.importedGlobals + own));
  return count;
}
