declare module 'sojourn:object/types@0.2.0' {
  /**
   * A JSON text (RFC 8259) in UTF-8, at most as long as the limit of the field that it stands in.
   * A number that is a whole number must lie within ±(2^53 - 1).
   */
  export type Json = string;
  /**
   * Milliseconds since 1970-01-01T00:00:00Z.
   */
  export type Timestamp = bigint;
  /**
   * Why a capability call gave no answer. A code and nothing else: the detail stays in the object's memory, for the
   * people who run the node.
   * # Variants
   *
   * ## `"denied"`
   *
   * Policy, or the object's own scope, does not allow it now.
   * ## `"limit"`
   *
   * A limit of the cycle or of the object would be passed.
   * ## `"invalid"`
   *
   * The arguments break the rules written at the function.
   * ## `"not-found"`
   *
   * The thing named does not exist.
   * ## `"schema"`
   *
   * The value breaks the memory schema of the object, or an answer the schema that was asked for.
   * ## `"timeout"`
   *
   * No answer within the time allowed. Whether the effect took place is not known.
   * ## `"unavailable"`
   *
   * The target could not be reached, or answered in a way that cannot be used.
   * ## `"unknown"`
   *
   * The host stopped while the call was under way, and the call may not be repeated.
   */
  export type ErrorCode = 'denied' | 'limit' | 'invalid' | 'not-found' | 'schema' | 'timeout' | 'unavailable' | 'unknown';
}
