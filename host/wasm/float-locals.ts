/**
 * Which locals hold nothing but results of float arithmetic. Such a local may keep a NaN of any bits, and is made canonical where
 * somebody sees it, so that a sum in a loop costs nothing. A local that also holds bits from elsewhere (loads, parameters)
 * must keep those, so what arithmetic writes to it is made canonical first, unless nobody ever sees the local's bits.
 */
import { FLOAT, type FloatKind } from './float-opcodes.ts';

/** A value whose NaN may have any bits: a result of arithmetic, or what was read from a local. */
export interface FloatSource {
  /** A FloatKind, or VECTOR for what is read from a 128-bit local. */
  readonly kind: number;
  /** The local that it was read from, or -1. */
  readonly local: number;
  /** Its place among the marks. */
  readonly mark: number;
  /** How often it runs, as a guess. */
  readonly weight: number;
  /** Somebody sees its bits. */
  seen: boolean;
}

interface FloatLocal {
  readonly kind: number;
  /** Values that are written to it. */
  readonly writes: FloatSource[];
  readonly reads: FloatSource[];
  /** Locals that what is read from it is written to. */
  readonly copies: FloatLocal[];
  /** It holds bits that must stay as they are. */
  bits: boolean;
  /** Somebody sees its bits. */
  seen: boolean;
  /** Kinds that it is written or used as, by bit. */
  kinds: number;
  /** Written values are canonical already, because that is cheaper than at the reads. */
  eager: boolean;
}

export class FloatLocals {
  readonly #kinds: Uint8Array;
  readonly #params: number;
  readonly #locals = new Map<number, FloatLocal>();
  readonly #sources: FloatSource[] = [];
  #virtual = -2;

  /** `kinds`: of the declared locals, which come behind the parameters; empty where none holds a float. */
  constructor(kinds: Uint8Array, params: number) {
    this.#kinds = kinds;
    this.#params = params;
  }

  /** 0 where a local's bits aren't followed: no floats, and parameters. */
  kindOf(local: number): number {
    return this.#kinds[local - this.#params] ?? 0;
  }

  /** True for a local of the function, in which a NaN may be replaced. */
  isOwn(local: number): boolean {
    return local >= 0;
  }

  add(source: FloatSource): FloatSource {
    this.#sources.push(source);
    if (source.local !== -1) this.#get(source.local).reads.push(source);
    return source;
  }

  /** A local that is only thought of: what `select` gives. */
  addVirtual(kind: number): number {
    this.#virtual--;
    this.#locals.set(this.#virtual, createLocal(kind));
    return this.#virtual;
  }

  /** A value, or bits of unknown origin, goes into a local. */
  write(local: number, value: FloatSource | 'bits'): void {
    const target = this.#get(local);
    if (value === 'bits') {
      target.bits = true;
      return;
    }
    target.writes.push(value);
    if (value.local !== -1) this.#get(value.local).copies.push(target);
  }

  /** Notes that a source goes into arithmetic of a kind; false where it is of another. */
  useAs(source: FloatSource, kind: FloatKind): boolean {
    if (source.local === -1 || source.kind < FLOAT.f32x4) return source.kind === kind;
    this.#get(source.local).kinds |= 1 << kind;
    return true;
  }

  /** The sources to be made canonical, once the whole function was read. */
  resolve(): { readonly mark: number; readonly kind: FloatKind; readonly local: number }[] {
    const locals = [...this.#locals.values()];
    this.#resolveKinds(locals);
    spreadBits(locals);
    for (const local of locals) local.eager = !local.bits && isCheaperAtWrites(local);
    this.#spreadSeen(locals);
    const needed = [];
    for (const source of this.#sources) {
      if (!source.seen) continue;
      const local = source.local === -1 ? null : this.#get(source.local);
      if (local !== null && (local.bits || local.eager || local.writes.length === 0)) continue;
      const kind = local === null ? source.kind : onlyKind(local);
      if (isFloatKind(kind)) needed.push({ mark: source.mark, kind, local: source.local });
    }
    return needed;
  }

  /** A 128-bit local is of the kinds of all that is written to it. One of several kinds is made canonical at its writes. */
  #resolveKinds(locals: readonly FloatLocal[]): void {
    const open = locals.filter((local) => {
      for (const { kind, local: from } of local.writes) if (from === -1) local.kinds |= 1 << kind;
      return local.kinds !== 0;
    });
    for (let local = open.pop(); local !== undefined; local = open.pop()) {
      for (const target of local.copies) {
        if ((target.kinds | local.kinds) === target.kinds) continue;
        target.kinds |= local.kinds;
        open.push(target);
      }
    }
    for (const local of locals) {
      if (local.kind < FLOAT.f32x4 || isFloatKind(onlyKind(local)) || local.kinds === 0) continue;
      local.bits = true;
      local.seen = true;
    }
  }

  #spreadSeen(locals: readonly FloatLocal[]): void {
    const open = locals.filter((local) => local.seen || local.reads.some(({ seen }) => seen));
    for (let local = open.pop(); local !== undefined; local = open.pop()) {
      local.seen = true;
      if (!local.bits && !local.eager) continue;
      for (const source of local.writes) {
        source.seen = true;
        const from = source.local === -1 ? undefined : this.#get(source.local);
        if (from !== undefined && !from.seen) {
          from.seen = true;
          open.push(from);
        }
      }
    }
  }

  #get(local: number): FloatLocal {
    let found = this.#locals.get(local);
    if (found === undefined) {
      found = createLocal(this.kindOf(local));
      this.#locals.set(local, found);
    }
    return found;
  }
}

function createLocal(kind: number): FloatLocal {
  return { kind, writes: [], reads: [], copies: [], bits: false, seen: false, kinds: 0, eager: false };
}

/** What holds bits from elsewhere hands them on to the locals that it is copied to. */
function spreadBits(locals: readonly FloatLocal[]): void {
  const open = locals.filter(({ bits }) => bits);
  for (let local = open.pop(); local !== undefined; local = open.pop()) {
    for (const target of local.copies) {
      if (target.bits) continue;
      target.bits = true;
      open.push(target);
    }
  }
}

function isCheaperAtWrites(local: FloatLocal): boolean {
  const sum = (sources: readonly FloatSource[], seen: boolean): number =>
    sources.reduce((total, source) => total + (source.seen === seen ? source.weight : 0), 0);
  return sum(local.reads, true) > sum(local.writes, false);
}

/** The one kind that a local is of; 0 where it is of none or several. */
function onlyKind(local: FloatLocal): number {
  if (local.kind < FLOAT.f32x4) return local.kind;
  return local.kinds !== 0 && (local.kinds & (local.kinds - 1)) === 0 ? 31 - Math.clz32(local.kinds) : 0;
}

function isFloatKind(kind: number): kind is FloatKind {
  return kind >= FLOAT.f32 && kind <= FLOAT.f64x2;
}
