/** Errors of NATS as the closed codes of the host; what the server said stays in the details. */
import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { SojournError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';

/** Insufficient resources, storage resources exceeded, a message that could not be stored (bounds of the stream, disk). */
const FULL: ReadonlySet<number> = new Set([10_023, 10_047, 10_077, 10_122]);

/** JetStream isn't up yet, or has no leader. */
const NOT_NOW: ReadonlySet<number> = new Set([10_008, 10_009, 10_039, 10_118]);

const TRANSIENT: ReadonlySet<string> = new Set([
  'TimeoutError',
  'NoRespondersError',
  'RequestError',
  'ConnectionError',
  'JetStreamNotEnabled',
]);

/** True where the same request may well go through a little later. Whether this one did is then not known. */
export function isTransient(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return NOT_NOW.has(error.code);
  return error instanceof Error && TRANSIENT.has(error.name);
}

/** True where the subject's last message was not the expected one. */
export function isOutrun(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  const { StreamWrongLastSequence, StreamWrongLastSequenceUnknown } = JetStreamApiCodes;
  return error.code === StreamWrongLastSequence || error.code === StreamWrongLastSequenceUnknown;
}

/** A SojournError as it is, any other error as one. `what` is what was done to `name`. */
export function toNatsError(name: string, error: unknown, what: string): SojournError {
  if (error instanceof SojournError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const number = error instanceof JetStreamApiError ? error.code : null;
  const code: ErrorCode = number !== null && FULL.has(number) ? 'store.full' : 'store.failed';
  const expected = code === 'store.full' ? 'room for the bytes; make room and try again' : 'an answer of the server';
  return new SojournError(code, `${name}: ${what}: expected ${expected}, found ${said}`, {
    details: { object: name, nats: said, number },
    cause: error,
  });
}

export function outrun(name: string, cause?: unknown): SojournError {
  return new SojournError(
    'store.busy',
    `${name}: expected no other holder, found what another one wrote; open it again`,
    {
      cause,
    },
  );
}
