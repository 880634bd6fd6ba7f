/**
 * JSON texts (RFC 8259) from untrusted hands, into the stored data model and back. Size and depth are checked before parsing;
 * what the data model does not have (lone surrogates, whole numbers beyond ±(2^53 - 1)) is refused, and so is a key that stands
 * twice in one object: of two readers, one would take the first value and the other the last.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { Value, ValueMap } from './value.ts';
import { isMap } from './value.ts';

export type JsonResult =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string };

/** Depth that a JSON text may have: below the depth of a stored item, so that every parsed value can be stored. */
export const JSON_DEPTH = 32;

/** Parses `text`, at most `maxBytes` bytes of UTF-8 long. Messages say what was expected and where. */
export function parseJson(text: string, maxBytes: number): JsonResult {
  const read = readJson(text, maxBytes);
  return read.ok ? toValue(read.parsed, '') : read;
}

/**
 * The same without the data model's rules on numbers and texts: for an answer of which a few members are looked at, each checked by
 * itself. Nothing in it has a prototype's names but as its own.
 */
export function readJson(
  text: string,
  maxBytes: number,
): { readonly ok: true; readonly parsed: unknown } | { readonly ok: false; readonly message: string } {
  if (text.length > maxBytes) return { ok: false, message: `expected at most ${maxBytes} bytes, found more` };
  const shape = shapeOf(text);
  if (shape.depth > JSON_DEPTH)
    return { ok: false, message: `expected at most ${JSON_DEPTH} levels, found ${shape.depth}` };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text) as unknown;
  } catch (error) {
    return { ok: false, message: `expected JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (shape.twice !== null)
    return { ok: false, message: `expected each key once, found ${shape.twice} twice in one object` };
  return { ok: true, parsed };
}

/** The JSON text of a stored value; byte strings become lower-case hexadecimal. */
export function stringifyJson(value: Value, indent = 0): string {
  return JSON.stringify(plain(value), null, indent);
}

/** The value without byte strings, ready for JSON. */
export function plain(value: Value): Value {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map((item: Value) => plain(item));
  if (!isMap(value)) return value;
  const out = emptyMap();
  for (const key of Object.keys(value)) out[key] = plain(value[key] ?? null);
  return out;
}

export function hex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** Bytes of a hexadecimal text, or null where it is none. */
export function fromHex(text: string): Uint8Array | null {
  return /^(?:[0-9a-f]{2})*$/.test(text) ? hexToBytes(text) : null;
}

interface Shape {
  readonly depth: number;
  /** The first key (as it is written, in quotes) that stands twice in one object. */
  readonly twice: string | null;
}

/** Walks over brackets and keys without parsing; says nothing useful of a text that is no JSON. */
function shapeOf(text: string): Shape {
  /** One for each open bracket: the keys so far of an object, null for a list. */
  const open: (Set<string> | null)[] = [];
  let depth = 0;
  let twice: string | null = null;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      const end = endOfString(text, i);
      const keys = open.at(-1);
      if (keys && twice === null && isFollowedByColon(text, end)) {
        const key = text.slice(i, end);
        const plainKey = key.includes('\\') ? unescape(key) : key;
        if (keys.has(plainKey)) twice = plainKey;
        keys.add(plainKey);
      }
      i = end - 1;
    } else if (c === 0x5b || c === 0x7b) {
      open.push(c === 0x7b ? new Set() : null);
      depth = Math.max(depth, open.length);
      if (depth > JSON_DEPTH) return { depth, twice };
    } else if (c === 0x5d || c === 0x7d) open.pop();
  }
  return { depth, twice };
}

const QUOTE = 0x22;

/** Position behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === 0x5c ? 2 : 1;
  return i + 1;
}

function isFollowedByColon(text: string, from: number): boolean {
  let i = from;
  while (i < text.length && ' \t\n\r'.includes(text[i] ?? '')) i++;
  return text[i] === ':';
}

/** The key with its escapes read, so that two spellings of one key are one. */
function unescape(key: string): string {
  try {
    return JSON.stringify(JSON.parse(key));
  } catch {
    return key;
  }
}

function toValue(parsed: unknown, path: string): JsonResult {
  if (parsed === null || typeof parsed === 'boolean') return { ok: true, value: parsed };
  if (typeof parsed === 'string') {
    return parsed.isWellFormed() ? { ok: true, value: parsed } : refuse(path, 'well-formed text', 'a lone surrogate');
  }
  if (typeof parsed === 'number') return numberValue(parsed, path);
  if (Array.isArray(parsed)) return listValue(parsed, path);
  return typeof parsed === 'object' ? mapValue(parsed, path) : refuse(path, 'a JSON value', typeof parsed);
}

function numberValue(parsed: number, path: string): JsonResult {
  if (!Number.isFinite(parsed)) return refuse(path, 'a finite number', String(parsed));
  if (Number.isInteger(parsed) && !Number.isSafeInteger(parsed))
    return refuse(path, 'a whole number within ±(2^53 - 1)', String(parsed));
  return { ok: true, value: parsed === 0 ? 0 : parsed };
}

function listValue(parsed: readonly unknown[], path: string): JsonResult {
  const out: Value[] = [];
  for (const [index, item] of parsed.entries()) {
    const result = toValue(item, `${path}/${index}`);
    if (!result.ok) return result;
    out.push(result.value);
  }
  return { ok: true, value: out };
}

function mapValue(parsed: object, path: string): JsonResult {
  const out = emptyMap();
  for (const key of Object.keys(parsed)) {
    const item: unknown = Reflect.get(parsed, key);
    if (!key.isWellFormed()) return refuse(path, 'well-formed keys', 'a lone surrogate');
    if (key.startsWith('\ufeff')) return refuse(path, 'keys without a byte order mark', 'U+FEFF');
    const result = toValue(item, `${path}/${key}`);
    if (!result.ok) return result;
    out[key] = result.value;
  }
  const value: ValueMap = out;
  return { ok: true, value };
}

/** A map in which `__proto__` is a key like any other. */
function emptyMap(): { [key: string]: Value } {
  // typed as any by the platform
  return Object.create(null) as { [key: string]: Value };
}

function refuse(path: string, expected: string, found: string): JsonResult {
  return { ok: false, message: `${path === '' ? 'the value' : path}: expected ${expected}, found ${found}` };
}
