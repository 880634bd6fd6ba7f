/**
 * One request of `wasi:http` and its answer. It leaves as the capability `http.send` when the guest has handed it over and its body is
 * complete, and the guest goes on when the answer is there. So a guest sees its requests answered in the order in which they were made.
 */
import type { GuestErrorCode } from '../../ports.ts';
import type { Answer, WasiEvaluation } from './evaluation.ts';
import type { Field } from './http-fields.ts';
import { announcedLength, toSend, urlOf } from './http-request.ts';
import type { RequestParts, Variant } from './http-request.ts';
import { Failure } from './resource.ts';

export interface ResponseParts {
  readonly status: number;
  readonly headers: readonly Field[];
  readonly body: Uint8Array;
}

export type HttpAnswer =
  | { readonly ok: true; readonly response: ResponseParts }
  | { readonly ok: false; readonly error: Variant };

export interface Exchange {
  /** Null while there is none. */
  readonly answer: HttpAnswer | null;
  /** The guest has asked for the body. */
  openBody(): void;
  write(bytes: Uint8Array): void;
  /** Throws a Failure where the body is not as long as announced. */
  finishBody(): Promise<void>;
  abandonBody(): void;
  /** The guest has handed the request over, which may not be changed any longer. Throws a Failure where it can't be sent. */
  handOver(parts: RequestParts): Promise<void>;
}

/** `call` is the way to the host. */
export function createExchange(evaluation: WasiEvaluation, call: WasiEvaluation['call']): Exchange {
  const pieces: Uint8Array[] = [];
  let size = 0;
  let body: 'none' | 'open' | 'complete' = 'none';
  let handed: { readonly parts: RequestParts; readonly url: string } | null = null;
  let answer: HttpAnswer | null = null;

  const fail = (error: Variant) => {
    answer ??= { ok: false, error };
    return new Failure(error);
  };
  const checkLength = ({ headers }: RequestParts) => {
    const announced = announcedLength(headers);
    if (announced !== null && announced !== size) throw fail({ tag: 'HTTP-request-body-size', val: BigInt(size) });
  };
  const sendWhenComplete = async () => {
    if (handed === null || body === 'open' || answer !== null) return;
    const { parts, url } = handed;
    checkLength(parts);
    answer = toAnswer(await call('http.send', toSend(parts, url, body === 'none' ? null : Buffer.concat(pieces))));
  };
  return {
    get answer() {
      return answer;
    },
    openBody: () => void (body = 'open'),
    write(bytes) {
      const { callBytesOut } = evaluation.limits;
      size += bytes.length;
      if (size > callBytesOut)
        evaluation.pass('callBytesOut', `http.send: expected at most ${callBytesOut} bytes, found more`);
      pieces.push(bytes.slice());
    },
    async finishBody() {
      body = 'complete';
      await sendWhenComplete();
    },
    abandonBody: () => void fail({ tag: 'HTTP-protocol-error' }),
    async handOver(parts) {
      const url = urlOf(parts);
      if (url === null) throw fail({ tag: 'HTTP-request-URI-invalid' });
      handed = { parts, url };
      await sendWhenComplete();
    },
  };
}

/** What a denial or a failure is called in `wasi:http`. It says no more than the contract's code. */
const ERRORS: { readonly [code in GuestErrorCode]: Variant } = {
  'denied': { tag: 'HTTP-request-denied' },
  'limit': { tag: 'internal-error', val: 'limit' },
  'invalid': { tag: 'HTTP-protocol-error' },
  'not-found': { tag: 'destination-not-found' },
  'schema': { tag: 'internal-error', val: 'schema' },
  'timeout': { tag: 'HTTP-response-timeout' },
  'unavailable': { tag: 'destination-unavailable' },
  'unknown': { tag: 'internal-error', val: 'unknown' },
};

function toAnswer(answer: Answer): HttpAnswer {
  if (!answer.ok) return { ok: false, error: ERRORS[answer.error] };
  // the contract's reply function made it
  return { ok: true, response: answer.value as ResponseParts };
}
