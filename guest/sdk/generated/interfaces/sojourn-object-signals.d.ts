/// <reference path="./sojourn-object-types.d.ts" />
declare module 'sojourn:object/signals@0.2.0' {
  /**
   * Signals with a `seq` above `after`, in order, those with this name where one is given, at most `limit` (1 to 256).
   * Errors: `denied`, `limit`, `invalid`.
   */
  export function read(name: string | undefined, after: bigint, limit: number): Array<Signal>;
  export type ErrorCode = import('sojourn:object/types@0.2.0').ErrorCode;
  export type Json = import('sojourn:object/types@0.2.0').Json;
  export type Timestamp = import('sojourn:object/types@0.2.0').Timestamp;
  export interface Signal {
    /**
     * Position of its entry.
     */
    seq: bigint,
    time: Timestamp,
    /**
     * Id of the node that delivered it.
     */
    node: string,
    name: string,
    payload: Json,
  }
}
