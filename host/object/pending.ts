/**
 * An execution that the kernel tries again by itself (docs/backoff.md): what it is, how often it was tried, how the last attempt ended.
 * The fold of recorded attempts and of merged ones; why and when the next one comes is the kernel's to say.
 */
import { sumOf } from './charges.ts';
import { encode } from './codec.ts';
import { conditionShape } from './condition.ts';
import type { Entry, EntryOf, OutcomeBody, ResultBody, Verdict } from './model.ts';
import type { Pending, State } from './state.ts';
import { hex, parseJson, stringifyJson } from '../json.ts';
import type { Hash } from '../ports.ts';
import { isList, isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';

/** The call of an execution as it stands in its record: operation and request. Null for one that calls nothing. */
export interface Call {
  readonly operation: 'http.send' | 'tools.call';
  readonly request: ValueMap;
}

/** The call that the next attempt makes: the proposed one, with the cursor in its place. */
export function nextCall(body: ValueMap, cursor: Value): Call | null {
  const { operation } = body;
  const request = isMap(operation) ? operation['val'] : undefined;
  if (!isMap(operation) || !isMap(request)) return null;
  const parameter = cursorParameter(body);
  const at = parameter === null || cursor === null ? null : { parameter, cursor };
  switch (operation['tag']) {
    case 'http':
      return { operation: 'http.send', request: at === null ? request : withQuery(request, at) };
    case 'tool':
      return { operation: 'tools.call', request: at === null ? request : withMember(request, at) };
    default:
      return null;
  }
}

interface CursorPlace {
  readonly parameter: string;
  readonly cursor: Value;
}

function cursorParameter(body: ValueMap): string | null {
  const poll = body['poll'];
  const cursor = isMap(poll) ? poll['cursor'] : undefined;
  const parameter = isMap(cursor) ? cursor['parameter'] : undefined;
  return typeof parameter === 'string' ? parameter : null;
}

function withQuery(request: ValueMap, { parameter, cursor }: CursorPlace): ValueMap {
  const { url } = request;
  if (typeof url !== 'string' || !URL.canParse(url)) return request;
  const next = new URL(url);
  next.searchParams.set(parameter, String(cursor));
  return { ...request, url: next.href };
}

function withMember(request: ValueMap, { parameter, cursor }: CursorPlace): ValueMap {
  const { input } = request;
  const parsed = typeof input === 'string' ? parseJson(input, input.length * 4) : null;
  if (parsed?.ok !== true || !isMap(parsed.value)) return request;
  return { ...request, input: stringifyJson({ ...parsed.value, [parameter]: cursor }) };
}

/** True of an execution that is tried again when it does not succeed. */
export function isRetried(body: Value): body is ValueMap {
  return isMap(body) && isMap(body['retry']);
}

/** Whether this cycle is one of a sleeper in which the pending execution may be tried: it woke, reentry was allowed. */
export function mayTry(state: State): boolean {
  if (state.status !== 'dormant' || state.pending === null) return false;
  const entries = state.open?.entries ?? [];
  return isTry(entries) && entries.some((entry) => isAllowed(entry, 'reentry', null));
}

/** True of the entries of a cycle in which a sleeper woke. */
export function isTry(entries: readonly Entry[]): boolean {
  return entries.some((entry) => entry.kind === 'wake' && entry.body.satisfied);
}

/** True of a verdict that allows this action for this proposal. */
export function isAllowed(entry: Entry, action: string, proposal: number | null): boolean {
  if (entry.kind !== 'verdict' || entry.body.action !== action || entry.body.proposal !== proposal) return false;
  const { verdict } = entry.body.verdict;
  return verdict === 'permit' || verdict === 'constrain';
}

/** What is pending behind the outcome of a cycle with these entries. */
export function pendingAfter(
  { pending }: Pick<State, 'pending'>,
  entries: readonly Entry[],
  outcome: EntryOf<'outcome'>,
  hash: Hash,
): Pending | null {
  const { action, wake, class: outcomeClass } = outcome.body;
  if (action === 'reentry' && outcomeClass === 'success') return null;
  if (action === 'termination') return outcomeClass === 'success' || isTry(entries) ? null : pending;
  if (action !== 'execution') return pending === null ? null : { ...pending, key: heldKey(pending, entries) };
  if (wake === null || outcomeClass === 'success') return null;
  const before = pending ?? newlyPending(entries);
  return before === null ? null : triedAgain(before, entries, outcome, hash);
}

/** The execution that a cycle is about: the one that its handler proposed, else the pending one. Null where there is none. */
export function executionIn(entries: readonly Entry[], pending: Pending | null): ValueMap | null {
  const proposal = entries.findLast((entry) => entry.kind === 'proposal' && entry.body.source === 'handler');
  if (proposal?.kind !== 'proposal') return pending?.body ?? null;
  return proposal.body.action === 'execution' && isMap(proposal.body.body) ? proposal.body.body : null;
}

type Untried = Pick<Pending, 'proposal' | 'body' | 'first' | 'cursor' | 'key'> & Partial<Pending>;

function newlyPending(entries: readonly Entry[]): Untried | null {
  const proposal = entries.findLast((entry) => entry.kind === 'proposal' && entry.body.source === 'handler');
  if (proposal?.kind !== 'proposal' || !isRetried(proposal.body.body)) return null;
  return { proposal: proposal.seq, body: proposal.body.body, first: proposal.time, cursor: null, key: null };
}

function triedAgain(before: Untried, entries: readonly Entry[], outcome: EntryOf<'outcome'>, hash: Hash): Pending {
  const { class: outcomeClass, reason, value } = outcome.body;
  const cursor = isMap(value) && value['cursor'] !== undefined ? value['cursor'] : before.cursor;
  return {
    proposal: before.proposal,
    body: before.body,
    first: before.first,
    attempts: (before.attempts ?? 0) + 1,
    consecutive: before.class === outcomeClass ? (before.consecutive ?? 0) + 1 : 1,
    class: outcomeClass,
    reason,
    cycle: outcome.cycle,
    merged: 0,
    cursor,
    key: heldKey(before, entries),
    digest: hex(hash(encode(worthOf(outcome, decisionIn(entries), cursor)))),
  };
}

/** The last verdict on the execution in a cycle. */
function decisionIn(entries: readonly Entry[]): Verdict | null {
  const decision = entries.findLast((entry) => entry.kind === 'verdict' && entry.body.action === 'execution');
  return decision?.kind === 'verdict' ? decision.body.verdict : null;
}

/** What makes an attempt differ from the one before: who decided what, how it ended, what comes next. Not time, not the answer. */
function worthOf({ body, node, policy }: EntryOf<'outcome'>, verdict: Verdict | null, cursor: Value): Value {
  const said = verdict === null ? null : [verdict.verdict, verdict.policies, verdict.reason, verdict.constraints];
  return [body.class, body.reason, body.bound, cursor, storedCondition(body.wake), said, policy, node];
}

function storedCondition(wake: OutcomeBody['wake']): Value {
  return wake === null ? null : conditionShape(Number.MAX_SAFE_INTEGER).write(wake);
}

/** Answers that say that the target did not get to the end of it, or not yet: what the key stands for may still come about. */
const UNSETTLED: readonly Value[] = [408, 409, 425, 429, 502, 503, 504];

/**
 * The key of the execution's own call in this cycle, where it is not known how it ended: no answer, none that could be read, or one that
 * says that it is under way. It stays the key until an answer settles it. A cycle without such a call leaves it as it was. What the
 * handler sent before it proposed is another call: its key must never go out with this one.
 */
function heldKey({ key }: Pick<Pending, 'key'>, entries: readonly Entry[]): string | null {
  const run = entries.findLast((entry) => entry.kind === 'proposal' && entry.body.source === 'handler')?.seq ?? 0;
  const call = entries.findLast((entry) => entry.seq > run && entry.kind === 'call' && isOutward(entry));
  if (call?.kind !== 'call') return key;
  const result = entries.findLast((entry) => entry.kind === 'result' && entry.body.call === call.seq);
  return result?.kind === 'result' && isSettled(result.body) ? null : (call.body.key ?? key);
}

function isOutward({ body }: EntryOf<'call'>): boolean {
  return body.operation === 'http.send' || body.operation === 'tools.call';
}

/** Whether the answer says how the call ended. */
export function isSettled({ error, value }: Pick<ResultBody, 'error' | 'value'>): boolean {
  if (error !== null) return ['denied', 'invalid', 'not-found'].includes(error);
  const status = isMap(value) ? (value['status'] ?? null) : null;
  return !UNSETTLED.includes(status);
}

/** State behind attempts that changed nothing: they count, and the sleep begins anew with the last of them. */
export function withAttempts(state: State, { body }: EntryOf<'attempts'>): State {
  const { pending, dormancy, spent } = state;
  if (pending === null || dormancy === null) return state; // sense.ts has refused it
  const { count, last } = body;
  return {
    ...state,
    pending: {
      ...pending,
      attempts: sumOf(pending.attempts, count),
      consecutive: sumOf(pending.consecutive, count),
      merged: sumOf(pending.merged, count),
    },
    dormancy: { ...dormancy, since: last },
    // what the attempt that they repeat had ruled out, they met again
    negatives: state.negatives.map((note) => (note.cycle === pending.cycle ? { ...note, since: last } : note)),
    spent: {
      ...spent,
      fuel: sumOf(spent.fuel, body.fuel),
      calls: sumOf(spent.calls, body.calls),
      bytes: sumOf(spent.bytes, body.bytes),
      cycles: sumOf(spent.cycles, count),
    },
  };
}

/** The header of this name in an HTTP answer; null where there is none. */
export function headerOf(answer: Value, name: string): string | null {
  const headers = isMap(answer) ? answer['headers'] : undefined;
  const header = isList(headers)
    ? headers.find((item): item is ValueMap => isMap(item) && item['name'] === name)
    : undefined;
  const value = header?.['value'];
  return typeof value === 'string' ? value : null;
}
