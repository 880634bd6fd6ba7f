/**
 * `wasi:http/types` and `outgoing-handler` for requests that leave. The types of requests that come in are here by name alone: a
 * handler serves none.
 */
import type { WasiEvaluation } from './evaluation.ts';
import { createExchange } from './http-exchange.ts';
import type { Exchange } from './http-exchange.ts';
import { createFieldsClass } from './http-fields.ts';
import type { FieldsClass, FieldsResource } from './http-fields.ts';
import { isAuthority, isPathWithQuery, methodName } from './http-request.ts';
import type { WasiParts } from './parts.ts';
import type { RequestParts, Variant } from './http-request.ts';
import { createResponseClasses } from './http-response.ts';
import { Failure, Resource, guard } from './resource.ts';
import type { Interface } from './resource.ts';

export function createHttp(parts: WasiParts): { readonly [name: string]: Interface } {
  const { evaluation } = parts;
  const Fields = createFieldsClass(evaluation);
  const requests = createRequestClasses(parts, Fields);
  const { FutureIncomingResponse, ...responses } = createResponseClasses(parts, Fields);
  return {
    'http/types': guard(evaluation, {
      Fields,
      ...requests,
      ...responses,
      FutureIncomingResponse,
      ...createServerClasses(evaluation),
      RequestOptions: createOptionsClass(evaluation),
      httpErrorCode: () => undefined,
    }),
    'http/outgoing-handler': guard(evaluation, {
      async handle(request: InstanceType<typeof requests.OutgoingRequest>) {
        const exchange = await request.handOver();
        return new FutureIncomingResponse(exchange);
      },
    }),
  };
}

function createRequestClasses(parts: WasiParts, Fields: FieldsClass) {
  const { evaluation, call, streams } = parts;

  class OutgoingBody extends Resource {
    readonly #exchange: Exchange;
    #written = false;
    #finished = false;

    constructor(exchange: Exchange) {
      super(evaluation);
      this.#exchange = exchange;
    }

    write(): Resource {
      if (this.#written) throw new Failure();
      const exchange = this.#exchange;
      this.#written = true;
      return streams.output({ write: (bytes) => exchange.write(bytes) });
    }

    static async finish(body: OutgoingBody, trailers: FieldsResource | undefined): Promise<void> {
      body.#finished = true;
      body[Symbol.dispose]();
      trailers?.[Symbol.dispose]();
      if (trailers !== undefined && trailers.list.length > 0) {
        body.#exchange.abandonBody();
        throw new Failure({ tag: 'HTTP-request-trailer-section-size', val: 0 });
      }
      await body.#exchange.finishBody();
    }

    override [Symbol.dispose](): void {
      super[Symbol.dispose]();
      if (!this.#finished) this.#exchange.abandonBody();
    }
  }

  class OutgoingRequest extends Resource {
    readonly #exchange = createExchange(evaluation, call);
    #parts: RequestParts;
    #bodyTaken = false;

    constructor(headers: FieldsResource) {
      super(evaluation);
      headers[Symbol.dispose]();
      this.#parts = {
        method: { tag: 'get' },
        scheme: null,
        authority: null,
        pathWithQuery: null,
        headers: headers.list,
      };
    }

    body(): OutgoingBody {
      if (this.#bodyTaken) throw new Failure();
      this.#bodyTaken = true;
      this.#exchange.openBody();
      return new OutgoingBody(this.#exchange);
    }

    method(): Variant {
      return this.#parts.method;
    }

    setMethod(method: Variant): void {
      if (methodName(method) === null) throw new Failure();
      this.#parts = { ...this.#parts, method };
    }

    pathWithQuery(): string | undefined {
      return this.#parts.pathWithQuery ?? undefined;
    }

    setPathWithQuery(text: string | undefined): void {
      if (text !== undefined && !isPathWithQuery(text)) throw new Failure();
      this.#parts = { ...this.#parts, pathWithQuery: text ?? null };
    }

    scheme(): Variant | undefined {
      return this.#parts.scheme ?? undefined;
    }

    setScheme(scheme: Variant | undefined): void {
      this.#parts = { ...this.#parts, scheme: scheme ?? null };
    }

    authority(): string | undefined {
      return this.#parts.authority ?? undefined;
    }

    setAuthority(text: string | undefined): void {
      if (text !== undefined && !isAuthority(text)) throw new Failure();
      this.#parts = { ...this.#parts, authority: text ?? null };
    }

    headers(): FieldsResource {
      return new Fields(this.#parts.headers, true);
    }

    /** The guest gives it away. */
    async handOver(): Promise<Exchange> {
      const exchange = this.#exchange;
      this[Symbol.dispose]();
      await exchange.handOver(this.#parts);
      return exchange;
    }
  }

  return { OutgoingBody, OutgoingRequest };
}

/** The host's own deadline holds for every call; a guest can't set another, which the standard lets a host say. */
function createOptionsClass(evaluation: WasiEvaluation) {
  const refuse = () => {
    throw new Failure();
  };
  return class RequestOptions extends Resource {
    constructor() {
      super(evaluation);
    }

    connectTimeout(): undefined {}

    firstByteTimeout(): undefined {}

    betweenBytesTimeout(): undefined {}

    setConnectTimeout(): void {
      refuse();
    }

    setFirstByteTimeout(): void {
      refuse();
    }

    setBetweenBytesTimeout(): void {
      refuse();
    }
  };
}

/** Requests that come in, and answers that go out: a handler has none, so nobody can hold a handle of these. */
function createServerClasses(evaluation: WasiEvaluation): Interface {
  return {
    IncomingRequest: class IncomingRequest extends Resource {},
    ResponseOutparam: class ResponseOutparam extends Resource {},
    OutgoingResponse: class OutgoingResponse extends Resource {
      constructor() {
        super(evaluation);
        evaluation.end({ kind: 'trap', message: 'outgoing-response: expected a handler that answers no requests' });
      }
    },
  };
}
