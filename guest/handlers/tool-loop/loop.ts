/**
 * Where the loop stands, kept in the object's memory between cycles: the conversation, the calls that the advisor asked for and that have
 * not been made, and the one that is under way.
 */
import { kv } from 'sojourn/guest';
import type { advice, Json, Task } from 'sojourn/guest';
import type { Assignment } from './assignment.ts';

/** A requested call, and whose advice it is. */
export interface PendingCall extends advice.RequestedCall {
  readonly source: string;
  readonly confidence: number;
  /** Of the entry with the advice. */
  readonly seq: number;
}

export interface Loop {
  readonly messages: readonly advice.ChatMessage[];
  readonly queue: readonly PendingCall[];
  readonly pending: PendingCall | null;
  /** Questions that were answered. */
  readonly asked: number;
  /** Calls that were proposed and are over, whatever came of them. */
  readonly calls: number;
  /** Answers in a row that could not be used. */
  readonly unusable: number;
}

/** Characters of one result that the advisor is shown. */
const RESULT_CHARS = 16_384;

export function beginLoop({ request }: Assignment): Loop {
  const content = typeof request === 'string' ? request : JSON.stringify(request);
  return { messages: [{ role: 'user', content }], queue: [], pending: null, asked: 0, calls: 0, unusable: 0 };
}

export function readLoop(): Loop | null {
  return kv.get<Loop>('loop');
}

export function saveLoop(loop: Loop): void {
  kv.set('loop', loop);
}

/** The call to propose next; null where the advisor is to be asked. */
export function nextCall(loop: Loop): PendingCall | null {
  return loop.queue[0] ?? null;
}

export function notePending(loop: Loop, pending: PendingCall): Loop {
  return { ...loop, pending, queue: loop.queue.filter(({ id }) => id !== pending.id) };
}

/** The loop with what came of the call as a message. Results are data from outside, shown as they are and cut where they are long. */
export function closeCall(task: Task<unknown>, loop: Loop, { id }: PendingCall): Loop {
  const text = JSON.stringify(outcomeOf(task, id));
  const content = text.length <= RESULT_CHARS ? text : JSON.stringify({ cutOff: text.slice(0, RESULT_CHARS) });
  const result = { role: 'tool' as const, content, toolCall: id };
  return { ...loop, messages: [...loop.messages, result], pending: null, calls: loop.calls + 1 };
}

/** What the call gave, or the class of how it failed: the advisor may try something else. */
function outcomeOf({ last }: Task<unknown>, id: string): Json {
  const committed = kv.get<Json>(`result:${id}`);
  if (committed !== null) return committed;
  if (last === null || last.action !== 'execution') return { failed: 'it is not known what came of it' };
  return last.class === 'success' ? last.value : { failed: last.class, reason: last.reason };
}
