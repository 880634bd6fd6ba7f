/**
 * Whether an entry makes sense in the state that it comes to: a result has its call, reentry follows dormancy (R14), nothing follows
 * termination (R13). What the entry says is not judged here.
 */
import { answeredCall, checkProposal } from './advice.ts';
import { checkAggregate, checkCancel } from './children.ts';
import { compareBytes, encode } from './codec.ts';
import { intentShape } from './genesis.ts';
import { checkStep, isEarlier } from './intent.ts';
import { tellsState } from './snapshot.ts';
import { checkFollow, checkHolder, checkReadmit } from './hand-over.ts';
import { SojournError } from '../errors.ts';
import type { Misfit } from './hand-over.ts';
import type { ActionName, Entry, EntryOf, Intent } from './model.ts';
import { parentsWord } from './lineage.ts';
import { checkFailure, checkNegatives } from './negatives.ts';
import { isAllowed, mayTry, nextCall } from './pending.ts';
import type { State } from './state.ts';

/** Errors: `object.terminated`, `object.chain`; both with `index`, the entry's `seq`. */
export function refuseNonsense(state: State, entry: Entry): void {
  if (state.status === 'terminated' && !ENDS.has(entry.kind)) {
    throw refuse(entry, 'object.terminated', 'nothing after termination', `a ${entry.kind} entry`);
  }
  const misfit = checkHolder(state, entry) ?? findMisfit(state, entry);
  if (misfit !== null) throw refuse(entry, 'object.chain', misfit[0], misfit[1]);
}

/** What may still follow the outcome that terminates an object. */
const ENDS: ReadonlySet<Entry['kind']> = new Set<Entry['kind']>(['seal', 'recover', 'checkpoint']);

function findMisfit(state: State, entry: Entry): Misfit {
  switch (entry.kind) {
    case 'open':
      if (parentsWord(state) !== null) return ['the end that its parent asks for', 'another cycle'];
      if (state.status !== 'active') return ['an active object', `a ${state.status} one`];
      return hasKind(state, 'open') ? ['one open entry in a cycle', 'another'] : null;
    case 'wake':
      if (parentsWord(state) !== null) return ['the end that its parent asks for', 'another cycle'];
      return state.dormancy?.seq === entry.body.dormancy
        ? null
        : ['the dormancy that the object is in', `${entry.body.dormancy}`];
    case 'call':
      return hasKind(state, 'open') ? null : checkTry(state, entry);
    case 'proposal':
      return hasKind(state, 'open') ? checkProposal(inCycle(state), entry) : ['an open entry before it', 'none'];
    case 'attempts':
      return checkAttempts(state, entry);
    case 'failure':
      return checkFailure(inCycle(state), entry);
    case 'negative':
    case 'retire':
      return checkNegatives(state.negatives, inCycle(state), entry);
    case 'child':
      if (state.children.has(entry.body.name)) return ['a name that no child has', entry.body.name];
      return hasKind(state, 'open') ? null : ['an open entry before it', 'none'];
    case 'cancel':
      return checkCancel(state, entry);
    case 'aggregate':
      return checkAggregate(state, entry);
    case 'intent':
      return checkIntent(state, entry);
    case 'result':
      return checkResult(state, entry);
    case 'verdict':
      return checkVerdict(state, entry);
    case 'outcome':
      return checkOutcome(state, entry);
    case 'checkpoint':
      return checkCheckpoint(state, entry);
    case 'follow':
      return checkFollow(state, entry);
    case 'readmit':
      return checkReadmit(state, entry);
    default:
      return null;
  }
}

function checkIntent(state: State, entry: EntryOf<'intent'>): Misfit {
  if (!hasKind(state, 'open')) return ['an open entry before it', 'none'];
  const earlier = inCycle(state).findLast((other) => other.kind === 'intent');
  const current = earlier === undefined ? state.intent : earlier.body.after;
  if (!sameIntent(entry.body.before, current)) return ['the intent as it stands, as `before`', 'another'];
  const misfit = checkStep(entry.body);
  if (misfit !== null) return misfit;
  return isEarlier(state, entry.body.after) ? ['an intent that the object never had', 'an earlier one'] : null;
}

function checkResult(state: State, entry: EntryOf<'result'>): Misfit {
  const { call } = entry.body;
  if (!inCycle(state).some((other) => other.kind === 'call' && other.seq === call))
    return ['a call of this cycle', `${call}`];
  const answered = inCycle(state).some((other) => answeredCall(other) === call);
  return answered ? ['one result for a call', `another for ${call}`] : null;
}

