/**
 * What the pure layers ask of the world. A host hands these in; nothing below `sandbox/` reaches for them by itself.
 */
import type { ErrorCode } from './errors.ts';
import type { CycleLimits, Bound } from './limits.ts';
import type { Value, ValueMap } from './value.ts';

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. May go back; nothing depends on it going forth. */
  now(): number;
}

export interface Random {
  /** Unpredictable bytes. */
  bytes(length: number): Uint8Array;
}

/** SHA-256. `@noble/hashes` where nothing faster is handed in. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

/** Ed25519 (RFC 8032) with one key pair. */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** X25519 (RFC 7748) with one key pair: opens what is confidential to it (docs/confidential.md). */
export interface ReaderKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The shared secret with another's public key. Throws for one of low order. */
  agree(publicKey: Uint8Array): Uint8Array;
}

/** The key pair of a 32-byte X25519 secret key. `@noble/curves` where nothing faster is handed in. */
export type CreateReaderKey = (secretKey: Uint8Array) => ReaderKey;

/** True only where `signature` is `publicKey`'s over `message`. Never throws on malformed input. */
export type VerifySignature = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** The stored bytes of one object, opened for reading and appending by one holder at a time. */
export interface ObjectFile {
  /** Streams the stored bytes from `offset` on, in pieces of any size. */
  read(offset: number): AsyncIterable<Uint8Array>;
  /** Bytes stored so far. */
  readonly length: number;
  /**
   * Differs whenever the stored bytes may: who saw the same one before knows what is stored. Null where the store can't tell.
   */
  readonly version: string | null;
  /**
   * Adds bytes at the end. With `sync`, they and all before them are durable when it returns. A `note` takes the place of the one before,
   * with the bytes or not at all (`NodeStore`).
   */
  append(bytes: Uint8Array, sync: boolean, note?: Uint8Array): Promise<void>;
  /** Cuts a torn tail off. Only ever called with an offset at or behind the last seal. */
  truncate(length: number): Promise<void>;
  /**
   * Puts other bytes in the place of all that is stored: whole and durable when it returns, and not at all before. The handle keeps
   * the lock and goes on with the new bytes; who reads without the lock sees the old ones or the new ones.
   */
  replace(content: AsyncIterable<Uint8Array>): Promise<void>;
  close(): Promise<void>;
}

/** Where objects are kept. `name` is the store's own: for files, a path. */
export interface Store {
  /** Whole and durable when it returns, or not at all. Errors: `object.exists`, `store.full`, `store.failed`, and those of `content`. */
  create(name: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void>;
  /** Takes the lock. Errors: `store.busy` where another holder has it, `store.missing`. */
  open(name: string): Promise<ObjectFile>;
  /** Reads without the lock. */
  read(name: string, offset?: number): AsyncIterable<Uint8Array>;
}

/** An object of a node's store, without its bytes. */
export interface Listed {
  readonly name: string;
  readonly length: number;
  /** What was appended last as a note: a cache for whoever starts, never a ground for an evaluation. Null: read the object. */
  readonly note: Uint8Array | null;
  readonly mark: Mark | null;
}

/** `left`: handed over to another node, and kept for reading only (R29). */
export type Mark = 'left';

/** What a node keeps: objects by their ids (64 hexadecimal digits), and handlers by their digests (docs/stores.md). */
export interface NodeStore extends Store {
  /** With a `note`, as of `ObjectFile.append`. */
  create(name: string, content: Uint8Array | AsyncIterable<Uint8Array>, note?: Uint8Array): Promise<void>;
  /** All objects, in no order. What comes or goes meanwhile may be missed. */
  list(): AsyncIterable<Listed>;
  /** Null where it is not there. */
  find(name: string): Promise<Listed | null>;
  /** Durable when it returns. Errors: `store.missing`. */
  mark(name: string, mark: Mark | null): Promise<void>;
  /** Durable when it returns; what is there already is left alone. */
  putHandler(digest: string, component: Uint8Array): Promise<void>;
  handler(digest: string): Promise<Uint8Array | null>;
  handlers(): Promise<readonly { readonly digest: string; readonly bytes: number }[]>;
  /**
   * Objects that others changed in the same store, as it becomes known; ends with `signal`. Null where nobody else can have the store
   * open.
   */
  changes(signal: AbortSignal): AsyncIterable<Listed> | null;
  close(): Promise<void>;
}

/** A capability call as it left the guest: `operation` is for example `http.send`. Plain data. */
export interface GuestCall {
  readonly operation: string;
  readonly request: ValueMap;
}

/** The contract's `error-code`. */
export type GuestErrorCode =
  | 'denied'
  | 'limit'
  | 'invalid'
  | 'not-found'
  | 'schema'
  | 'timeout'
  | 'unavailable'
  | 'unknown';

export type GuestReply =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: GuestErrorCode };

