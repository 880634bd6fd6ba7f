/**
 * Trust: what follows from recorded outcomes alone, so that anyone who has the entries gets the same values (R56, docs/trust.md). The
 * slope goes from 0 to 1000, falls at once where trust is broken, and comes back slowly, by work that is done. Sleeping and waiting
 * neither cost nor earn anything.
 */
import type { ActionName, OutcomeBody, OutcomeClass } from './model.ts';

/** Nothing is held against a new object. */
export const TRUST_START = 1000;
const TRUST_MAX = 1000;
/** What a cycle that earns trust brings back. */
const RECOVERY = 10;
/** Weighed cycles that a large break is looked for in. */
export const LOSS_WINDOW = 16;
/** A slope below this is a large break, and so is a loss of this much within the window. */
export const LARGE_BREAK = { slope: 300, loss: 400 } as const;

/** What each outcome class costs. Waiting, for whatever it may be, costs nothing. */
const COST: { readonly [name in OutcomeClass]: number } = {
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

/** What one cycle costs at most. */
export const MAX_COST = 200;

/** Actions that show conduct: to sleep and to wake again show none. */
const EARNS: ReadonlySet<ActionName | null> = new Set<ActionName | null>([
  'execution',
  'mutation',
  'delegation',
  'termination',
]);

/** What a cycle with this outcome means for trust: it breaks it, earns some back, or neither. */
export type Weight =
  | { readonly kind: 'break'; readonly cost: number }
  | { readonly kind: 'earned' }
  | { readonly kind: 'neutral' };

/** How long trust has held without a break. */
export interface Continuity {
  /** Cycles that earned trust since the last one that broke it, or since the genesis. */
  readonly over: number;
  /** What each of the last 16 cycles that earned or broke trust cost, the oldest first. */
  readonly losses: readonly number[];
}

export const FIRST_CONTINUITY: Continuity = { over: 0, losses: [] };

type Weighed = Pick<OutcomeBody, 'class' | 'action' | 'reason' | 'bound'>;

/**
 * A bound that was hit and a trap are the handler's own doing and cost twice. A refusal costs where the handler proposed what is
 * not allowed; that this node has no policy that could be asked, or does not let the object wake, is not the handler's doing.
 */
export function weighCycle({ class: outcome, action, reason, bound }: Weighed): Weight {
  if (outcome === 'success' || outcome === 'partial') return { kind: EARNS.has(action) ? 'earned' : 'neutral' };
  if (outcome === 'refusal' && (action === null || action === 'reentry')) return { kind: 'neutral' };
  const cost = COST[outcome] * (bound !== null || reason === 'trap' ? 2 : 1);
  return cost === 0 ? { kind: 'neutral' } : { kind: 'break', cost };
}

/** The slope after a cycle with this outcome. It never rises by more than 10. */
export function nextTrust(slope: number, outcome: Weighed): number {
  const weight = weighCycle(outcome);
  if (weight.kind === 'break') return Math.max(0, slope - weight.cost);
  return weight.kind === 'earned' ? Math.min(TRUST_MAX, slope + RECOVERY) : slope;
}

export function nextContinuity(continuity: Continuity, outcome: Weighed): Continuity {
  const weight = weighCycle(outcome);
  if (weight.kind === 'neutral') return continuity;
  const cost = weight.kind === 'break' ? weight.cost : 0;
  return {
    over: weight.kind === 'break' ? 0 : continuity.over + 1,
    losses: [...continuity.losses, cost].slice(-LOSS_WINDOW),
  };
}

/** A break that another node does not take over unasked (docs/trust.md, "Quarantine"). */
export interface LargeBreak {
  readonly slope: number;
  /** Lost within the window. */
  readonly lost: number;
}

/** Null where trust is whole enough to be handed over. */
export function findLargeBreak(slope: number, { losses }: Continuity): LargeBreak | null {
  const lost = losses.reduce((sum, cost) => sum + cost, 0);
  return slope < LARGE_BREAK.slope || lost >= LARGE_BREAK.loss ? { slope, lost } : null;
}
