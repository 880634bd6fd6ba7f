/// <reference path="./sojourn-object-types.d.ts" />
declare module 'sojourn:object/tools@0.2.0' {
  /**
   * Calls the tool `name` with `input`. Policy decides on each call.
   * Errors: `denied`, `limit`, `invalid` (input is not JSON, or not what the tool takes), `not-found`, `timeout`,
   * `unavailable`, `unknown`.
   */
  export function call(name: string, input: Json): Json;
  export type ErrorCode = import('sojourn:object/types@0.2.0').ErrorCode;
  export type Json = import('sojourn:object/types@0.2.0').Json;
}
