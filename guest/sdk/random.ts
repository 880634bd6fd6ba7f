/**
 * Random bytes from the seed that the cycle recorded: unpredictable beforehand, the same in a replay, readable by whoever can read
 * the object. Never a secret.
 */
import { bytes } from 'sojourn:object/random@0.2.0';
import { callCapability } from './capability-error.ts';

/** 1 to 65536 bytes. Throws a CapabilityError: `denied`, `limit`, `invalid`. */
export function randomBytes(length: number): Uint8Array {
  return callCapability('random.bytes', () => bytes(length));
}
