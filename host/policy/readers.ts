/**
 * `@confidential("auditor ops")` on a permit: what stands in the object of the call or action must be encrypted to these readers, whose
 * keys readers.json of the set holds by name. It holds whatever the verdict: of a call that is rejected or put off, the data stands
 * in the object, too. Where it can't be found out whether such a permit matches, all that speak of the action count as matching.
 */
import { SojournError } from '../errors.ts';
import { fromHex, hex, parseJson } from '../json.ts';
import type { PolicyLimits } from '../limits.ts';
import { isReaderKey, readerId, READERS_MAX } from '../object/cose-encrypt.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import { readFacts } from './facts.ts';
import type { Question } from './model.ts';
import type { Mentioned } from './mention.ts';
import type { Ask } from './remember.ts';
import { buildRequest } from './request.ts';
import type { FactDeclarations } from './settings.ts';
import type { SourceFile } from './source.ts';

/** X25519 public keys by name. */
export type Readers = ReadonlyMap<string, Uint8Array>;

export type ReaderNames =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** The constraint of a verdict that names the readers, by their key ids. */
export const CONFIDENTIAL = 'confidential';
/** Besides these, the node that writes is always one. */
const NAMES_MAX = READERS_MAX - 1;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const KEY = /^x25519:([0-9a-f]{64})$/;

/** Actions whose entries are never confidential: the node's own, or repeated in the open by what they make, or asked beside another. */
const IN_THE_OPEN: readonly string[] = [
  'evaluate',
  'dormancy',
  'reentry',
  'readmit',
  'delegation',
  'mutation.expand',
  'mutation.reclassify',
];

/** The public key that a text names: `x25519:` and 64 hexadecimal digits, so that no other kind of key is taken for one. Else null. */
export function parseReaderKey(text: string): Uint8Array | null {
  const key = fromHex(KEY.exec(text)?.[1] ?? 'none');
  return key !== null && isReaderKey(key) ? key : null;
}

export function formatReaderKey(publicKey: Uint8Array): string {
  return `x25519:${hex(publicKey)}`;
}

/** Reads readers.json. Errors: `policy.malformed`, `policy.limit`. */
export function readReaders(file: SourceFile, limits: PolicyLimits): Readers {
  const result = parseJson(file.text, limits.bytes);
  if (!result.ok) throw malformed(file, result.message);
  if (!isMap(result.value)) throw malformed(file, 'expected an object of names and keys');
  const entries = Object.entries(result.value);
  if (entries.length > limits.readers)
    throw new SojournError(
      'policy.limit',
      `policy ${file.path}: expected at most ${limits.readers} readers, found ${entries.length}`,
    );
  return new Map(entries.map(([name, value]) => [name, readKey(file, name, value)]));
}

function readKey(file: SourceFile, name: string, value: Value): Uint8Array {
  if (!NAME.test(name))
    throw malformed(
      file,
      `expected names of 1 to 64 of a-z, 0-9, ".", "_", "-", found ${JSON.stringify(name.slice(0, 100))}`,
    );
  const key = typeof value === 'string' ? parseReaderKey(value) : null;
  if (key !== null) return key;
  throw malformed(
    file,
    `/${name}: expected "x25519:" and the 64 hexadecimal digits of a public key ("sojourn keygen" prints one), found another value`,
  );
}

/** Reads one `@confidential` text. */
export function parseReaderNames(text: string, readers: Readers): ReaderNames {
  const names = text.split(' ');
  if (names.length > NAMES_MAX)
    return { ok: false, message: `expected at most ${NAMES_MAX} readers, found ${names.length}` };
  if (new Set(names).size < names.length) return { ok: false, message: 'expected each reader once, found one twice' };
  const unknown = names.find((name) => !readers.has(name));
  if (unknown === undefined) return { ok: true, names };
  return { ok: false, message: `expected names of readers.json, found ${JSON.stringify(unknown.slice(0, 100))}` };
}

/** Whether entries of this action can be confidential. Nothing else may be asked of the kernel (R32). */
export function canBeConfidential(action: string): boolean {
  return !IN_THE_OPEN.includes(action);
}

/** Errors: `policy.malformed` for a key that no policy names: it would do nothing (R39). */
export function refuseIdle(file: SourceFile, readers: Readers, rules: readonly CoverRule[]): void {
  const named = new Set(rules.flatMap((rule) => rule.readers ?? []));
  const idle = [...readers.keys()].find((name) => !named.has(name));
  if (idle !== undefined)
    throw malformed(file, `/${idle}: expected a reader that some @confidential names, found none that does`);
}

/** Of a policy, what matters here. */
export interface CoverRule {
  readonly id: string;
  /** Names of readers.json. */
  readonly readers: readonly string[] | null;
  /** Actions that its scope leaves open; null: all. */
  readonly actions: readonly string[] | null;
}

export interface CoverInputs {
  readonly rules: readonly CoverRule[];
  readonly readers: Readers;
  readonly facts: FactDeclarations;
  /** Asks the permits with `@confidential` alone. */
  readonly ask: Ask;
  /** What those permits see of a question about an action. */
  readonly mentions: (action: string) => Mentioned;
}

/** The keys that the entries of a question must be confidential to: those that every matching permit names. Null: none asks for it. */
export function createCover(inputs: CoverInputs): (question: Question) => readonly Uint8Array[] | null {
  const all = inputs.rules.filter((rule) => rule.readers !== null);
  return (question) => {
    if (!canBeConfidential(question.action)) return null;
    const open = all.filter((rule) => rule.actions?.includes(question.action) ?? true);
    const matching = open.length === 0 ? [] : matchingOf(open, question, inputs);
    if (matching.length === 0) return null;
    const keys = (rule: CoverRule): readonly Uint8Array[] =>
      (rule.readers ?? []).map((name) => inputs.readers.get(name)).filter((key) => key !== undefined);
    return commonReaders(matching.map(keys));
  };
}

function matchingOf(
  open: readonly CoverRule[],
  question: Question,
  { facts, ask, mentions }: CoverInputs,
): readonly CoverRule[] {
  const values = readFacts(facts, question.data);
  const request = values === null ? null : buildRequest(question, values, mentions(question.action));
  const answer = request === null ? null : ask(request);
  if (answer === null || !answer.ok) return open;
  return open.filter(({ id }) => answer.satisfied.includes(id) || answer.failed.includes(id));
}

/** Keys that stand in each of the lists, in the order of the first. */
export function commonReaders(lists: readonly (readonly Uint8Array[])[]): readonly Uint8Array[] {
  const [first = [], ...more] = lists;
  const others = more.map((list) => new Set(list.map((key) => hex(key))));
  return first.filter((key) => others.every((other) => other.has(hex(key))));
}

/** What a verdict says of it: the key ids that every one of the lists has; none where no list asks for it. */
export function readersConstraint(lists: readonly (readonly Uint8Array[])[]): ValueMap {
  if (lists.length === 0) return {};
  return {
    [CONFIDENTIAL]: commonReaders(lists)
      .map((key) => hex(readerId(key)))
      .toSorted(),
  };
}

/** The same from verdicts of several sets. */
export function mergeReaders(all: readonly (ValueMap | null)[]): ValueMap {
  const lists = all.map((constraints) => constraints?.[CONFIDENTIAL]).filter((list) => isList(list));
  const [first, ...more] = lists;
  if (first === undefined) return {};
  return { [CONFIDENTIAL]: first.filter((id) => more.every((other) => other.includes(id))) };
}

function malformed(file: SourceFile, what: string): SojournError {
  return new SojournError('policy.malformed', `policy ${file.path}: ${what}`, { details: { file: file.path } });
}
