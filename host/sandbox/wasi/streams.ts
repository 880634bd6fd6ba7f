/**
 * `wasi:io/streams` and `wasi:io/error` over sources and sinks in memory. Every call does a bounded amount of work, whatever length
 * it is given, and none waits.
 */
import { WASI_LIMITS } from '../../limits.ts';
import type { WasiEvaluation } from './evaluation.ts';
import type { Polling } from './poll.ts';
import { Failure, Resource, guard } from './resource.ts';
import type { Interface } from './resource.ts';

export interface Source {
  /** At most `max` bytes, at least one; null at the end. */
  read(max: number): Uint8Array | null;
}

export interface Sink {
  /** Takes all of it. Throws a Failure, or ends the evaluation, where it can't. */
  write(bytes: Uint8Array): void;
}

export interface Streams {
  readonly streams: Interface;
  readonly error: Interface;
  /** An `input-stream` that the guest gets a handle of. */
  input(source: Source): Resource;
  output(sink: Sink): Resource;
}

/** What `blocking-write-and-flush` takes at once, by the standard. */
const BLOCKING_BYTES = 4096;

export function createStreams(evaluation: WasiEvaluation, polling: Polling): Streams {
  const InputStream = createInputStreamClass(evaluation, polling);
  const OutputStream = createOutputStreamClass(evaluation, polling);
  return {
    streams: guard(evaluation, { InputStream, OutputStream }),
    error: guard(evaluation, { Error: createErrorClass(evaluation) }),
    input: (source) => new InputStream(source),
    output: (sink) => new OutputStream(sink),
  };
}

/** A source over bytes that are all there. */
export function sourceOf(bytes: Uint8Array): Source {
  let offset = 0;
  return {
    read(max) {
      if (offset >= bytes.length) return null;
      const piece = bytes.subarray(offset, offset + max);
      offset += piece.length;
      return piece;
    },
  };
}

/** A `stream-error`. No operation of ours fails later than it is called, so no error resource is ever made. */
export function closed(): Failure {
  return new Failure({ tag: 'closed' });
}

function createErrorClass(evaluation: WasiEvaluation) {
  return class IoError extends Resource {
    constructor() {
      super(evaluation);
    }

    toDebugString(): string {
      return '';
    }
  };
}

function createInputStreamClass(evaluation: WasiEvaluation, polling: Polling) {
  return class InputStream extends Resource {
    readonly #source: Source;

    constructor(source: Source) {
      super(evaluation);
      this.#source = source;
    }

    read(len: bigint): Uint8Array {
      return this.take(len);
    }

    blockingRead(len: bigint): Uint8Array {
      return this.take(len);
    }

    skip(len: bigint): bigint {
      return BigInt(this.take(len).length);
    }

    blockingSkip(len: bigint): bigint {
      return BigInt(this.take(len).length);
    }

    subscribe(): Resource {
      void this.#source;
      return polling.subscribeReady();
    }

    /** For `splice`, too. Throws `closed` at the end. */
    take(len: bigint): Uint8Array {
      const source = this.#source;
      const max = bounded(len);
      if (max === 0) return new Uint8Array();
      const piece = source.read(max);
      if (piece === null) throw closed();
      evaluation.move(piece.length);
      return piece;
    }
  };
}

function createOutputStreamClass(evaluation: WasiEvaluation, polling: Polling) {
  return class OutputStream extends Resource {
    readonly #sink: Sink;

    constructor(sink: Sink) {
      super(evaluation);
      this.#sink = sink;
    }

    checkWrite(): bigint {
      void this.#sink;
      return BigInt(WASI_LIMITS.pieceBytes);
    }

    write(contents: Uint8Array): void {
      this.#put(contents.length, WASI_LIMITS.pieceBytes, () => contents);
    }

    blockingWriteAndFlush(contents: Uint8Array): void {
      this.#put(contents.length, BLOCKING_BYTES, () => contents);
    }

    flush(): void {
      void this.#sink;
    }

    blockingFlush(): void {
      void this.#sink;
    }

    subscribe(): Resource {
      void this.#sink;
      return polling.subscribeReady();
    }

    writeZeroes(len: bigint): void {
      this.#put(len, WASI_LIMITS.pieceBytes, () => new Uint8Array(Number(len)));
    }

    blockingWriteZeroesAndFlush(len: bigint): void {
      this.#put(len, BLOCKING_BYTES, () => new Uint8Array(Number(len)));
    }

    splice(source: { take(len: bigint): Uint8Array }, len: bigint): bigint {
      const sink = this.#sink;
      const piece = source.take(len);
      sink.write(piece);
      return BigInt(piece.length);
    }

    blockingSplice(source: { take(len: bigint): Uint8Array }, len: bigint): bigint {
      return this.splice(source, len);
    }

    /** The standard lets a host trap a guest that writes more than it may. */
    #put(size: number | bigint, most: number, contents: () => Uint8Array): void {
      const sink = this.#sink;
      if (size > most)
        evaluation.end({
          kind: 'trap',
          message: `output-stream: expected at most ${most} bytes at once, found ${size}`,
        });
      evaluation.move(Number(size));
      sink.write(contents());
    }
  };
}

function bounded(len: bigint): number {
  return len > BigInt(WASI_LIMITS.pieceBytes) ? WASI_LIMITS.pieceBytes : Number(len);
}
