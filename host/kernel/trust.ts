/**
 * Trust slope: a whole number from 0 to 1000 that follows from recorded outcomes alone, so that anyone who has the entries
 * gets the same value (R56). A break costs at once; recovery is slower. Starts at 1000: nothing is held against a new object.
 */
import type { OutcomeBody, OutcomeClass } from '../object/model.ts';

export const TRUST_START = 1000;
const TRUST_MAX = 1000;

/** What each outcome class costs. Sleeping, waiting for an approval and being told no are lawful conduct and cost nothing. */
const PENALTY: { readonly [name in OutcomeClass]: number } = {
  'success': 0,
  'partial': 0,
  'deferral': 0,
  'refusal': 20,
  'latency': 20,
  'no-response': 20,
  'timeout': 50,
  'capability-missing': 20,
  'node-loss': 100,
  'failure': 100,
};

const RECOVERY = 10;

/** The slope after a cycle with this outcome. A broken bound or a trap is the handler's own doing and costs twice. */
export function nextTrust(trust: number, outcome: Pick<OutcomeBody, 'class' | 'reason' | 'bound'>): number {
  if (outcome.class === 'success' || outcome.class === 'partial') return Math.min(TRUST_MAX, trust + RECOVERY);
  const own = outcome.bound !== null || outcome.reason === 'trap';
  return Math.max(0, trust - PENALTY[outcome.class] * (own ? 2 : 1));
}
