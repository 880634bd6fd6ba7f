/**
 * URLSearchParams (https://url.spec.whatwg.org/#interface-urlsearchparams).
 */
import { GuestTextEncoder } from '../text-encoder.ts';
import { decodeUtf8, percentByte, percentDecode } from './percent.ts';

type Pair = [name: string, value: string];

export type SearchParamsInit = string | Iterable<readonly [string, string]> | { readonly [name: string]: string };

export class GuestURLSearchParams implements Iterable<Pair> {
  #pairs: Pair[];
  /** Told of every change: the URL that the parameters belong to. */
  #changed: ((query: string) => void) | null = null;

  constructor(init: SearchParamsInit = '') {
    this.#pairs = readInit(init);
  }

  /** The parameters of a URL: `changed` is told the new query. For the URL class alone. */
  static attach(query: string, changed: (query: string) => void): GuestURLSearchParams {
    const params = new GuestURLSearchParams();
    params.#pairs = parseForm(query);
    params.#changed = changed;
    return params;
  }

  /** Takes a new query from the URL, which is not told of it. For the URL class alone. */
  static refresh(params: GuestURLSearchParams, query: string): void {
    params.#pairs = parseForm(query);
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: string, value: string): void {
    this.#pairs.push([wellFormed(name), wellFormed(value)]);
    this.#update();
  }

  delete(name: string, value?: string): void {
    this.#pairs = this.#pairs.filter((pair) => !isMatch(pair, name, value));
    this.#update();
  }

  get(name: string): string | null {
    return this.#pairs.find((pair) => isMatch(pair, name))?.[1] ?? null;
  }

  getAll(name: string): string[] {
    return this.#pairs.filter((pair) => isMatch(pair, name)).map((pair) => pair[1]);
  }

  has(name: string, value?: string): boolean {
    return this.#pairs.some((pair) => isMatch(pair, name, value));
  }

  set(name: string, value: string): void {
    const found = this.#pairs.find((pair) => isMatch(pair, name));
    if (found === undefined) this.#pairs.push([wellFormed(name), wellFormed(value)]);
    else {
      found[1] = wellFormed(value);
      this.#pairs = this.#pairs.filter((pair) => pair === found || !isMatch(pair, name));
    }
    this.#update();
  }

  /** By name, in the order of UTF-16 units; values of one name keep theirs. */
  sort(): void {
    this.#pairs.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
    this.#update();
  }

  forEach(visit: (value: string, name: string, params: GuestURLSearchParams) => void): void {
    for (const [name, value] of this) visit(value, name, this);
  }

  *entries(): Generator<Pair, void> {
    for (let index = 0; index < this.#pairs.length; index += 1) {
      const [name = '', value = ''] = this.#pairs[index] ?? [];
      yield [name, value];
    }
  }

  *keys(): Generator<string, void> {
    for (const [name] of this) yield name;
  }

  *values(): Generator<string, void> {
    for (const [, value] of this) yield value;
  }

  [Symbol.iterator](): Generator<Pair, void> {
    return this.entries();
  }

  toString(): string {
    return this.#pairs.map(([name, value]) => `${encodeForm(name)}=${encodeForm(value)}`).join('&');
  }

  #update(): void {
    this.#changed?.(this.toString());
  }
}

function isMatch(pair: Pair, name: string, value?: string): boolean {
  return pair[0] === wellFormed(name) && (value === undefined || pair[1] === wellFormed(value));
}

function readInit(init: SearchParamsInit): Pair[] {
  if (typeof init === 'object') {
    const pairs: Iterable<readonly unknown[]> = Symbol.iterator in init ? init : Object.entries(init);
    return Array.from(pairs, (pair) => {
      const [name, value, ...more] = [...pair];
      if (name === undefined || value === undefined || more.length > 0) {
        throw new TypeError('URLSearchParams: expected pairs of name and value, found something else');
      }
      return [wellFormed(name), wellFormed(value)];
    });
  }
  return parseForm(init.replace(/^\?/, ''));
}

/** application/x-www-form-urlencoded (https://url.spec.whatwg.org/#urlencoded-parsing). */
function parseForm(text: string): Pair[] {
  const decode = (part: string): string => decodeUtf8(percentDecode(part.replaceAll('+', ' ')));
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const index = part.indexOf('=');
      return index < 0 ? [decode(part), ''] : [decode(part.slice(0, index)), decode(part.slice(index + 1))];
    });
}

function encodeForm(text: string): string {
  let encoded = '';
  for (const byte of new GuestTextEncoder().encode(text)) {
    const character = String.fromCharCode(byte);
    if (byte === 0x20) encoded += '+';
    else encoded += /[A-Za-z0-9*\-._]/.test(character) ? character : percentByte(byte);
  }
  return encoded;
}

/** A lone surrogate becomes U+FFFD. */
function wellFormed(value: unknown): string {
  return decodeUtf8(new GuestTextEncoder().encode(value));
}
