/**
 * Follows the results of float arithmetic through the operand stack of one function, and notes which of them somebody could see
 * the bits of before more arithmetic hides them. Only those are made canonical. Stretches are straight lines: at every block,
 * branch and call, what is on the operand stack counts as seen. Locals are followed through the whole function (float-locals.ts).
 */
import { FLOAT, type FloatKind, type FloatRole } from './float-opcodes.ts';
import { FloatLocals, type FloatSource } from './float-locals.ts';
import { MARK } from './marks.ts';

/** A value on the operand stack whose origin is known. */
interface Known {
  readonly position: number;
  /** Null: never a NaN, or the canonical one. */
  readonly source: FloatSource | null;
  /** The sign may have been changed since. */
  readonly signed: boolean;
}

export class FloatFlow {
  readonly locals: FloatLocals;
  readonly #marks: number[];
  /** Lowest first. What is not here counts as bits that must stay as they are. */
  readonly #known: Known[] = [];

  /** `marks`: where places are reserved for code that makes a value canonical. */
  constructor(marks: number[], kinds: Uint8Array, params: number) {
    this.#marks = marks;
    this.locals = new FloatLocals(kinds, params);
  }

  /** Everything on the operand stack from `position` on is seen, and gone. */
  consume(position: number): void {
    for (;;) {
      const top = this.#known.at(-1);
      if (top === undefined || top.position < position) return;
      this.#known.pop();
      if (top.source !== null) top.source.seen = true;
    }
  }

  /** An instruction with a role, which ended at `offset`; its result goes to `position`. */
  apply(role: FloatRole, position: number, offset: number, loopDepth: number): void {
    switch (role.role) {
      case 'arithmetic':
        this.#hide(position, role.from);
        return this.#push(position, this.#reserve(role.to, -1, offset, loopDepth), false);
      case 'blind':
        return this.#hide(position, role.from);
      case 'sign':
        return this.#changeSign(position, role.from);
      case 'choice':
        return this.#choose(position, role.from, offset, loopDepth);
      case 'number':
        this.consume(position);
        return this.#push(position, null, false);
    }
  }

  /** A constant that is no NaN. */
  pushNumber(position: number): void {
    this.#push(position, null, false);
  }

  /** `local.get`, ended at `offset`. */
  readLocal(local: number, position: number, offset: number, loopDepth: number): void {
    const kind = this.locals.kindOf(local);
    if (kind !== 0) this.#push(position, this.#reserve(kind, local, offset, loopDepth), false);
  }

  /** `local.set` or `local.tee` of the value at `position`, which stays known unless the local isn't followed. */
  writeLocal(local: number, position: number): void {
    if (this.locals.kindOf(local) === 0) return this.consume(position);
    const top = this.#known.at(-1);
    if (top?.position !== position) return this.locals.write(local, 'bits');
    if (top.source === null) return;
    if (top.signed) this.locals.write(local, 'bits');
    this.locals.write(local, top.source);
  }

  /** Drops what is known from `position` on, unseen. */
  forget(position: number): void {
    for (;;) {
      const top = this.#known.at(-1);
      if (top === undefined || top.position < position) return;
      this.#known.pop();
    }
  }

  /** Fills in the reserved places, and gives the kinds for which a local is needed to do so. */
  finish(): ReadonlySet<FloatKind> {
    const needed = new Set<FloatKind>();
    for (const { mark, kind, local } of this.locals.resolve()) {
      this.#marks[mark + 2] = MARK.canonical;
      const own = this.locals.isOwn(local);
      this.#marks[mark + 3] = kind + (own ? 8 * (local + 1) : 0);
      if (!own) needed.add(kind);
    }
    return needed;
  }

  #reserve(kind: number, local: number, offset: number, loopDepth: number): FloatSource {
    this.#marks.push(offset, offset, MARK.none, 0);
    return this.locals.add({
      kind,
      local,
      mark: this.#marks.length - 4,
      weight: 8 ** Math.min(loopDepth, 4),
      seen: false,
    });
  }

  #push(position: number, source: FloatSource | null, signed: boolean): void {
    this.#known.push({ position, source, signed });
  }

  /** Operands from `position` on go into an instruction for which all NaNs of a kind are alike. */
  #hide(position: number, kind: FloatKind): void {
    for (;;) {
      const top = this.#known.at(-1);
      if (top === undefined || top.position < position) return;
      this.#known.pop();
      if (top.source !== null && !this.locals.useAs(top.source, kind)) top.source.seen = true;
    }
  }

  #changeSign(position: number, kind: FloatKind): void {
    this.consume(position + 1);
    const top = this.#known.at(-1);
    if (top?.position !== position) return;
    this.#known.pop();
    if (top.source === null) return;
    if (this.locals.useAs(top.source, kind)) this.#push(position, top.source, true);
    else top.source.seen = true;
  }

  /** The result stands for a local that either operand may have been written to. */
  #choose(position: number, from: FloatKind | null, offset: number, loopDepth: number): void {
    const operands = this.#known.filter((known) => known.position >= position && known.position < position + 2);
    this.forget(position);
    const kind = operands.find(({ source }) => source !== null)?.source?.kind;
    if (kind === undefined) {
      if (operands.length === 2) this.#push(position, null, false);
      return;
    }
    const local = this.locals.addVirtual(kind);
    if (operands.length < 2) this.locals.write(local, 'bits');
    for (const { source, signed } of operands) {
      if (source === null) continue;
      const alike = from === null || this.locals.useAs(source, from);
      if (signed || !alike) this.locals.write(local, 'bits');
      this.locals.write(local, source);
      if (!alike) source.seen = true;
    }
    this.#push(position, this.#reserve(kind, local, offset, loopDepth), false);
  }
}

/** The kind of a local, by the first byte of its type; 0 where it holds no float. */
export function kindOfType(byte: number): number {
  if (byte === 0x7d) return FLOAT.f32;
  if (byte === 0x7c) return FLOAT.f64;
  return byte === 0x7b ? VECTOR : 0;
}

/** A 128-bit value of which it isn't known yet what it holds. */
export const VECTOR = 5;

/** True for the bytes of a float constant that is no NaN, and of a 128-bit one that is 0. */
export function isNumber(constant: Uint8Array): boolean {
  if (constant.length === 16) return constant.every((byte) => byte === 0);
  const view = new DataView(constant.buffer, constant.byteOffset, constant.length);
  return !Number.isNaN(constant.length === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true));
}
