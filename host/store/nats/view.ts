/**
 * Reads an object out of the messages of its subject. What is small is fetched at once and kept; of what is large, only the places are
 * known, and the bytes are streamed.
 */
import { DeliverPolicy, JetStreamApiError, JsHeaders } from '@nats-io/jetstream';
import type { StoredMsg } from '@nats-io/jetstream';
import { SojournError } from '../../errors.ts';
import type { Channel } from './channel.ts';
import { Layout } from './layout.ts';
import { decodeRecord } from './record.ts';
import type { NatsRecord } from './record.ts';

interface Kept {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Bytes of messages that are kept for one object. */
const KEPT_BYTES = 1024 * 1024;
const BATCH_BYTES = 2 * 1024 * 1024;
const BATCH_MESSAGES = 512;

/** An object as of one message of its subject. */
export class View {
  readonly layout = new Layout();
  /** Sequences of messages that no byte counts of any more. */
  readonly dead: number[] = [];
  #first: number | null = null;
  #kept: Map<number, Kept> | null = new Map();
  #keptBytes = 0;

  add(seq: number, record: NatsRecord, size: number, bytes: Uint8Array | null): void {
    this.#first ??= seq;
    const dead = this.layout.add(seq, record, size);
    this.dead.push(...dead);
    for (const gone of dead) this.#forget(gone);
    this.#keptBytes += size;
    if (bytes === null || this.#keptBytes > KEPT_BYTES) this.#kept = null;
    else this.#kept?.set(seq, { at: record.at, bytes });
  }

  /** The message that the object begins with, where others stand before it that it was replaced by; else null. */
  get replaced(): number | null {
    const [run] = this.layout.runs;
    return run === undefined || this.#first === null || this.#first >= run.from ? null : run.from;
  }

  get isKept(): boolean {
    return this.#kept !== null;
  }

  #forget(seq: number): void {
    this.#keptBytes -= this.#kept?.get(seq)?.bytes.length ?? 0;
    this.#kept?.delete(seq);
  }

  /** Stored bytes from `offset` to `end`. Errors: `store.busy` where they were replaced meanwhile, and what is left is not enough. */
  async *read(channel: Channel, name: string, offset: number, end: number): AsyncGenerator<Uint8Array> {
    for (let at = offset; at < end;) {
      const place = this.layout.find(at);
      if (place === null) return;
      const stop = Math.min(place.run.end, end);
      for await (const message of this.#messages(channel, name, place.seq, place.run.to)) {
        if (message.at >= stop) break;
        const piece = message.bytes.subarray(Math.max(0, at - message.at), stop - message.at);
        if (message.at > at || piece.length === 0) continue;
        yield piece;
        at += piece.length;
      }
      if (at < stop)
        throw new SojournError('store.busy', `${name}: expected byte ${at}, found the object replaced; read it again`);
    }
  }

  async *#messages(channel: Channel, name: string, from: number, to: number): AsyncGenerator<Kept> {
    if (this.#kept !== null) {
      for (const [seq, kept] of this.#kept) if (seq >= from && seq <= to) yield kept;
      return;
    }
    for await (const { seq, header, data } of storedMessages(channel, name, from, to))
      yield { at: decodeRecord(header, `${name}: message ${seq}`).at, bytes: plain(data) };
  }
}

/** The object as of the message `upTo`. */
export async function loadView(channel: Channel, name: string, upTo: number): Promise<View> {
  const view = new View();
  for await (const { seq, header, data } of storedMessages(channel, name, 1, upTo)) {
    view.add(seq, decodeRecord(header, `${name}: message ${seq}`), data.length, plain(data));
    if (!view.isKept) return scanView(channel, name, upTo);
  }
  return view;
}

/** The places of a large one, from the headers alone. */
async function scanView(channel: Channel, name: string, upTo: number): Promise<View> {
  return channel.ask(name, 'read', async () => {
    const view = new View();
    const consumer = await channel.js.consumers.get(channel.stream, {
      filter_subjects: channel.subjectOf(name),
      deliver_policy: DeliverPolicy.All,
      headers_only: true,
    });
    const messages = await consumer.consume();
    try {
      for await (const { seq, headers, info } of messages) {
        if (seq > upTo) break;
        const size = Number(headers?.get(JsHeaders.MessageSizeHdr) ?? 0);
        view.add(seq, decodeRecord(headers, `${name}: message ${seq}`), size, null);
        if (info.pending === 0) break;
      }
      return view;
    } finally {
      await messages.close();
      await consumer.delete().catch(() => undefined); // else it goes away by itself
    }
  });
}

/** Messages of an object in order, both ends included. */
async function* storedMessages(channel: Channel, name: string, from: number, to: number): AsyncGenerator<StoredMsg> {
  for (let next = from; next <= to;) {
    const batch = await channel.ask(name, 'read', () => fetchBatch(channel, channel.subjectOf(name), next));
    for (const message of batch) if (message.seq <= to) yield message;
    const last = batch.at(-1);
    if (last === undefined || last.pending === 0) return;
    next = last.seq + 1;
  }
}

/** One answer of many messages; an error where the server falls silent in its middle. */
function fetchBatch(channel: Channel, subject: string, from: number): Promise<readonly StoredMsg[]> {
  return new Promise((resolve, reject) => {
    const batch: StoredMsg[] = [];
    const silence = new Error('no answer in time');
    silence.name = 'TimeoutError';
    const timer = setTimeout(() => reject(silence), channel.answerMs);
    channel.jsm.direct
      .getBatch(channel.stream, {
        seq: from,
        next_by_subj: subject,
        batch: BATCH_MESSAGES,
        max_bytes: BATCH_BYTES,
        callback(done, message) {
          timer.refresh();
          if (done === null) return void batch.push(message);
          clearTimeout(timer);
          if (done.err === undefined || isEmpty(done.err)) resolve(batch);
          else reject(done.err);
        },
      })
      .catch(reject);
  });
}

/** No Buffer, whose slices and texts differ from those of what the port promises. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

function isEmpty(error: Error): boolean {
  return 'code' in error && error.code === 404 && !(error instanceof JetStreamApiError);
}
