/// <reference path="./sojourn-object-types.d.ts" />
declare module 'sojourn:object/memory@0.2.0' {
  /**
   * At most `limit` entries (1 to 256) from `start` on, those of one kind where `kind` is given.
   * Errors: `denied`, `limit`, `invalid` (limit out of range).
   */
  export function read(start: bigint, limit: number, kind: string | undefined): Page;
  export type ErrorCode = import('sojourn:object/types@0.2.0').ErrorCode;
  export type Json = import('sojourn:object/types@0.2.0').Json;
  export type Timestamp = import('sojourn:object/types@0.2.0').Timestamp;
  /**
   * One entry. Node and body are as `sojourn show --json` prints them.
   */
  export interface Entry {
    /**
     * Position in the object: the genesis is 0, the first entry is 1.
     */
    seq: bigint,
    time: Timestamp,
    /**
     * Id of the node that appended it: 32 hexadecimal digits.
     */
    node: string,
    cycle: bigint,
    /**
     * For example `call`, `result`, `proposal`, `outcome`.
     */
    kind: string,
    body: Json,
  }
  /**
   * Entries in order of `seq`.
   */
  export interface Page {
    entries: Array<Entry>,
    /**
     * Where to go on; absent at the end.
     */
    next?: bigint,
  }
}
