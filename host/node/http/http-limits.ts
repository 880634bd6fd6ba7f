/**
 * Every bound of the HTTP side in one place: what it counts, what attack it bounds. The listener's own (connections, headers, slow
 * senders) are among them; what an object or a cycle may be is in host/limits.ts.
 */
import { DEFAULT_LIMITS } from '../../limits.ts';

export interface HttpLimits {
  /** Bytes of a handler that is put. */
  readonly handlerBytes: number;
  /** Bytes of the JSON that an object is made of, carried files included. Bounds memory: it is parsed whole. */
  readonly draftBytes: number;
  /** Bytes of the JSON of a signal: its payload is held against `object.signalBytes` in the stored form. */
  readonly signalBytes: number;
  /** Bytes of an object that is evaluated without being kept. Bounds memory: it is held whole. */
  readonly evaluateBytes: number;
  /** Bytes of an object that comes in to stay. Read as a stream. */
  readonly importBytes: number;
  /** Bytes of all bodies that are in memory at once, those of 64 KiB and less excepted. Bounds memory. */
  readonly bodiesBytes: number;
  /** Milliseconds in which a small body must have come in. Bounds slow senders. */
  readonly bodyMs: number;
  /** Milliseconds in which a whole request must have come in, however large. */
  readonly requestMs: number;
  /** Milliseconds in which the headers must have come in. */
  readonly headersMs: number;
  /** Bytes of request line and headers. */
  readonly headerBytes: number;
  /** Milliseconds that a connection may stand idle between two requests. */
  readonly idleMs: number;
  /** Connections open at once. Bounds memory and file descriptors; those beyond are dropped. */
  readonly connections: number;
  /** Milliseconds that a request may ask to wait for something to happen. */
  readonly waitMs: number;
  /** Requests that wait at once for something to happen. */
  readonly waits: number;
  /** Streams of events that are open at once. */
  readonly streams: number;
  /** Milliseconds after which an idle stream gets a comment, so that both sides see whether the other is there. */
  readonly heartbeatMs: number;
  /** Milliseconds in which whoever reads a stream must take what there is: then it is closed, to be resumed. Bounds what slow readers hold. */
  readonly stallMs: number;
  /** Requests a second of one token, unless its line says otherwise, and of all without a good one. Bounds floods. */
  readonly perSecond: number;
  readonly failuresPerSecond: number;
}

const MIB = 1_048_576;

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  handlerBytes: DEFAULT_LIMITS.component.componentBytes,
  draftBytes: 16 * MIB,
  signalBytes: MIB / 4,
  evaluateBytes: 64 * MIB,
  importBytes: 64 * MIB,
  bodiesBytes: 512 * MIB,
  bodyMs: 30_000,
  requestMs: 300_000,
  headersMs: 10_000,
  headerBytes: 16_384,
  idleMs: 65_000,
  connections: 16_384,
  waitMs: 60_000,
  waits: 4_096,
  streams: 256,
  heartbeatMs: 15_000,
  stallMs: 30_000,
  perSecond: 20_000,
  failuresPerSecond: 50,
};
