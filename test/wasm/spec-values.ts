/**
 * Values of the specification's scripts: into what crosses to a module, and against what came back. Floats cross as the integers of
 * their bits (spec-adapter.ts), so that every NaN is compared as it is.
 */
import { needsAdapter, type TestedType, writeAdapter, writeReferenceTests } from './spec-adapter.ts';
import type { SpecValue } from './spec-script.ts';

export type CallFunction = (...values: unknown[]) => unknown;

const LANE_BITS = { i8: 8, i16: 16, i32: 32, i64: 64, f32: 32, f64: 64 } as const;
/** Results that functions have which are to trap or throw, and which JavaScript could not call without an adapter. */
const UNKNOWN_RESULTS = [['v128'], ['i32'], ['i64'], ['f32'], ['f64'], []];

/** What all values of one run share: adapters by type, and the objects that stand for host references. */
export class SpecValues {
  readonly #adapters = new Map<string, WebAssembly.Module>();
  readonly #hosts = new Map<string, object>();
  readonly #isType: Readonly<Record<string, unknown>>;

  constructor() {
    this.#isType = new WebAssembly.Instance(new WebAssembly.Module(writeReferenceTests()), {}).exports;
  }

  /**
   * Makes a call ready, with its arguments as they cross. `expected` is null where the script names no results, because there are to
   * be none. A function of a type that no adapter can name is called as it is, which floats without payload survive.
   */
  prepare(target: CallFunction, args: readonly SpecValue[], expected: readonly SpecValue[] | null): () => unknown {
    const params = args.map(paramType);
    for (const results of guessResults(params, expected)) {
      const call = this.#link(target, params, results);
      if (call !== null) return () => call(...args.flatMap((value) => this.#cross(value)));
    }
    return () => target(...args.map((value) => this.#crossDirectly(value)));
  }

  #link(target: CallFunction, params: readonly string[], results: readonly string[]): CallFunction | null {
    try {
      const adapter = new WebAssembly.Instance(this.#adapter(params, results), { t: { f: target } });
      return adapter.exports['f'] as CallFunction;
    } catch (error) {
      if (error instanceof WebAssembly.LinkError) return null;
      throw error;
    }
  }

  #adapter(params: readonly string[], results: readonly string[]): WebAssembly.Module {
    const key = `${params.join()}>${results.join()}`;
    const known = this.#adapters.get(key);
    if (known !== undefined) return known;
    const made = new WebAssembly.Module(writeAdapter(params, results));
    this.#adapters.set(key, made);
    return made;
  }

  #cross(value: SpecValue): unknown[] {
    if (value.type === 'v128') return splitLanes(value).map((half) => BigInt.asIntN(64, half));
    if (value.value === undefined || value.value === 'null') return [null];
    const text = String(value.value);
    if (value.type === 'i32' || value.type === 'f32') return [Number(text) | 0];
    if (value.type === 'i64' || value.type === 'f64') return [BigInt.asIntN(64, BigInt(text))];
    return [this.#host(text)];
  }

  #crossDirectly(value: SpecValue): unknown {
    const [crossed] = this.#cross(value);
    if (value.type === 'f32') return new Float32Array(new Int32Array([crossed as number]).buffer)[0];
    if (value.type === 'f64') return new Float64Array(new BigInt64Array([crossed as bigint]).buffer)[0];
    return crossed;
  }

  #host(text: string): object {
    const known = this.#hosts.get(text) ?? { host: text };
    this.#hosts.set(text, known);
    return known;
  }

  /** True where what crossed back is what was expected; with `strict`, of the NaNs that are allowed only the one that the meter makes. */
  matches(found: readonly unknown[], expected: readonly SpecValue[], strict: boolean): boolean {
    let next = 0;
    for (const value of expected) {
      const width = paramType(value.type === 'either' ? value.values![0]! : value) === 'v128' ? 2 : 1;
      const parts = found.slice(next, next + width);
      next += width;
      const options = value.type === 'either' ? value.values! : [value];
      if (!options.some((option) => this.#matchesOne(parts, option, strict))) return false;
    }
    return next === found.length;
  }

  #matchesOne(parts: readonly unknown[], expected: SpecValue, strict: boolean): boolean {
    const [part] = parts;
    const { type, value } = expected;
    if (type === 'v128') return matchesLanes(parts, expected, strict);
    if (type === 'i32' || type === 'f32')
      return matchesBits(BigInt.asUintN(32, BigInt(part as number)), 32, String(value), strict);
    if (type === 'i64' || type === 'f64')
      return matchesBits(BigInt.asUintN(64, part as bigint), 64, String(value), strict);
    if (type === 'exnref' || type === 'nullexnref') return part === (value === 'null' || type === 'nullexnref' ? 1 : 0);
    if (value === 'null' || type.startsWith('null') || type === 'refnull') return part === null || part === 1;
    if (part === null) return false;
    if (value !== undefined) return part === this.#host(String(value));
    if (type === 'funcref') return typeof part === 'function';
    const test = this.#isType[type as TestedType];
    return typeof test !== 'function' || test(part) === 1;
  }
}

/** The parameter that takes such a value: for null the least type, for a host reference one without null, so that all links. */
function paramType(value: SpecValue): string {
  if (/^[if](32|64)$|^v128$/.test(value.type)) return value.type;
  if (value.value !== undefined && value.value !== 'null') return `${value.type}!`;
  if (/func/.test(value.type)) return 'nullfuncref';
  if (/extern/.test(value.type)) return 'nullexternref';
  return /exn/.test(value.type) ? 'nullexnref' : 'nullref';
}

/** The result that gives such a value. Of a null without a type only an exception's needs an adapter. */
function resultType(value: SpecValue): string {
  const { type } = value;
  if (type === 'either') return resultType(value.values![0]!);
  if (/^[if](32|64)$|^v128$/.test(type)) return type;
  if (/func/.test(type)) return 'funcref';
  if (/extern/.test(type)) return 'externref';
  return /exn|refnull/.test(type) ? 'exnref' : 'anyref';
}

/** The result types that an adapter is tried with, the likeliest first; none where the function can be called as it is. */
function guessResults(
  params: readonly string[],
  expected: readonly SpecValue[] | null,
): readonly (readonly string[])[] {
  if (expected === null) return params.includes('v128') ? UNKNOWN_RESULTS : UNKNOWN_RESULTS.slice(0, 1);
  const results = expected.map(resultType);
  if (!needsAdapter([...params, ...results])) return [];
  return [results, results.map((type) => (type === 'exnref' ? 'nullexnref' : type))];
}

/** The two halves of a v128 given by lanes. */
function splitLanes(value: SpecValue): [bigint, bigint] {
  const width = LANE_BITS[value.lane_type!];
  let bits = 0n;
  for (const [index, lane] of (value.value as string[]).entries()) {
    bits |= BigInt.asUintN(width, BigInt(lane)) << BigInt(index * width);
  }
  return [BigInt.asUintN(64, bits), bits >> 64n];
}

function matchesLanes(parts: readonly unknown[], expected: SpecValue, strict: boolean): boolean {
  const [low, high] = parts as bigint[];
  const bits = BigInt.asUintN(64, low!) | (BigInt.asUintN(64, high!) << 64n);
  const width = LANE_BITS[expected.lane_type!];
  return (expected.value as string[]).every((lane, index) =>
    matchesBits(BigInt.asUintN(width, bits >> BigInt(index * width)), width, lane, strict),
  );
}

function matchesBits(found: bigint, width: number, expected: string, strict: boolean): boolean {
  if (!expected.startsWith('nan:')) return found === BigInt.asUintN(width, BigInt(expected));
  const mantissa = width === 32 ? 23n : 52n;
  const sign = 1n << BigInt(width - 1);
  const quiet = (sign - 1n) ^ ((1n << (mantissa - 1n)) - 1n);
  if (strict) return found === quiet;
  const magnitude = found & (sign - 1n);
  return expected === 'nan:canonical' ? magnitude === quiet : (magnitude & quiet) === quiet;
}

/** True where a script expects a NaN of whatever bits, so that two engines may differ. */
export function allowsSeveral(expected: readonly SpecValue[]): boolean {
  return expected.some(
    ({ type, value }) =>
      type === 'either' || [value ?? []].flat().some((lane) => lane === 'nan:canonical' || lane === 'nan:arithmetic'),
  );
}
