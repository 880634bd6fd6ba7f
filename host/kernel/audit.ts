/**
 * What the chain alone does not show: that no action was carried out and no effect performed without an allowing verdict, that each
 * seal's trust slope follows from the outcomes, and that every signal is signed. Fed entry by entry, in constant memory.
 */
import { answeredCall } from '../object/advice.ts';
import type { ActionName, Entry, EntryOf, SealStatement } from '../object/model.ts';
import { nextTrust, TRUST_START } from '../object/trust.ts';
import { operationSpec } from './operations.ts';
import { allows } from './performed.ts';

export interface Finding {
  readonly seq: number;
  readonly reason: 'verdict' | 'trust' | 'signal' | 'outcome' | 'scope' | 'budget';
  readonly message: string;
}

export interface Auditor {
  /** Null where the entry is in order. `statement` goes with a seal. */
  check(entry: Entry, statement: SealStatement | null): Finding | null;
}

interface Cycle {
  readonly verdicts: EntryOf<'verdict'>[];
  readonly calls: Map<number, EntryOf<'call'>>;
  /** Actions that its entries take effect by. */
  readonly acted: Set<ActionName>;
  outcome: EntryOf<'outcome'> | null;
  hasSignal: boolean;
}

/** `start` is the trust slope where the entries begin: for a carried object, that of its checkpoint. */
export function createAuditor(start = TRUST_START): Auditor {
  let trust = start;
  let cycle = freshCycle();

  function check(entry: Entry, statement: SealStatement | null): Finding | null {
    switch (entry.kind) {
      case 'call':
        cycle.calls.set(entry.seq, entry);
        return null;
      case 'result':
        return checkAnswer(entry.seq, entry.body.call, cycle);
      case 'proposal': {
        const call = answeredCall(entry);
        return call === null ? null : checkAnswer(entry.seq, call, cycle);
      }
      case 'verdict':
        cycle.verdicts.push(entry);
        return null;
      case 'intent':
        cycle.acted.add('mutation');
        return null;
      case 'child':
      case 'cancel':
        cycle.acted.add('delegation');
        return null;
      case 'readmit':
        return allows(entry.body.verdict)
          ? null
          : { seq: entry.seq, reason: 'verdict', message: 'expected a verdict that readmits, found another' };
      case 'signal':
        cycle.hasSignal = true;
        return null;
      case 'outcome':
        cycle.outcome = entry;
        return checkOutcome(entry, cycle);
      case 'seal':
        return checkEnd(entry, statement);
      default:
        return null;
    }
  }

  function checkEnd(seal: EntryOf<'seal'>, statement: SealStatement | null): Finding | null {
    const { outcome, hasSignal } = cycle;
    cycle = freshCycle();
    if (hasSignal && seal.body.signature === null)
      return {
        seq: seal.seq,
        reason: 'signal',
        message: 'expected a signal under a signed seal, found it signed by nobody',
      };
    trust = outcome === null ? trust : nextTrust(trust, outcome.body);
    if (statement === null || statement.trust === trust) return null;
    return { seq: seal.seq, reason: 'trust', message: `trust slope: expected ${trust}, found ${statement.trust}` };
  }

  return { check };
}

function freshCycle(): Cycle {
  return { verdicts: [], calls: new Map(), acted: new Set(), outcome: null, hasSignal: false };
}

/** A result, or an advisor's answer, stands behind an allowed call. */
function checkAnswer(seq: number, answered: number, cycle: Cycle): Finding | null {
  const call = cycle.calls.get(answered);
  if (call === undefined)
    return {
      seq,
      reason: 'verdict',
      message: `expected the result of a call of this cycle, found one of entry ${answered}`,
    };
  if (allows(call.body.verdict) || operationSpec(call.body.operation)?.class !== 'effect') return null;
  return { seq, reason: 'verdict', message: `expected no result, for the call at entry ${call.seq} was not allowed` };
}

/** A successful action stands behind an allowing verdict on it. */
function checkOutcome(entry: EntryOf<'outcome'>, cycle: Cycle): Finding | null {
  const { class: outcome, action } = entry.body;
  if (outcome !== 'success' && outcome !== 'partial') return null;
  if (action === null)
    return { seq: entry.seq, reason: 'outcome', message: 'expected the action that succeeded, found none' };
  const other = outcome === 'success' ? [...cycle.acted].find((done) => done !== action) : undefined;
  if (other !== undefined)
    return { seq: entry.seq, reason: 'verdict', message: `expected ${other} as what succeeded, found ${action}` };
  const allowed = cycle.verdicts.some((verdict) => verdict.body.action === action && allows(verdict.body.verdict));
  return allowed
    ? null
    : { seq: entry.seq, reason: 'verdict', message: `expected a verdict that allows ${action}, found none` };
}
