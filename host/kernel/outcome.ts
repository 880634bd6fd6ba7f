/**
 * The one end of a cycle (R10): what happened, in a class that later cycles can act on (R47).
 */
import type { ActionName, Condition, OutcomeBody, OutcomeClass, Verdict } from '../object/model.ts';
import type { HandlerResult } from '../ports.ts';
import type { Value } from '../value.ts';

/** An outcome before the cycle's totals are known. */
export type Ending = Omit<OutcomeBody, 'fuel' | 'calls' | 'bytes'>;

interface Details {
  readonly reason?: string;
  readonly bound?: string;
  readonly message?: string;
  readonly value?: Value;
  readonly wake?: Condition;
}

export function ending(outcome: OutcomeClass, action: ActionName | null, details: Details = {}): Ending {
  return {
    class: outcome,
    action,
    reason: details.reason ?? null,
    bound: details.bound ?? null,
    message: details.message ?? null,
    value: details.value ?? null,
    wake: details.wake ?? null,
  };
}

/** How a cycle ends whose handler gave no proposal. */
export function failedRun(result: Exclude<HandlerResult, { kind: 'proposal' }>): Ending {
  switch (result.kind) {
    case 'error':
      return ending('failure', null, {
        reason: 'handler-error',
        message: result.message,
        value: { stack: result.stack },
      });
    case 'bound': {
      const outcome = result.bound === 'deadlineMs' || result.bound === 'callMs' ? 'timeout' : 'failure';
      return ending(outcome, null, { reason: `bound:${result.bound}`, bound: result.bound, message: result.message });
    }
    case 'trap':
      return ending('failure', null, { reason: 'trap', message: result.message });
    case 'refused':
      return ending('failure', null, { reason: result.code, message: result.message });
  }
}

/** How a cycle ends whose action authority did not allow. A deferral carries what to wait for. */
export function disallowed(action: ActionName, verdict: Verdict): Ending {
  const reason = verdict.reason ?? 'policy';
  if (verdict.verdict !== 'defer' || verdict.wake === null) return ending('refusal', action, { reason });
  return ending('deferral', action, { reason, wake: verdict.wake });
}
