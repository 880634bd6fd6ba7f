/**
 * The records that a state is made of, as a snapshot stores them. A field that has no row in its record does not compile.
 */
import { conditionShape, outcomeClass } from './condition.ts';
import { negativeBody } from './entry.ts';
import { budgetsShape } from './genesis.ts';
import {
  anyMap,
  anyValue,
  boolean,
  byteString,
  describe,
  list,
  Mismatch,
  nullable,
  oneOf,
  record,
  text,
  uint,
} from './shape.ts';
import { fromHex, hex } from '../json.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { isList } from '../value.ts';
import { LOSS_WINDOW, MAX_COST } from './trust.ts';
import type { Counters } from './charges.ts';
import type { Child, ChildStatus } from './child.ts';
import type { Known, KnownEnd, KnownFork, KnownOutcome, OutcomeNote } from './known.ts';
import type { Shape } from './shape.ts';
import type { Continuity } from './trust.ts';
import type { Dormancy, NegativeNote, Pending, SignalNote } from './state.ts';

/** Lower-case hexadecimal, stored as bytes. */
export function hexBytes(length: number): Shape<string> {
  const bytes = byteString(length);
  return {
    write: (digits) => bytes.write(fromHex(digits) ?? new Uint8Array(0)),
    read: (value) => hex(bytes.read(value)),
  };
}

/** A map as a list of [key, value], in the order of the map. */
export function mapOf<T>(shape: Shape<T>): Shape<ReadonlyMap<string, T>> {
  const pairs = list<readonly [string, T]>({
    write: ([key, value]) => [key, shape.write(value)],
    read: (value) => {
      const [key, member] = isList(value) && value.length === 2 ? value : [];
      if (typeof key !== 'string' || member === undefined) throw new Mismatch('a key and a value', describe(value));
      return [key, shape.read(member)];
    },
  });
  return {
    write: (map) => pairs.write([...map]),
    read: (value) => {
      const stored = pairs.read(value);
      const map = new Map(stored);
      if (map.size < stored.length) throw new Mismatch('each key once', 'one twice');
      return map;
    },
  };
}

export const continuityShape: Shape<Continuity> = record<Continuity>({
  over: uint(),
  losses: list(uint(MAX_COST), LOSS_WINDOW),
});

export const countersShape: Shape<Counters> = {
  write: (counters) => ({ ...counters }),
  read: (value) => {
    const stored = anyMap.read(value);
    return Object.fromEntries(Object.entries(stored).map(([name, amount]) => [name, uint().read(amount)]));
  },
};

export const noteShape: Shape<SignalNote> = record<SignalNote>({
  seq: uint(),
  time: uint(),
  node: hexBytes(16),
  name: text(1, 64),
  key: text(1, 256),
});

export const dormancyShape: Shape<Dormancy> = record<Dormancy>({
  seq: uint(),
  since: uint(),
  condition: conditionShape(DEFAULT_LIMITS.object.conditionNodes),
  attempts: uint(),
  outcomes: list(record<OutcomeNote>({ seq: uint(), class: outcomeClass, count: uint(), own: boolean })),
});

export const pendingShape: Shape<Pending> = record<Pending>({
  proposal: uint(),
  body: anyMap,
  first: uint(),
  attempts: uint(),
  consecutive: uint(),
  class: outcomeClass,
  reason: nullable(text()),
  cycle: uint(),
  merged: uint(),
  cursor: anyValue,
  key: nullable(text()),
  digest: hexBytes(32),
});

export const negativeShape: Shape<NegativeNote> = record<NegativeNote>({
  seq: uint(),
  cycle: uint(),
  since: uint(),
  body: negativeBody,
});

const heads: Shape<readonly [string, string]> = {
  write: (both) => both.map((head) => hexBytes(32).write(head)),
  read: (value) => {
    const [known, other] = isList(value) && value.length === 2 ? value : [];
    if (known === undefined || other === undefined) throw new Mismatch('two heads', describe(value));
    return [hexBytes(32).read(known), hexBytes(32).read(other)];
  },
};

export const knownShape: Shape<Known> = record<Known>({
  seq: uint(),
  at: uint(),
  head: hexBytes(32),
  node: hexBytes(16),
  time: uint(),
  cycle: uint(),
  trust: uint(1000),
  ended: nullable(record<KnownEnd>({ achieved: boolean, class: outcomeClass, seq: uint(), item: uint(), at: uint() })),
  last: nullable(record<KnownOutcome>({ class: outcomeClass, reason: nullable(text()), seq: uint(), at: uint() })),
  cancelled: mapOf(record<{ readonly seq: number; readonly reason: string }>({ seq: uint(), reason: text() })),
  spent: nullable(budgetsShape),
  fork: nullable(record<KnownFork>({ at: uint(), heads, seq: uint() })),
});

export const childShape: Shape<Child> = record<Child>({
  seq: uint(),
  id: hexBytes(32),
  status: oneOf<ChildStatus>('running', 'returned', 'missing', 'cancelled'),
  told: uint(),
  carved: budgetsShape,
  end: nullable(
    record<NonNullable<Child['end']>>({
      seq: uint(),
      achieved: boolean,
      result: anyValue,
      back: budgetsShape,
      late: boolean,
    }),
  ),
});
