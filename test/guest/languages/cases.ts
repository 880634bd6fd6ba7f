/**
 * The conformance cases of test/cases/conformance: what a handler is told, the calls that it must make with the answer to each, and
 * how it must end. JSON that stands in a text of the contract is written there as JSON.
 */
import { readFileSync, readdirSync } from 'node:fs';
import type { CycleLimits } from '../../../host/limits.ts';
import type { GuestErrorCode, GuestReply, Situation } from '../../../host/ports.ts';
import { isMap } from '../../../host/value.ts';
import type { Value, ValueMap } from '../../../host/value.ts';

export interface Case {
  readonly name: string;
  /** True where the handler calls capabilities, which a command of WASI cannot. */
  readonly capabilities: boolean;
  readonly situation: Situation;
  readonly limits: Partial<CycleLimits>;
  readonly calls: readonly { readonly operation: string; readonly request: Value; readonly reply: GuestReply }[];
  readonly expected: ValueMap;
}

interface CaseFile {
  readonly capabilities?: boolean;
  readonly intent?: {
    readonly kind: string;
    readonly goal?: string;
    readonly input?: Value;
    readonly constraints?: Value;
  };
  /** The whole situation, its JSON fields as JSON. */
  readonly situation?: ValueMap;
  readonly limits?: Partial<CycleLimits>;
  /** What `{"$repeat":true}` stands for. */
  readonly repeat?: { readonly text: string; readonly times: number };
  readonly calls?: readonly {
    readonly operation: string;
    readonly request: Value;
    readonly answer: { readonly ok: Value } | { readonly error: GuestErrorCode };
  }[];
  readonly expect: ValueMap;
}

const FOLDER = new URL('../../cases/conformance/', import.meta.url);

export function readCases(): Case[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => readCase(file.replace('.json', ''), readFileSync(new URL(file, FOLDER), 'utf8')));
}

function readCase(name: string, text: string): Case {
  const file = JSON.parse(text) as CaseFile;
  const large = file.repeat === undefined ? '' : file.repeat.text.repeat(file.repeat.times);
  return {
    name,
    capabilities: file.capabilities ?? false,
    situation: readSituation(file, large),
    limits: file.limits ?? {},
    calls: (file.calls ?? []).map(({ operation, request, answer }) => ({
      operation,
      request: expand(request, large),
      reply: 'ok' in answer ? { ok: true, value: expand(answer.ok, large) } : { ok: false, error: answer.error },
    })),
    expected: expand(file.expect, large) as ValueMap,
  };
}

function readSituation(file: CaseFile, large: string): Situation {
  const { kind = '', goal = 'a goal', input = {}, constraints = {} } = file.intent ?? {};
  const intent = { kind, goal, input: JSON.stringify(expand(input, large)), constraints: JSON.stringify(constraints) };
  if (file.situation === undefined) return { ...PLAIN, intent };
  const told = file.situation as unknown as Situation; // written by hand in the case, JSON fields as JSON
  const trigger = told.trigger.tag === 'woken' ? wokenOf(told.trigger as unknown as Woken) : told.trigger;
  return {
    ...told,
    intent: {
      ...told.intent,
      input: JSON.stringify(told.intent.input),
      constraints: JSON.stringify(told.intent.constraints),
    },
    trigger,
    last: told.last === null ? null : { ...told.last, value: JSON.stringify(told.last.value) },
  };
}

interface Woken {
  readonly dormancy: number;
  readonly signals: readonly number[];
  readonly witnesses: readonly number[];
}

function wokenOf({ dormancy, signals, witnesses }: Woken): Situation['trigger'] {
  return { tag: 'woken', val: { dormancy, signals, witnesses } };
}

/** Bytes and the large text put in where the case names them. */
function expand(value: Value, large: string): Value {
  if (Array.isArray(value)) return value.map((item: Value) => expand(item, large));
  if (!isMap(value)) return value;
  if (typeof value['$text'] === 'string') return new TextEncoder().encode(value['$text']);
  if (Array.isArray(value['$bytes'])) return Uint8Array.from(value['$bytes'] as number[]);
  if (value['$repeat'] === true) return large;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, large)]));
}

const JSON_FIELDS = ['result', 'constraints', 'input', 'value', 'arguments', 'parameters', 'schema'];

/** What came from a guest, with the JSON in its texts read: languages write blanks and members in orders of their own. */
export function readTexts(value: Value, field = ''): Value {
  const isCommit = isMap(value) && value['tag'] === 'commit';
  if (typeof value === 'string' && JSON_FIELDS.includes(field)) return JSON.parse(value) as Value;
  if (Array.isArray(value)) return value.map((item: Value) => readTexts(item));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      // the value of a header is no JSON
      readTexts(item, isCommit && key === 'val' ? 'value' : 'name' in value && key === 'value' ? '' : key),
    ]),
  );
}

const PLAIN: Omit<Situation, 'intent'> = {
  context: {
    id: 'a'.repeat(64),
    creator: 'b'.repeat(32),
    capabilities: ['*'],
    zones: [],
    budgets: [],
    trust: 500,
    continuousOver: 3,
    parent: null,
  },
  trigger: { tag: 'created' },
  last: null,
  cycle: 1,
  now: 1_795_000_000_123,
  limits: { fuel: 2_000_000_000, memoryPages: 1024, calls: 256, bytes: 16_777_216, proposalBytes: 262_144 },
};
