/**
 * What the parts of the meter are handed: options with the opcode table, how indices are mapped, and one error they share.
 */
import { SojournError } from '../errors.ts';
import type { ComponentLimits } from '../limits.ts';
import type { CostTable } from './costs.ts';
import type { OpcodeTable } from './opcodes.ts';
import type { Reader } from './reader.ts';

/**
 * Why instances of a component can't be restored:
 * - `references`: structs or arrays, or globals or tables that hold anything but numbers and functions. What such a reference
 *   leads to could have been changed, and no host can look into it.
 * - `vectors`: a mutable global of 128 bits, which the JavaScript API can neither read nor write.
 * - `drops`: `data.drop` or `elem.drop`, which nothing undoes.
 */
export type Obstacle = 'references' | 'vectors' | 'drops';

/** What was found over all modules of a component so far. */
export interface KeptState {
  obstacle: Obstacle | null;
  /** Some function writes to a table; otherwise tables stay as instantiation made them. */
  writesTables: boolean;
}

/** What is fixed for a whole component. */
export interface MeterContext {
  readonly limits: ComponentLimits;
  readonly memoryPages: number;
  readonly tableElements: number;
  readonly costs: CostTable;
  readonly isValid: (module: Uint8Array) => boolean;
  readonly opcodes: OpcodeTable;
  /** Position of the module among the component's core modules, for messages. */
  readonly module: number;
  /** What a host that restores instances has to know; filled while modules are metered. */
  readonly kept: KeptState;
}

/** How indices of the module that goes in stand for those of the one that comes out. */
export interface IndexMap {
  readonly global: (index: number) => number;
  /** Functions keep theirs; none may name one that the meter adds. */
  readonly function: (index: number, reader: Reader) => number;
}

/** Errors: gives `component.limit`. */
export function tooMany(subject: string, most: number | bigint, found: number | bigint): SojournError {
  return new SojournError('component.limit', `${subject}: expected at most ${most}, found ${found}`, {
    details: { limit: Number(most), found: Number(found) },
  });
}
