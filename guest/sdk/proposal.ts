/**
 * What a handler may propose: one action, with its reason. Building a proposal does nothing; authority decides on it when the
 * handler has returned it. Pure.
 */
import type { Condition } from './condition.ts';
import type { HttpRequest } from './request.ts';
import type { Poll, Retry } from './retry.ts';

export interface Reason {
  /** One or two sentences for people: why this action. */
  readonly rationale: string;
  /** 0 to 1; default 1. Recorded, and never a reason to allow anything. */
  readonly confidence?: number;
}

export interface ToolRequest {
  readonly name: string;
  readonly input: unknown;
}

/** The one call of an execution: an HTTP request, a tool call, or nothing but a value to commit. */
export type Operation = { readonly http: HttpRequest } | { readonly tool: ToolRequest } | { readonly commit: unknown };

export interface Budget {
  /** `fuel`, `calls`, `bytes`, `cycles`, or a counter of this object's own, for example `cents`. */
  readonly name: string;
  readonly limit: number;
}

export interface Child {
  /** The handler's name for the child, unique within the object. */
  readonly name: string;
  /** SHA-256 of the child's component; absent: the same as this object's. */
  readonly handler?: string;
  /** The kind of task. */
  readonly kind: string;
  readonly goal: string;
  readonly input: unknown;
  readonly capabilities?: readonly string[];
  readonly zones?: readonly string[];
  readonly budgets?: readonly Budget[];
}

export interface Cancellation {
  /** Name of the child. */
  readonly name: string;
  /** One sentence for people. */
  readonly reason: string;
}

export type MutationKind = 'refine' | 'constrain' | 'expand' | 'reclassify';

export interface IntentChange {
  readonly kind?: string;
  readonly goal?: string;
  /** Members to add or, for `expand` and `reclassify`, to change; one that is `undefined` there goes away. */
  readonly constraints?: { readonly [name: string]: unknown };
}

export type Action =
  | {
      readonly tag: 'execution';
      readonly step: string;
      readonly operation: Operation;
      readonly into: string | null;
      readonly retry?: Retry;
      readonly poll?: Poll;
    }
  | { readonly tag: 'mutation'; readonly mutation: MutationKind; readonly change: IntentChange }
  | { readonly tag: 'delegation'; readonly child: Child }
  | { readonly tag: 'delegation'; readonly cancel: Cancellation }
  | { readonly tag: 'dormancy'; readonly until: Condition }
  | { readonly tag: 'termination'; readonly achieved: boolean; readonly result: unknown };

export interface Proposal {
  readonly action: Action;
  readonly rationale: string;
  readonly confidence: number;
}

export interface Step {
  /** The handler's name for it, 1 to 64 bytes. */
  readonly step: string;
  /** The key under which the checked result is committed to `kv`; absent: it is only recorded. */
  readonly into?: string;
  /** When the host itself tries the call again, without another run of the handler. */
  readonly retry?: Retry;
  /** Until what the result says the host asks again. */
  readonly poll?: Poll;
}

/** Proposes one step. */
export function execute(step: Step & Operation & Reason): Proposal {
  const operation: Operation =
    'http' in step ? { http: step.http } : 'tool' in step ? { tool: step.tool } : { commit: step.commit };
  const { retry, poll } = step;
  const action = { tag: 'execution', step: step.step, operation, into: step.into ?? null } as const;
  return propose(
    { ...action, ...(retry === undefined ? {} : { retry }), ...(poll === undefined ? {} : { poll }) },
    step,
  );
}

/** Proposes to sleep until the condition holds: `sleep({ until: any(signal('approval'), after(days(30))), rationale })`. */
export function sleep(options: { readonly until: Condition } & Reason): Proposal {
  return propose({ tag: 'dormancy', until: options.until }, options);
}

/** Proposes to state the goal more exactly. Constraints and input stay. */
export function refine(options: { readonly goal: string } & Reason): Proposal {
  return mutate('refine', { goal: options.goal }, options);
}

/** Proposes to add constraints to the intent. None that is there may change. */
export function constrain(options: { readonly constraints: { readonly [name: string]: unknown } } & Reason): Proposal {
  return mutate('constrain', { constraints: options.constraints }, options);
}

/** Proposes to ask for more than before. Needs a permit of its own. */
export function expand(options: Pick<IntentChange, 'goal' | 'constraints'> & Reason): Proposal {
  return mutate('expand', pickChange(options), options);
}

/** Proposes to change the kind of task. Needs a permit of its own. */
export function reclassify(options: IntentChange & { readonly kind: string } & Reason): Proposal {
  return mutate('reclassify', pickChange(options), options);
}

/** Proposes to give a part of the task to a child object. */
export function delegate(options: Child & Reason): Proposal {
  const { rationale: _rationale, confidence: _confidence, ...child } = options;
  return propose({ tag: 'delegation', child }, options);
}

/** Proposes to give a child up. It ends when it learns of it. */
export function cancelChild(options: Cancellation & Reason): Proposal {
  const { name, reason } = options;
  return propose({ tag: 'delegation', cancel: { name, reason } }, options);
}

/** Proposes to end: the intent is fulfilled. `result` is any JSON value. */
export function finish(result: unknown, rationale = 'the intent is fulfilled'): Proposal {
  return propose({ tag: 'termination', achieved: true, result }, { rationale });
}

/** Proposes to end without having fulfilled the intent. The result is `{ reason }`, with `details` where given. */
export function giveUp(reason: string, details?: unknown): Proposal {
  const result = details === undefined ? { reason } : { reason, details };
  return propose({ tag: 'termination', achieved: false, result }, { rationale: reason });
}

function mutate(mutation: MutationKind, change: IntentChange, reason: Reason): Proposal {
  return propose({ tag: 'mutation', mutation, change }, reason);
}

function pickChange(change: IntentChange): IntentChange {
  return {
    ...(change.kind === undefined ? {} : { kind: change.kind }),
    ...(change.goal === undefined ? {} : { goal: change.goal }),
    ...(change.constraints === undefined ? {} : { constraints: change.constraints }),
  };
}

function propose(action: Action, reason: Reason): Proposal {
  const confidence = reason.confidence ?? 1;
  if (!(confidence >= 0 && confidence <= 1)) {
    throw new RangeError(`proposal: expected a confidence of 0 to 1, found ${confidence}`);
  }
  return { action, rationale: reason.rationale, confidence };
}
