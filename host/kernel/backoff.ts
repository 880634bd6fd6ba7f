/**
 * What follows an attempt that did not succeed (R46, docs/backoff.md): a pure function of what is recorded. Another outcome gives another
 * delay, at the same attempt; the envelope bounds all of them. What time cannot mend waits for a change of what can.
 */
import type { Condition, OutcomeClass } from '../object/model.ts';
import type { Envelope, Response } from './envelope.ts';
import type { Facets } from './facets.ts';

/** How an attempt ended, and what else the next one depends on. Times are milliseconds. */
export interface Ended {
  readonly class: OutcomeClass;
  readonly reason: string | null;
  /** Attempts so far, this one included. */
  readonly attempts: number;
  /** Those of them in a row, up to this one, that ended in this class. */
  readonly consecutive: number;
  /** Time of the proposal, and of the cycle that this attempt was made in. */
  readonly first: number;
  readonly now: number;
  /** How long the answer asked to wait; null where it did not. */
  readonly retryAfter: number | null;
  /** How long a live negative capability still rules the call out on this node; 0 where none does. */
  readonly ruledOut: number;
  /** What authority, or a live negative capability, waits for; null where neither said. */
  readonly until: Condition | null;
  /** False where the call may have taken place and must not be made twice. */
  readonly repeatable: boolean;
}

export type NextStep =
  | { readonly kind: 'sleep'; readonly wake: Condition }
  /** No further attempt: the handler goes on with this outcome. */
  | { readonly kind: 'hand-back' }
  /** The envelope is used up. */
  | { readonly kind: 'end'; readonly reason: EndReason };

export type EndReason = 'envelope:attempts' | 'envelope:elapsed';

export function nextStep(envelope: Envelope, ended: Ended, facets: Facets): NextStep {
  const response = responseTo(envelope, ended.class);
  if (response === 'give-up' || !ended.repeatable) return { kind: 'hand-back' };
  const spent = usedUp(envelope, ended);
  if (spent !== null) return { kind: 'end', reason: spent };
  const deadline: Condition = { tag: 'instant', at: ended.first + envelope.maxElapsed };
  const members = [...wakesOf(response, envelope, ended, facets), deadline];
  return { kind: 'sleep', wake: { tag: 'group', need: 1, members } };
}

/** Which bound of the envelope is reached; null where there is another attempt in it. A clock that went back uses up nothing. */
export function usedUp(
  envelope: Envelope,
  { attempts, first, now }: Pick<Ended, 'attempts' | 'first' | 'now'>,
): EndReason | null {
  if (attempts >= envelope.maxAttempts) return 'envelope:attempts';
  return now - first >= envelope.maxElapsed ? 'envelope:elapsed' : null;
}

/** What the handler asked for, else what fits the class: no time passes that mends a refusal or a missing capability. */
function responseTo({ rules }: Envelope, outcome: OutcomeClass): Response {
  const rule = rules.find((one) => one.class === outcome);
  return rule?.response ?? (outcome in WAITS_FOR ? 'wait' : 'retry');
}

function wakesOf(response: Response, envelope: Envelope, ended: Ended, facets: Facets): readonly Condition[] {
  if (ended.until !== null) return [ended.until];
  const changes = WAITS_FOR[ended.class];
  if (changes !== undefined || response === 'wait') return changesOf(changes ?? ALL, facets);
  const delay: Condition = { tag: 'elapsed', ms: delayAfter(envelope, ended) };
  if (ended.class !== 'no-response' && ended.class !== 'timeout') return [delay];
  // what cannot be reached from here may be reached from elsewhere
  const soonest: Condition = { tag: 'elapsed', ms: Math.max(1, envelope.minDelay) };
  return [delay, { tag: 'group', need: 2, members: [soonest, ...changesOf(['node'], facets)] }];
}

type Facet = keyof Facets;
const ALL: readonly Facet[] = ['policy', 'node', 'zone', 'capabilities'];

/** Classes that time alone does not help, whatever the rule. */
const WAITS_FOR: { readonly [name in OutcomeClass]?: readonly Facet[] } = {
  'refusal': ['policy'],
  'capability-missing': ['capabilities', 'node'],
};

function changesOf(changing: readonly Facet[], facets: Facets): readonly Condition[] {
  return changing.map((facet) => ({ tag: 'context', facet, was: facets[facet] }));
}

/** The first delay of a class in units of the least delay, and what it is multiplied by each time that the class follows itself. */
const PACE: { readonly [name in OutcomeClass]: readonly [first: number, growth: number] } = {
  'success': [1, 1],
  'deferral': [1, 1],
  'partial': [1, 1],
  'latency': [1, 1],
  'node-loss': [1, 1],
  'refusal': [1, 1],
  'capability-missing': [1, 1],
  'failure': [2, 2],
  'no-response': [3, 2],
  'timeout': [4, 2],
};
/** There is something, and not enough of it: between "not yet" and a failure. */
const NOT_ENOUGH = 1.5;

/**
 * Milliseconds until the next attempt: the pace of the class, no sooner than the answer asked for and a negative capability lets it, and
 * in any case within the least and the longest delay of the envelope. A whole number of at least 1.
 */
export function delayAfter(
  { minDelay, maxDelay }: Envelope,
  ended: Pick<Ended, 'class' | 'reason' | 'consecutive' | 'retryAfter' | 'ruledOut'>,
): number {
  const [first, growth] = ended.reason === 'not-enough-input' ? [NOT_ENOUGH, 1] : PACE[ended.class];
  const least = Math.max(1, minDelay);
  const paced = Math.ceil(least * first * growth ** Math.min(ended.consecutive - 1, MAX_STEPS));
  const asked = Math.max(paced, ended.retryAfter ?? 0, ended.ruledOut);
  return Math.min(Math.max(asked, least), Math.max(maxDelay, least));
}

/** Every delay has reached the longest one by then, and no number grows out of bounds. */
const MAX_STEPS = 52;