/** A handler, and the limits that it would run under. */
export interface HandlerSource {
  /** SHA-256 of the component as its author built it (unmetered), in hexadecimal. */
  readonly handler: string;
  readonly component: () => Promise<Uint8Array>;
  readonly limits: CycleLimits;
}

/** One run of a handler in a sandbox that no other run has touched. */
export interface HandlerRun extends HandlerSource {
  /** The contract's situation record, with JSON fields as texts. */
  readonly situation: Situation;
  /** Answers the guest's calls, one at a time, in order. */
  readonly onCall: (call: GuestCall) => Promise<GuestReply>;
}

export type HandlerResult =
  | { readonly kind: 'proposal'; readonly proposal: ValueMap; readonly fuel: number }
  /** The handler's own typed error. */
  | { readonly kind: 'error'; readonly message: string; readonly stack: string; readonly fuel: number }
  /** A bound was hit. `host` is a bound of the engine that no limit of ours names. */
  | { readonly kind: 'bound'; readonly bound: Bound; readonly message: string; readonly fuel: number }
  /** A trap of the guest's own making: unreachable, out-of-bounds access, division by zero … */
  | { readonly kind: 'trap'; readonly message: string; readonly fuel: number }
  /** The component was refused at admission: code of a SojournError and its message. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

/** Runs handlers. Implemented by `sandbox/`; the kernel knows no more of it than this. Never rejects for the guest's sake. */
export interface HandlerRunner {
  /** Version of the fuel meter, as recorded in the object. */
  readonly meterVersion: number;
  run(request: HandlerRun): Promise<HandlerResult>;
  /** Null where the component may run, else why it is refused: code of a SojournError and its message. Runs nothing of it. */
  admit(source: HandlerSource): Promise<{ readonly code: ErrorCode; readonly message: string } | null>;
  close(): Promise<void>;
}

/** `situation` of wit/situation.wit in plain data: camelCase names, whole numbers as numbers, variants as `{ tag, val }`. */
export interface Situation {
  readonly intent: {
    readonly kind: string;
    readonly goal: string;
    readonly input: string;
    readonly constraints: string;
  };
  readonly context: {
    readonly id: string;
    readonly creator: string;
    readonly capabilities: readonly string[];
    readonly zones: readonly string[];
    readonly budgets: readonly { readonly name: string; readonly limit: number; readonly spent: number }[];
    readonly trust: number;
    readonly continuousOver: number;
    readonly parent: string | null;
  };
  readonly trigger:
    | { readonly tag: 'created' | 'continued' }
    | {
        readonly tag: 'woken';
        readonly val: {
          readonly dormancy: number;
          readonly signals: readonly number[];
          readonly witnesses: readonly number[];
        };
      };
  readonly last: {
    readonly seq: number;
    readonly class: string;
    readonly action: string | null;
    readonly reason: string | null;
    readonly value: string;
  } | null;
  readonly cycle: number;
  readonly now: number;
  readonly limits: {
    readonly fuel: number;
    readonly memoryPages: number;
    readonly calls: number;
    readonly bytes: number;
    readonly proposalBytes: number;
  };
  /**
   * Files that the object carries, where its scope lets the handler read any. No part of the contract's record: a guest of WASI finds
   * them in its file system.
   */
  readonly files?: readonly { readonly path: string; readonly size: number }[];
}
