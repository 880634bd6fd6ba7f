/// <reference path="./sojourn-object-types.d.ts" />
declare module 'sojourn:object/clock@0.2.0' {
  /**
   * The time at which this cycle began. It stands still within the cycle, so that a replay sees the same.
   * Errors: `denied`.
   */
  export function now(): Timestamp;
  export type ErrorCode = import('sojourn:object/types@0.2.0').ErrorCode;
  export type Timestamp = import('sojourn:object/types@0.2.0').Timestamp;
}
