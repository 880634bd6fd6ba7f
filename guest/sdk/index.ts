/**
 * `sojourn/guest`: what a handler module imports. Everything that reaches outside is a capability call that policy decides on;
 * everything else is plain computation.
 */
export { defineHandler } from './define.ts';
export type { Handler } from './define.ts';
export type { OutcomeClass, Task, TaskContext, TaskOutcome, TaskTrigger } from './task.ts';
export {
  cancelChild,
  constrain,
  delegate,
  execute,
  expand,
  finish,
  giveUp,
  reclassify,
  refine,
  sleep,
} from './proposal.ts';
export type {
  Action,
  Budget,
  Cancellation,
  Child,
  IntentChange,
  Operation,
  Proposal,
  Reason,
  Step,
  ToolRequest,
} from './proposal.ts';
export type { Cursor, Poll, Response, Retry } from './retry.ts';
export type { Predicate } from './predicate.ts';
export * as where from './predicate.ts';
export {
  achieved,
  after,
  all,
  any,
  at,
  atLeast,
  childAchieved,
  childEnded,
  contextChange,
  days,
  ended,
  hours,
  minutes,
  outcomes,
  reached,
  seconds,
  signal,
} from './condition.ts';
export type { Condition, ContextFacet, ObjectState } from './condition.ts';
export { CapabilityError } from './capability-error.ts';
export type { ErrorCode } from './capability-error.ts';
export type { Json } from './json.ts';
export { randomBytes } from './random.ts';
export * as advice from './advice.ts';
export * as children from './children.ts';
export * as http from './http.ts';
export * as kv from './kv.ts';
export * as log from './log.ts';
export * as memory from './memory.ts';
export * as signals from './signals.ts';
export * as tools from './tools.ts';

/** Milliseconds since 1970 at which this cycle began; stands still within it. The same as `Date.now()` and `task.now`. */
export function now(): number {
  return Date.now();
}
