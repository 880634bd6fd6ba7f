/// <reference path="./sojourn-object-types.d.ts" />
declare module 'sojourn:object/log@0.2.0' {
  /**
   * Errors: `denied`, `limit` (too many lines, or one too long).
   */
  export function write(level: Level, message: string): void;
  export type ErrorCode = import('sojourn:object/types@0.2.0').ErrorCode;
  /**
   * # Variants
   *
   * ## `"debug"`
   *
   * ## `"info"`
   *
   * ## `"warn"`
   *
   * ## `"error"`
   */
  export type Level = 'debug' | 'info' | 'warn' | 'error';
}
