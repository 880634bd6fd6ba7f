/// <reference path="./sojourn-object-types.d.ts" />
declare module 'sojourn:object/random@0.2.0' {
  /**
   * `len` bytes, 1 to 65536. Errors: `denied`, `limit`, `invalid` (len out of range).
   */
  export function bytes(len: number): Uint8Array;
  export type ErrorCode = import('sojourn:object/types@0.2.0').ErrorCode;
}
