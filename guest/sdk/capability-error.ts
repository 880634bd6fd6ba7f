/**
 * A capability call that gave no answer. The code is all that a guest learns; the detail stays in the object's memory, for the
 * people who run the node.
 */

/** The contract's codes; wit/types.wit says what each means. */
export type ErrorCode = 'denied' | 'limit' | 'invalid' | 'not-found' | 'schema' | 'timeout' | 'unavailable' | 'unknown';

export class CapabilityError extends Error {
  readonly code: ErrorCode;
  /** For example `http.send`. */
  readonly operation: string;

  constructor(operation: string, code: ErrorCode) {
    super(`${operation}: ${code}`);
    this.name = 'CapabilityError';
    this.code = code;
    this.operation = operation;
  }
}

/** Runs one call of the contract. What it throws carries the code in `payload`, on either engine. */
export function callCapability<T>(operation: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const code = codeOf(error);
    if (code === null) throw error;
    throw new CapabilityError(operation, code);
  }
}

function codeOf(error: unknown): ErrorCode | null {
  if (typeof error !== 'object' || error === null || !('payload' in error)) return null;
  // The binding layer only ever throws the contract's enum here.
  return typeof error.payload === 'string' ? (error.payload as ErrorCode) : null;
}
