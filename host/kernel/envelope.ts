/**
 * The envelope of an execution that the kernel may try again by itself (R46): the bounds that its handler sets, checked. Which delay
 * follows within them is not decided here.
 */
import { OUTCOME_CLASSES } from '../object/condition.ts';
import type { OutcomeClass } from '../object/model.ts';
import type { Value } from '../value.ts';
import { list, map, misfit, oneOf, whole } from './misfit.ts';

/** What follows an outcome: another try after a delay, another try once policy or place have changed, the end. */
export type Response = 'retry' | 'wait' | 'give-up';

/** Times are milliseconds. */
export interface Envelope {
  /** 1 or more; the first try counts. */
  readonly maxAttempts: number;
  /** Since the first try. */
  readonly maxElapsed: number;
  readonly minDelay: number;
  readonly maxDelay: number;
  /** A call that takes longer is of class `latency`; null: none does. */
  readonly latency: number | null;
  /** One at most for each class. */
  readonly rules: readonly ClassRule[];
}

export interface ClassRule {
  readonly class: OutcomeClass;
  readonly response: Response;
}

const RESPONSES: readonly Response[] = ['retry', 'wait', 'give-up'];
/** A success needs no rule. */
const CLASSES: readonly OutcomeClass[] = OUTCOME_CLASSES.filter((name) => name !== 'success');
/** A century: any instant that follows from it is a whole number that every reader knows. */
const TIME_MAX = 100 * 366 * 86_400_000;
const ATTEMPTS_MAX = 2 ** 32 - 1;

/** Null for an absent envelope. Throws a Misfit. */
export function parseEnvelope(value: Value | undefined, path: string): Envelope | null {
  if (value === null || value === undefined) return null;
  const record = map(value, path);
  const { latency = null } = record;
  const minDelay = whole(record['minDelay'], `${path}/min-delay`, TIME_MAX);
  return {
    maxAttempts: whole(record['maxAttempts'], `${path}/max-attempts`, ATTEMPTS_MAX, 1),
    maxElapsed: whole(record['maxElapsed'], `${path}/max-elapsed`, TIME_MAX),
    minDelay,
    maxDelay: whole(record['maxDelay'], `${path}/max-delay`, TIME_MAX, minDelay),
    latency: latency === null ? null : whole(latency, `${path}/latency`, TIME_MAX, 1),
    rules: parseRules(record['rules'], `${path}/rules`),
  };
}

function parseRules(value: Value | undefined, path: string): readonly ClassRule[] {
  const rules = list(value, path, CLASSES.length).map((item, index): ClassRule => {
    const rule = map(item, `${path}/${index}`);
    return {
      class: oneOf(rule['class'], `${path}/${index}/class`, CLASSES),
      response: oneOf(rule['response'], `${path}/${index}/response`, RESPONSES),
    };
  });
  const twice = rules.find((rule, index) => rules.findIndex((other) => other.class === rule.class) < index);
  if (twice !== undefined) throw misfit(path, 'each class once', twice.class);
  return rules;
}
