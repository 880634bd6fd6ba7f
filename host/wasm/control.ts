/**
 * Control structure of one function body while it is scanned: open blocks, height of the operand stack, and which metered block
 * the present instruction belongs to. Code behind the end of a block belongs to the metered block ahead of it, unless the block
 * can be left for one further out.
 */
import { MeteredBlocks } from './blocks.ts';
import type { FloatFlow } from './float-flow.ts';
import { type Mark, MARK } from './marks.ts';
import { tooMany } from './context.ts';
import type { Reader } from './reader.ts';

export interface Frame {
  readonly kind: 'function' | 'block' | 'loop' | 'if' | 'try';
  /** The metered block that was running at the frame's beginning. */
  readonly block: number;
  /** Height of the operand stack below the frame's parameters. */
  readonly base: number;
  readonly params: number;
  readonly results: number;
  /** Whether the code around can't be reached. */
  readonly deadBefore: boolean;
  /** Where a loop's mark is; the metered block of an `if`'s first arm; else -1. */
  readonly start: number;
  /** Outermost frame that is branched to from within. */
  outermost: number;
  /** Whether a handler of exceptions jumps to its label. */
  landing: boolean;
  /** Whether anything branches to its label. */
  targeted: boolean;
  /** Calls in the function ahead of it. */
  readonly calls: number;
}

export class ControlStack {
  readonly blocks = new MeteredBlocks();
  readonly marks: number[];
  /** The metered block that is running. */
  block = 0;
  dead = false;
  operands = 0;
  loops = 0;
  loopDepth = 0;
  leavesEarly = false;
  /** Whether there is a loop in which nothing is called. */
  quietLoops = false;
  #called = false;
  #calls = 0;
  landsAtEnd = false;
  readonly #frames: Frame[] = [];
  readonly #reader: Reader;
  readonly #most: number;
  readonly #floats: FloatFlow;
  #height = 0;

  /** `most`: blocks that may be open at once. `marks`: shared with `floats`, which is told what leaves the operand stack. */
  constructor(reader: Reader, most: number, marks: number[], floats: FloatFlow) {
    this.#reader = reader;
    this.#most = most;
    this.marks = marks;
    this.#floats = floats;
  }

  /** Frames open, the function's own included. */
  get depth(): number {
    return this.#frames.length;
  }

  /** Adds to what the running block costs. */
  charge(units: number): void {
    if (!this.dead) this.blocks.add(this.block, units);
  }

  mark(from: number, to: number, kind: Mark, value: number): number {
    this.marks.push(from, to, kind, value);
    return this.marks.length - 4;
  }

