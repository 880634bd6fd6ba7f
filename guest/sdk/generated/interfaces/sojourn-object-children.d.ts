/// <reference path="./sojourn-object-types.d.ts" />
declare module 'sojourn:object/children@0.2.0' {
  /**
   * All children, in the order in which they were made.
   * Errors: `denied`, `limit`.
   */
  export function list(): Array<Child>;
  export type ErrorCode = import('sojourn:object/types@0.2.0').ErrorCode;
  export type Json = import('sojourn:object/types@0.2.0').Json;
  /**
   * # Variants
   *
   * ## `"running"`
   *
   * Nothing else is known of it.
   * ## `"returned"`
   *
   * Its end was shown.
   * ## `"cancelled"`
   *
   * It was given up, and has not ended since, or has ended for that.
   * ## `"missing"`
   *
   * It did not come back in time. What comes back late is `returned` all the same.
   */
  export type Status = 'running' | 'returned' | 'cancelled' | 'missing';
  export interface Child {
    /**
     * The handler's name for it.
     */
    name: string,
    /**
     * 64 hexadecimal digits.
     */
    id: string,
    status: Status,
    /**
     * Whether its intent was fulfilled; absent while its end is not known.
     */
    achieved?: boolean,
    /**
     * What it ended with; absent while its end is not known.
     */
    result?: Json,
    /**
     * Position of the entry that tells its status: `child`, `witness`, `cancel` or `aggregate`.
     */
    seq: bigint,
  }
}
