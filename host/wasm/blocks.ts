/**
 * Metered blocks: stretches of code that run as a whole whenever control enters them (or that a trap or exception leaves), each
 * with the sum of its instructions' costs, charged at its start. Code behind a block that can't be left early belongs to the
 * stretch ahead of the block. Small arms are charged with the code ahead of them, so a count may be too high, never too low.
 */
import type { CostTable } from './costs.ts';

export class MeteredBlocks {
  /** Units, by metered block. 0 where nothing is to be charged there. */
  readonly cost: number[] = [];
  /** How many loops the block lies in. */
  readonly loopDepth: number[] = [];
  /** A block that runs exactly once before each run of this one, or -1. */
  readonly #ahead: number[] = [];
  /** The other arm of the same `if`, noted at the first arm, or -1. */
  readonly #elseArm: number[] = [];
  readonly #isElse: boolean[] = [];

  open(ahead: number, loopDepth: number): number {
    this.cost.push(0);
    this.loopDepth.push(loopDepth);
    this.#ahead.push(ahead);
    this.#elseArm.push(-1);
    this.#isElse.push(false);
    return this.cost.length - 1;
  }

  openElse(thenArm: number, ahead: number, loopDepth: number): number {
    const arm = this.open(ahead, loopDepth);
    this.#elseArm[thenArm] = arm;
    this.#isElse[arm] = true;
    return arm;
  }

  add(block: number, units: number): void {
    this.cost[block] = this.costOf(block) + units;
  }

  costOf(block: number): number {
    return this.cost[block] ?? 0;
  }

  /** Moves small costs ahead, innermost first. To be called once, when the function is scanned. */
  moveAhead(costs: CostTable): void {
    const moved: number[] = this.cost.map(() => 0);
    for (let block = this.cost.length - 1; block >= 0; block--) {
      const target = this.#ahead[block] ?? -1;
      if (target < 0 || this.#isElse[block] === true) continue;
      const other = this.#elseArm[block] ?? -1;
      const units = Math.max(this.costOf(block), other < 0 ? 0 : this.costOf(other));
      const already = moved[target] ?? 0;
      if (units === 0 || units > costs.smallArm || already + units > costs.aheadMost) continue;
      moved[target] = already + units;
      this.add(target, units);
      this.cost[block] = 0;
      if (other >= 0) this.cost[other] = 0;
    }
  }
}
