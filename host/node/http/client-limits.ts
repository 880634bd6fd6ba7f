/** Bounds on what a node may answer: to whoever asks it, it is untrusted (docs/threat-model.md). */
export interface ClientLimits {
  /** Milliseconds until an answer begins, beside those that were asked for. */
  readonly answerMs: number;
  /** Milliseconds without a byte in the middle of an answer. */
  readonly idleMs: number;
  /** The same for a stream of events, which is quiet between them. */
  readonly quietMs: number;
  /** Bytes of an object. */
  readonly objectBytes: number;
  /** Bytes of any JSON answer. */
  readonly jsonBytes: number;
  /** Bytes of the document that says what went wrong. */
  readonly problemBytes: number;
  /** Bytes of one event. */
  readonly eventBytes: number;
}

const MIB = 1_048_576;

export const DEFAULT_CLIENT_LIMITS: ClientLimits = {
  answerMs: 30_000,
  idleMs: 30_000,
  quietMs: 60_000,
  objectBytes: 1024 * MIB,
  jsonBytes: 64 * MIB,
  problemBytes: MIB / 16,
  eventBytes: MIB / 4,
};
