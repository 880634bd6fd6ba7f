/**
 * Idempotency keys. A key follows from the object, the seal that the cycle stands on, the position of the call and what it
 * asks: the same cycle evaluated twice (after a crash, or by two nodes at once) uses the same keys, another cycle never does.
 */
import { encode } from '../object/codec.ts';
import { hex } from '../json.ts';
import type { State } from '../object/state.ts';
import type { Hash } from '../ports.ts';
import type { ValueMap } from '../value.ts';

/** 32 hexadecimal digits. */
export function idempotencyKey(hash: Hash, state: State, index: number, operation: string, request: ValueMap): string {
  const stand = state.sealed?.hash ?? state.id;
  return hex(hash(encode(['sojourn/key', state.id, stand, index, operation, hash(encode(request))])).subarray(0, 16));
}