function checkVerdict(state: State, entry: EntryOf<'verdict'>): Misfit {
  const { proposal, action } = entry.body;
  if (proposal === null) return isOwn(state, action) ? null : ['a proposal', 'none'];
  if (proposal === state.pending?.proposal && mayTry(state) && isOfTry(action)) return null;
  // advice proposes no action: there is nothing to decide on
  const known = inCycle(state).some(
    (other) => other.kind === 'proposal' && other.seq === proposal && other.body.action !== null,
  );
  return known ? null : ['a proposal of this cycle', `${proposal}`];
}

/** What the kernel itself proposes: that a sleeper goes on, and the end that the parent's word asks for. */
function isOwn(state: State, action: ActionName): boolean {
  if (action === 'reentry') return state.status === 'dormant';
  return action === 'termination' && parentsWord(state) !== null;
}

function checkOutcome(state: State, entry: EntryOf<'outcome'>): Misfit {
  const { action } = entry.body;
  if (action === 'reentry' && state.status !== 'dormant')
    return ['reentry from dormancy only', `an ${state.status} object`];
  if (state.status !== 'dormant' || action === null || action === 'reentry') return null;
  if (action === 'termination' && parentsWord(state) !== null) return null;
  const tried = mayTry(state) && isOfTry(action) && isDecided(state, action);
  return tried ? null : ['reentry of a dormant object', action];
}

/** What a pending execution may come to: itself, or the end of an object that has used up its envelope. */
function isOfTry(action: ActionName): boolean {
  return action === 'execution' || action === 'termination';
}

function isDecided({ pending, ...state }: State, action: ActionName): boolean {
  return inCycle(state).some(
    ({ kind, body }) => kind === 'verdict' && body.proposal === pending?.proposal && body.action === action,
  );
}

/** A call without a run of the handler: that of the pending execution, as it was proposed, once, and where authority allowed it anew. */
function checkTry(state: State, entry: EntryOf<'call'>): Misfit {
  const { pending } = state;
  if (pending === null || !mayTry(state)) return ['an open entry before it', 'none'];
  if (hasKind(state, 'call')) return ['one call of the pending execution', 'another'];
  if (!inCycle(state).some((other) => isAllowed(other, 'execution', pending.proposal)))
    return ['a verdict that allows the pending execution', 'none'];
  const call = nextCall(pending.body, pending.cursor);
  const { operation, request } = entry.body;
  const same =
    call !== null && compareBytes(encode([call.operation, call.request]), encode([operation, request])) === 0;
  return same ? null : ['the call of the pending execution', 'another'];
}

function checkAttempts({ pending }: State, { body }: EntryOf<'attempts'>): Misfit {
  if (pending === null) return ['a pending execution', 'none'];
  if (pending.proposal !== body.proposal) return [`attempts of the proposal ${pending.proposal}`, `${body.proposal}`];
  if (pending.class !== body.class) return [`attempts that ended as the last one, ${pending.class}`, body.class];
  // sealed each time that their number reaches a power of two: what no seal covers cannot say that there were many more
  const most = 2 ** Math.floor(Math.log2(pending.merged) + 1) - pending.merged;
  if (body.count > Math.max(1, most)) return [`at most ${Math.max(1, most)} attempts`, `${body.count}`];
  // no handler runs in an attempt, and one call is made: nor can what no seal covers use up budgets
  if (body.fuel !== 0) return ['attempts without a run of the handler', 'fuel used'];
  return body.calls === body.count ? null : ['one call an attempt', `${body.calls} in ${body.count}`];
}

/** The frontier is the chain's to check. */
function checkCheckpoint(state: State, entry: EntryOf<'checkpoint'>): Misfit {
  if (entry.body.size !== entry.seq) return [`a checkpoint of ${entry.seq} items`, `${entry.body.size}`];
  return tellsState(entry, state) ? null : ['the state that the entries before it fold to', 'another'];
}

function inCycle(state: Pick<State, 'open'>): readonly Entry[] {
  return state.open?.entries ?? [];
}

function hasKind(state: State, kind: Entry['kind']): boolean {
  return inCycle(state).some((entry) => entry.kind === kind);
}

function sameIntent(a: Intent, b: Intent): boolean {
  return compareBytes(encode(intentShape.write(a)), encode(intentShape.write(b))) === 0;
}

function refuse(
  entry: Entry,
  code: 'object.chain' | 'object.terminated',
  expected: string,
  found: string,
): SojournError {
  return new SojournError(code, `entry ${entry.seq}: expected ${expected}, found ${found}`, {
    details: { index: entry.seq, expected, found },
  });
}