  /** A call begins at `offset` and ends here: the counter is other code's meanwhile. */
  call(offset: number): void {
    this.mark(offset, offset, MARK.beforeCall, 0);
    this.mark(this.#reader.pos, this.#reader.pos, MARK.afterCall, 0);
    this.#called = true;
    this.#calls++;
  }

  /** An instruction at `offset` leads to where other ways lead too. */
  settle(offset: number): void {
    if (this.#called) this.mark(offset, offset, MARK.settle, 0);
    this.#called = false;
  }

  /** Values on the operand stack. */
  get height(): number {
    return this.#height;
  }

  /** Pushes (above 0) or pops (below 0) so many values. At most one that is pushed stands where others stood. */
  change(delta: number): void {
    this.#floats.consume(this.#height + delta - 1);
    this.shift(delta);
  }

  /** The same, where it is known what became of floats. */
  shift(delta: number): void {
    this.#height = Math.max(this.#height + delta, this.#frames.at(-1)?.base ?? 0);
    if (this.#height > this.operands) this.operands = this.#height;
  }

  enterFunction(results: number): void {
    this.open(-1);
    this.#push('function', 0, results, -1);
  }

  enterBlock(kind: 'block' | 'try', params: number, results: number): void {
    this.#push(kind, params, results, -1);
  }

  enterLoop(params: number, results: number): void {
    const { pos } = this.#reader;
    this.#push('loop', params, results, this.mark(pos, pos, MARK.loop, this.blocks.cost.length));
    this.loops++;
    this.loopDepth++;
    this.block = this.blocks.open(-1, this.loopDepth);
  }

  enterIf(params: number, results: number): void {
    this.#push('if', params, results, this.blocks.cost.length);
    this.open(this.block);
  }

  enterElse(offset: number): void {
    const frame = this.#top('if', offset);
    if (frame.start < 0) throw this.#reader.fail('else', 'an if without one', 'a second', offset);
    this.#frames[this.#frames.length - 1] = { ...frame, start: -1 };
    this.mark(this.#reader.pos, this.#reader.pos, MARK.join, 0);
    this.block = this.blocks.openElse(frame.start, frame.block, this.loopDepth);
    this.mark(this.#reader.pos, this.#reader.pos, MARK.block, this.block);
    this.dead = frame.deadBefore;
    this.#height = frame.base + frame.params;
  }

  enterCatch(values: number, offset: number): void {
    const frame = this.#top('try', offset);
    this.mark(this.#reader.pos, this.#reader.pos, MARK.landing, 0);
    this.dead = frame.deadBefore;
    this.open(frame.block);
    this.#height = frame.base;
    this.change(values);
  }

  /** The end of a try without handlers of its own: its label counts from outside the try. */
  delegate(label: number, offset: number): void {
    this.#top('try', offset);
    if (label > this.#frames.length - 2) throw this.#noLabel(label, offset);
    this.end();
  }

  /** A handler of a block that begins here jumps to `label`. Gives the frame's number. */
  land(label: number, offset: number): number {
    const frame = this.#frames[this.#frames.length - 1 - label];
    if (frame === undefined) throw this.#noLabel(label, offset);
    frame.landing = true;
    if (frame.kind === 'loop') this.marks[frame.start + 1] = LANDING;
    return this.#frames.length - 1 - label;
  }

  end(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    this.dead = frame.deadBefore;
    if (frame.kind === 'loop') this.#endLoop(frame);
    if (this.#frames.length === 0) {
      this.landsAtEnd = frame.landing;
      return;
    }
    this.#height = frame.base;
    this.change(frame.results);
    if (frame.kind === 'if' || (frame.targeted && frame.kind !== 'loop')) {
      this.mark(this.#reader.pos, this.#reader.pos, MARK.join, 0);
    }
    if (frame.landing && frame.kind !== 'loop') this.mark(this.#reader.pos, this.#reader.pos, MARK.landing, 0);
    this.block = frame.block;
    if (frame.outermost < this.#frames.length) {
      this.leaveTo(frame.outermost);
      this.open(frame.block);
    }
  }

  #endLoop(frame: Frame): void {
    this.loopDepth--;
    if (frame.calls !== this.#calls || frame.landing) return;
    this.marks[frame.start + 2] = MARK.quietLoop;
    this.quietLoops = true;
  }

  /** A branch, taken or not, to `label`. */
  branch(label: number, offset: number): void {
    if (label >= this.#frames.length) throw this.#noLabel(label, offset);
    const target = this.#frames.length - 1 - label;
    const frame = this.#frames[target];
    if (frame !== undefined) frame.targeted = true;
    this.leaveTo(target);
  }

  /** Control may leave everything within the frame numbered `target`. */
  leaveTo(target: number): void {
    if (target === 0) this.leavesEarly = true;
    const top = this.#frames.at(-1);
    if (top !== undefined && target < top.outermost) top.outermost = target;
  }

  /** Opens a metered block at the present offset, each run of which comes behind one of `ahead`. */
  open(ahead: number): void {
    this.block = this.blocks.open(ahead, this.loopDepth);
    this.mark(this.#reader.pos, this.#reader.pos, MARK.block, this.block);
  }

  /** What follows can't be reached, up to the end of the block. */
  die(): void {
    this.dead = true;
    this.#height = this.#frames.at(-1)?.base ?? 0;
  }

  #push(kind: Frame['kind'], params: number, results: number, start: number): void {
    const outermost = this.#frames.length;
    if (outermost > this.#most) throw tooMany(`blocks open at offset ${this.#reader.pos}`, this.#most, outermost);
    const base = Math.max(0, this.#height - params);
    const { block, dead: deadBefore } = this;
    this.#frames.push({
      kind,
      block,
      base,
      params,
      results,
      deadBefore,
      start,
      outermost,
      landing: false,
      targeted: false,
      calls: this.#calls,
    });
  }

  #top(kind: Frame['kind'], offset: number): Frame {
    const frame = this.#frames.at(-1);
    if (frame?.kind !== kind) throw this.#reader.fail('block', `an open ${kind}`, frame?.kind ?? 'none', offset);
    return frame;
  }

  #noLabel(label: number, offset: number): Error {
    return this.#reader.fail('label', `a number below ${this.#frames.length}`, label, offset);
  }
}

/** Stands in a loop's mark, in place of the end, where a handler of exceptions jumps to the loop. */
export const LANDING = -1;
