/**
 * set.json and facts.json: closed sets of keys, each with its type, nothing guessed. A key that isn't known, or that stands twice,
 * is refused.
 */
import { SojournError } from '../errors.ts';
import type { PolicyLimits } from '../limits.ts';
import type { Value, ValueMap } from '../value.ts';
import { isList, isMap } from '../value.ts';
import { parseJson } from '../json.ts';
import { parseInstant } from './instant.ts';
import type { SourceFile } from './source.ts';

export type FactType = 'Long' | 'String' | 'Bool';

/** A value that policies see as `context.facts.<name>`, and where it stands in the data that leaves. */
export interface FactDeclaration {
  /** The steps of a JSON pointer (RFC 6901), unescaped. */
  readonly pointer: readonly string[];
  readonly type: FactType;
}

export type FactDeclarations = ReadonlyMap<string, FactDeclaration>;

export interface SetSettings {
  readonly name: string;
  /** Milliseconds; null: never. */
  readonly expires: number | null;
  readonly revoked: readonly string[];
  /** The only zone in which the set allows anything; null: any. */
  readonly zone: string | null;
}

const SET_KEYS = ['name', 'expires', 'revoked', 'zone'];
const FACT_KEYS = ['pointer', 'type'];
const FACT_TYPES: readonly string[] = ['Long', 'String', 'Bool'] satisfies readonly FactType[];
const POINTER_MAX = 1024;

/** Errors: `policy.malformed`. */
export function readSettings(file: SourceFile, limits: PolicyLimits): SetSettings {
  const map = readMap(file, limits);
  checkKeys(file, '', map, SET_KEYS);
  const { name, expires, revoked = [], zone } = map;
  if (!isName(name)) throw refuse(file, '/name', 'a text of 1 to 64 characters a-z, A-Z, 0-9, `-`, `.`, `_`', name);
  const instant = typeof expires === 'string' ? parseInstant(expires) : null;
  if (expires !== undefined && instant === null)
    throw refuse(file, '/expires', 'an instant such as 2027-01-01T00:00:00Z', expires);
  if (!isList(revoked)) throw refuse(file, '/revoked', 'a list of digests', revoked);
  if (zone !== undefined && !isName(zone)) throw refuse(file, '/zone', 'the name of a zone', zone);
  const digests = revoked.map((item, index) => readDigest(file, index, item));
  return { name, expires: instant, revoked: digests, zone: zone ?? null };
}

/** Errors: `policy.malformed`, `policy.limit`. */
export function readFactDeclarations(file: SourceFile, limits: PolicyLimits): FactDeclarations {
  const map = readMap(file, limits);
  const names = Object.keys(map);
  if (names.length > limits.facts)
    throw new SojournError(
      'policy.limit',
      `policy ${file.path}: expected at most ${limits.facts} facts, found ${names.length}`,
    );
  const facts = new Map(names.map((name) => [name, readFact(file, name, map[name])]));
  return facts;
}

function readFact(file: SourceFile, name: string, value: Value | undefined): FactDeclaration {
  if (!/^[a-z][a-zA-Z0-9_]{0,63}$/.test(name))
    throw refuse(file, '', 'fact names of 1 to 64 characters a-z, A-Z, 0-9, `_`, a small letter first', name);
  if (!isMap(value)) throw refuse(file, `/${name}`, 'an object with `pointer` and `type`', value);
  checkKeys(file, `/${name}`, value, FACT_KEYS);
  const { pointer, type } = value;
  const steps = typeof pointer === 'string' ? parsePointer(pointer) : null;
  if (steps === null)
    throw refuse(file, `/${name}/pointer`, `a JSON pointer of at most ${POINTER_MAX} characters`, pointer);
  if (!isFactType(type)) throw refuse(file, `/${name}/type`, `one of ${FACT_TYPES.join(', ')}`, type);
  return { pointer: steps, type };
}

/** RFC 6901 section 3 and 4; null where the text is no pointer. */
export function parsePointer(text: string): readonly string[] | null {
  if (text === '') return [];
  if (!text.startsWith('/') || text.length > POINTER_MAX || /~(?![01])/.test(text)) return null;
  return text
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function readMap(file: SourceFile, limits: PolicyLimits): ValueMap {
  const result = parseJson(file.text, limits.bytes);
  if (!result.ok) throw malformed(file, result.message);
  if (!isMap(result.value)) throw refuse(file, '', 'an object', result.value);
  return result.value;
}

function checkKeys(file: SourceFile, path: string, map: ValueMap, known: readonly string[]): void {
  const unknown = Object.keys(map).find((key) => !known.includes(key));
  if (unknown !== undefined) throw refuse(file, path, `no other keys than ${known.join(', ')}`, unknown);
}

function readDigest(file: SourceFile, index: number, value: Value): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value;
  throw refuse(file, `/revoked/${index}`, 'a digest of 64 hexadecimal digits in lower case', value);
}

function isName(value: Value | undefined): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(value);
}

function isFactType(value: Value | undefined): value is FactType {
  return typeof value === 'string' && FACT_TYPES.includes(value);
}

function refuse(file: SourceFile, path: string, expected: string, found: Value | undefined): SojournError {
  const shown = found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 100);
  return malformed(file, `${path === '' ? '' : `${path}: `}expected ${expected}, found ${shown}`);
}

function malformed(file: SourceFile, what: string): SojournError {
  return new SojournError('policy.malformed', `policy ${file.path}: ${what}`, { details: { file: file.path } });
}
