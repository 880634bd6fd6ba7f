/**
 * The connection of one store to its servers, and the stream that the objects are in. Requests are made again while the server can't be
 * reached, up to a bound of time; what is made again must bear it.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { SojournError } from '../../errors.ts';
import { expectObjectName } from '../object-name.ts';
import { isTransient, toNatsError } from './nats-error.ts';
import { HEADER_BYTES } from './record.ts';
import { ensureStream } from './stream.ts';

export interface NatsOptions {
  /** `nats://host:port`; more than one for a cluster. */
  readonly servers: readonly string[];
  /** What streams and buckets are called after. Default: `sojourn`. */
  readonly prefix?: string;
  /** Copies that a cluster keeps, where the streams are made here. Default: 1. */
  readonly replicas?: number;
  /** After so long, what a dead node had open is free, where the bucket of leases is made here. Default: 5,000. */
  readonly leaseMs?: number;
  /** How long one request waits for its answer. Default: 2,000. */
  readonly answerMs?: number;
  /** How long a request is made again that gets no answer. Default: 10,000. */
  readonly patienceMs?: number;
  /** How long what an object was replaced by another form of itself is kept for those who are reading it. Default: 60,000. */
  readonly replacedMs?: number;
  /** Credentials, TLS and the like, as `@nats-io/transport-node` takes them. */
  readonly connection?: Omit<NodeConnectionOptions, 'servers'>;
}

export interface Channel {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly stream: string;
  readonly answerMs: number;
  /** Different for every store that is opened, on whatever machine. */
  readonly instance: string;
  /** Grows with every reconnection: the server may have been restarted, and lost what it had not synced. */
  readonly epoch: number;
  /** Bytes of an object that one message holds beside a note of this size. Errors: `usage` for one that leaves no room. */
  pieceBytes(note: Uint8Array | null): number;
  /** Errors: `usage` for a name that is no id. */
  subjectOf(name: string): string;
  nameOf(subject: string): string;
  nextToken(): string;
  /** Makes a request until it is answered. Errors: `store.failed`, `store.full`. */
  ask<T>(name: string, what: string, request: () => Promise<T>): Promise<T>;
  /** Waits a little before the next attempt; false where it has gone on too long. */
  pause(since: number): Promise<boolean>;
  /** Takes the messages of an object before `seq` away, when nobody is reading them any more. */
  purgeLater(name: string, seq: number): void;
  close(): Promise<void>;
}

const ANSWER_MS = 2000;
const RETRY_MS = 50;
/** A link that was cut without a word is given up after two of these. */
const PING_MS = 2000;
const PREFIX = 'sojourn';
const PIECE_BYTES = 512 * 1024;

/** Errors: `store.failed` where no server answers, or its stream is not as it has to be. */
export async function openChannel(options: NatsOptions): Promise<Channel> {
  const { servers, prefix = PREFIX, replicas = 1, answerMs = ANSWER_MS } = options;
  const where = servers.join(',');
  const connection = await connect({
    pingInterval: PING_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    noAsyncTraces: true,
    name: prefix,
    ...options.connection,
    servers: [...servers],
  }).catch((error: unknown) => {
    throw toNatsError(where, error, 'connect');
  });
  try {
    const jsm = await jetstreamManager(connection, { timeout: answerMs });
    await ensureStream(jsm, prefix, replicas);
    return createChannel(connection, jsm, options);
  } catch (error) {
    await connection.close();
    throw toNatsError(where, error, 'open');
  }
}

function createChannel(connection: NatsConnection, jsm: JetStreamManager, options: NatsOptions): Channel {
  const { prefix = PREFIX, answerMs = ANSWER_MS, patienceMs = 10_000, replacedMs = 60_000 } = options;
  const instance = randomBytes(12).toString('base64url');
  const subjects = `${prefix}.object.`;
  let [epoch, tokens, maxPayload] = [0, 0, connection.info?.max_payload ?? 0];
  void (async () => {
    for await (const { type } of connection.status()) {
      if (type !== 'reconnect') continue;
      epoch++;
      maxPayload = connection.info?.max_payload ?? maxPayload; // unknown while there is no connection
    }
  })();

  async function pause(since: number): Promise<boolean> {
    if (connection.isClosed() || performance.now() - since > patienceMs) return false;
    await delay(RETRY_MS);
    return true;
  }

  return {
    connection,
    js: jetstream(connection, { timeout: answerMs }),
    jsm,
    stream: prefix,
    answerMs,
    instance,
    get epoch() {
      return epoch;
    },
    pieceBytes(note) {
      const noteBytes = Math.ceil((note?.length ?? 0) / 3) * 4;
      const room = maxPayload - HEADER_BYTES - noteBytes;
      if (room < HEADER_BYTES)
        throw new SojournError('usage', `note: expected one that a message has room for, found ${note?.length} bytes`);
      return Math.min(room, PIECE_BYTES);
    },
    subjectOf: (name) => subjects + expectObjectName(name),
    nameOf: (subject) => subject.slice(subjects.length),
    nextToken: () => `${instance}.${tokens++}`,
    async ask(name, what, request) {
      const since = performance.now();
      for (;;) {
        try {
          return await request();
        } catch (error) {
          if (!isTransient(error) || !(await pause(since))) throw toNatsError(name, error, what);
        }
      }
    },
    pause,
    purgeLater(name, seq) {
      const what = { filter: subjects + name, seq };
      setTimeout(() => void jsm.streams.purge(prefix, what).catch(() => undefined), replacedMs).unref(); // else the next one does
    },
    close: () => connection.close(),
  };
}
