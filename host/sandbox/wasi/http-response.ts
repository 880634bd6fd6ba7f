/** Answers of `wasi:http`: complete when the guest sees them. Each part can be taken once, as the standard has it. */
import type { Exchange, ResponseParts } from './http-exchange.ts';
import type { FieldsClass, FieldsResource } from './http-fields.ts';
import type { WasiParts } from './parts.ts';
import { Failure, Resource } from './resource.ts';
import { sourceOf } from './streams.ts';
import type { Interface } from './resource.ts';

export interface ResponseClasses extends Interface {
  readonly FutureIncomingResponse: new (exchange: Exchange) => Resource;
}

export function createResponseClasses(
  { evaluation, polling, streams }: WasiParts,
  Fields: FieldsClass,
): ResponseClasses {
  class FutureTrailers extends Resource {
    #taken = false;

    constructor() {
      super(evaluation);
    }

    subscribe(): Resource {
      void this.#taken;
      return polling.subscribeReady();
    }

    get(): unknown {
      const again = this.#taken;
      this.#taken = true;
      return again ? { tag: 'err' } : { tag: 'ok', val: { tag: 'ok', val: undefined } };
    }
  }

  class IncomingBody extends Resource {
    readonly #bytes: Uint8Array;
    #taken = false;

    constructor(bytes: Uint8Array) {
      super(evaluation);
      this.#bytes = bytes;
    }

    stream(): Resource {
      if (this.#taken) throw new Failure();
      this.#taken = true;
      return streams.input(sourceOf(this.#bytes));
    }

    static finish(body: IncomingBody): FutureTrailers {
      void body.#bytes;
      body[Symbol.dispose]();
      return new FutureTrailers();
    }
  }

  class IncomingResponse extends Resource {
    readonly #parts: ResponseParts;
    #taken = false;

    constructor(parts: ResponseParts) {
      super(evaluation);
      this.#parts = parts;
    }

    status(): number {
      return this.#parts.status;
    }

    headers(): FieldsResource {
      return new Fields(this.#parts.headers, true);
    }

    consume(): IncomingBody {
      if (this.#taken) throw new Failure();
      const { body } = this.#parts;
      this.#taken = true;
      return new IncomingBody(body);
    }
  }

  class FutureIncomingResponse extends Resource {
    readonly #exchange: Exchange;
    #taken = false;

    constructor(exchange: Exchange) {
      super(evaluation);
      this.#exchange = exchange;
    }

    subscribe(): Resource {
      const exchange = this.#exchange;
      return polling.subscribe({ kind: 'condition', holds: () => exchange.answer !== null });
    }

    get(): unknown {
      const { answer } = this.#exchange;
      if (answer === null) return undefined;
      if (this.#taken) return { tag: 'err' };
      this.#taken = true;
      const result = answer.ok
        ? { tag: 'ok', val: new IncomingResponse(answer.response) }
        : { tag: 'err', val: answer.error };
      return { tag: 'ok', val: result };
    }
  }

  return { FutureTrailers, IncomingBody, IncomingResponse, FutureIncomingResponse };
}
