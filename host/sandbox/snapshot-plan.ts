/**
 * Decides at admission whether instances of a program can be restored. The guest's own modules were looked at by the meter. The
 * transpiler adds adapters between components; these must hold nothing at all.
 */
import { METER_MODULE } from '../wasm/meter-module.ts';
import { Reader } from '../wasm/reader.ts';
import type { CoreModule, SnapshotPlan } from './program.ts';
import type { KeptState } from '../wasm/component.ts';

export interface TranspiledModule extends CoreModule {
  readonly bytes: Uint8Array;
}

/** What was found of the whole component. */
export interface Findings {
  readonly kept: KeptState;
  /** False where the glue has state that no one would put back. */
  readonly glueKnown: boolean;
  readonly wasi: boolean;
}

export function planSnapshot(findings: Findings, modules: readonly TranspiledModule[]): SnapshotPlan {
  return { obstacle: obstacleIn(findings, modules), tables: findings.kept.writesTables };
}

function obstacleIn(
  { kept, glueKnown, wasi }: Findings,
  modules: readonly TranspiledModule[],
): SnapshotPlan['obstacle'] {
  if (wasi) return 'wasi';
  if (kept.obstacle !== null) return kept.obstacle;
  if (!glueKnown) return 'glue';
  const adapters = modules.filter(({ module, meter }) => !meter && !isMetered(module));
  return adapters.some(({ bytes }) => holdsState(bytes)) ? 'adapters' : null;
}

/** Every module that went through the meter imports it, and no other may. */
function isMetered(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some((entry) => entry.module === METER_MODULE);
}

const HEADER_BYTES = 8;
/** Tables, memories, globals. */
const STATE_SECTIONS: readonly number[] = [4, 5, 6];

function holdsState(bytes: Uint8Array): boolean {
  const reader = new Reader(bytes, HEADER_BYTES);
  let found = false;
  while (!reader.done) {
    if (STATE_SECTIONS.includes(reader.byte('section'))) found = true;
    reader.skip(reader.u32('section length'), 'section');
  }
  return found;
}
