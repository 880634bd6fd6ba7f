/**
 * Base of every resource that guests hold handles of, and the guard around every import. The generated glue looks a handle up and
 * calls a method on what it finds, which may be an empty object for a stale handle: private fields refuse it.
 */
import type { WasiEvaluation } from './evaluation.ts';

/** One handle of a guest's, from its making to its drop or to its passing back to the host. */
export abstract class Resource {
  #evaluation: WasiEvaluation | null;

  constructor(evaluation: WasiEvaluation) {
    evaluation.open();
    this.#evaluation = evaluation;
  }

  /** The guest has no handle of it any longer. Doing it twice is no error. */
  [Symbol.dispose](): void {
    this.#evaluation?.close();
    this.#evaluation = null;
  }

  /** The evaluation that it belongs to. Throws for one that the guest has given away. */
  protected get evaluation(): WasiEvaluation {
    if (this.#evaluation === null) throw new TypeError('wasi: expected an open handle, found one that was dropped');
    return this.#evaluation;
  }
}

/** An error value of a WASI function: the glue lowers `payload`. */
export class Failure extends Error {
  readonly payload: unknown;

  constructor(payload?: unknown) {
    super('wasi: failure');
    this.payload = payload;
  }
}

/** An interface as the glue asks for it: functions and classes by name. */
export type Interface = { readonly [name: string]: unknown };

/**
 * The same interface, with `enter` ahead of each function, method and static method. Changes the classes in place: they must be
 * this evaluation's own.
 */
export function guard(evaluation: WasiEvaluation, members: Interface): Interface {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, guardMember(evaluation, member)]));
}

function guardMember(evaluation: WasiEvaluation, member: unknown): unknown {
  if (!isCallable(member)) return member;
  const prototype: unknown = Reflect.get(member, 'prototype');
  if (!(prototype instanceof Resource)) return guardFunction(evaluation, member);
  guardOwn(evaluation, prototype);
  guardOwn(evaluation, member);
  return member;
}

type Callable = (this: unknown, ...args: readonly unknown[]) => unknown;

function isCallable(member: unknown): member is Callable {
  return typeof member === 'function';
}

function guardOwn(evaluation: WasiEvaluation, owner: object): void {
  for (const name of Object.getOwnPropertyNames(owner)) {
    const value: unknown = Object.getOwnPropertyDescriptor(owner, name)?.value;
    if (name === 'constructor' || name === 'prototype' || !isCallable(value)) continue;
    Object.defineProperty(owner, name, { value: guardFunction(evaluation, value) });
  }
}

function guardFunction(evaluation: WasiEvaluation, call: Callable): Callable {
  if (isAsync(call)) return guardAsync(evaluation, call);
  return function guarded(this: unknown, ...args) {
    evaluation.enter();
    return Reflect.apply(call, this, args);
  };
}

/** True for what was declared with `async`. */
function isAsync(call: Callable): boolean {
  return Reflect.get(call, Symbol.toStringTag) === 'AsyncFunction';
}

/** The glue loses a rejection that is no value of the function's own type: the guest is left where it is instead. */
function guardAsync(evaluation: WasiEvaluation, call: Callable): Callable {
  return async function guarded(this: unknown, ...args) {
    try {
      evaluation.enter();
      return await Reflect.apply(call, this, args);
    } catch (error) {
      if (error instanceof Failure) throw error;
      evaluation.abandon(error);
      return new Promise(() => {});
    }
  };
}
