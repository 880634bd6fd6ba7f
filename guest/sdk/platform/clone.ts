/**
 * structuredClone for what handlers hold: plain objects, arrays, Date, Map, Set, RegExp, errors, buffers and their views, cycles
 * included. Functions, symbols and instances of other classes' private state cannot be cloned. `transfer` is not supported.
 */

/** Throws an Error named DataCloneError where the value holds a function or a symbol. */
export function cloneStructured<T>(value: T, options?: { readonly transfer?: readonly unknown[] }): T {
  if (options?.transfer !== undefined && options.transfer.length > 0) throw cloneError('transfer is not supported');
  // A clone has the type of what it was made from.
  return cloneValue(value, new Map()) as T;
}

function cloneValue(value: unknown, seen: Map<object, object>): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw cloneError(`found a ${typeof value}`);
  if (typeof value !== 'object' || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  const remember = <O extends object>(clone: O): O => {
    seen.set(value, clone);
    return clone;
  };
  if (Array.isArray(value)) return cloneMembers(value, remember(new Array<unknown>(value.length)), seen);
  if (value instanceof Date) return remember(new Date(value.getTime()));
  if (value instanceof RegExp) return remember(new RegExp(value.source, value.flags));
  if (value instanceof ArrayBuffer) return remember(value.slice(0));
  if (ArrayBuffer.isView(value)) return remember(cloneView(value, seen));
  if (value instanceof Map) return cloneMap(value, remember(new Map()), seen);
  if (value instanceof Set) return cloneSet(value, remember(new Set()), seen);
  if (value instanceof Error) return cloneErrorValue(value, remember, seen);
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof Promise) {
    throw cloneError(`found a ${value.constructor.name}`);
  }
  return cloneMembers(value, remember({}), seen);
}

function cloneMembers(from: object, to: object, seen: Map<object, object>): object {
  for (const [key, member] of Object.entries(from)) {
    Object.defineProperty(to, key, {
      value: cloneValue(member, seen),
      writable: true,
      configurable: true,
      enumerable: true,
    });
  }
  return to;
}

function cloneMap(from: Map<unknown, unknown>, to: Map<unknown, unknown>, seen: Map<object, object>): object {
  for (const [key, member] of from) to.set(cloneValue(key, seen), cloneValue(member, seen));
  return to;
}

function cloneSet(from: Set<unknown>, to: Set<unknown>, seen: Map<object, object>): object {
  for (const member of from) to.add(cloneValue(member, seen));
  return to;
}

type ViewConstructor = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView;

function cloneView(view: ArrayBufferView, seen: Map<object, object>): ArrayBufferView {
  // The buffer of a view is an ArrayBuffer: guests have no shared memory.
  const buffer = cloneValue(view.buffer, seen) as ArrayBuffer;
  const length = view instanceof DataView ? view.byteLength : (view as Uint8Array).length;
  return new (view.constructor as ViewConstructor)(buffer, view.byteOffset, length);
}

function cloneErrorValue(error: Error, remember: <O extends object>(clone: O) => O, seen: Map<object, object>): Error {
  const clone = remember(new Error(error.message));
  Object.defineProperty(clone, 'name', { value: error.name, writable: true, configurable: true });
  if (error.stack !== undefined)
    Object.defineProperty(clone, 'stack', { value: error.stack, writable: true, configurable: true });
  if (error.cause !== undefined) clone.cause = cloneValue(error.cause, seen);
  return clone;
}

function cloneError(found: string): Error {
  const error = new Error(`structuredClone: expected a value that can be cloned, ${found}`);
  error.name = 'DataCloneError';
  return error;
}
