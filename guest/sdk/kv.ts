/**
 * Keyed state that lives in the object's memory. Writes are seen by later reads of the same cycle, become part of the object when
 * the handler returns a proposal, and are dropped when it fails.
 */
import * as contract from 'sojourn:object/kv@0.2.0';
import { callCapability } from './capability-error.ts';
import { decodeJson, encodeJson } from './json.ts';

/** The value, or null where the key was never set. The caller says what type it expects; the memory schema checks writes. */
export function get<T>(key: string): T | null {
  const text = callCapability('kv.get', () => contract.get(key)) ?? null;
  return text === null ? null : decodeJson<T>(text);
}

/** Throws a CapabilityError: `denied`, `limit`, `invalid`, `schema`. */
export function set(key: string, value: unknown): void {
  const text = encodeJson(value, `kv value '${key}'`);
  callCapability('kv.set', () => contract.set(key, text));
}

/** Deleting what is not there is no error. */
function remove(key: string): void {
  callCapability('kv.delete', () => contract.delete(key));
}
export { remove as delete };

/** All keys that begin with `prefix`, in byte order, read page by page as far as the caller goes. */
export function* keys(prefix = '', pageSize = 256): Generator<string, void> {
  let after: string | undefined;
  for (;;) {
    const page = callCapability('kv.keys', () => contract.keys(prefix, after, pageSize));
    yield* page;
    after = page.at(-1);
    if (page.length < pageSize || after === undefined) return;
  }
}
