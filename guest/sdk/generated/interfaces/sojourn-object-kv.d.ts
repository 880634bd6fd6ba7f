/// <reference path="./sojourn-object-types.d.ts" />
declare module 'sojourn:object/kv@0.2.0' {
  /**
   * The value, or none where the key was never set or was deleted. Keys have 1 to 256 bytes.
   * Errors: `denied`, `invalid`.
   */
  export function get(key: string): Json | undefined;
  /**
   * Errors: `denied`, `limit`, `invalid` (key, or not JSON), `schema`.
   */
  export function set(key: string, value: Json): void;
  /**
   * Deleting what is not there is no error. Errors: `denied`, `invalid`, `schema` (the key is required).
   */
  export { _delete as delete };
  function _delete(key: string): void;
  /**
   * Keys that begin with `prefix`, in byte order, at most `limit` (1 to 1024), those after `after` where given.
   * Errors: `denied`, `invalid`.
   */
  export function keys(prefix: string, after: string | undefined, limit: number): Array<string>;
  export type ErrorCode = import('sojourn:object/types@0.2.0').ErrorCode;
  export type Json = import('sojourn:object/types@0.2.0').Json;
}
