/**
 * Appends to an object's subject, each expecting the message that was last: of two writers, one wins. An answer that is lost is no doubt
 * for long: the message carries a token by which it is known again.
 */
import type { StoredMsg } from '@nats-io/jetstream';
import type { Channel } from './channel.ts';
import { isOutrun, isTransient, outrun, toNatsError } from './nats-error.ts';
import { decodeRecord, encodeRecord } from './record.ts';
import type { NatsRecord } from './record.ts';

/** The message that a subject ends with; sequence 0 for none. */
export interface Head {
  readonly seq: number;
  readonly record: NatsRecord | null;
}

export const NO_HEAD: Head = { seq: 0, record: null };

/** `fresh` asks the stream's leader, and not a copy that may be behind. */
export async function readHead(channel: Channel, name: string, fresh = false): Promise<Head> {
  const query = { last_by_subj: channel.subjectOf(name) };
  const { jsm, stream } = channel;
  const found = await channel.ask(name, 'read', () =>
    fresh ? jsm.streams.getMessage(stream, query) : jsm.direct.getMessage(stream, query),
  );
  return found === null ? NO_HEAD : headOf(name, found);
}

function headOf(name: string, { seq, header }: StoredMsg): Head {
  return { seq, record: decodeRecord(header, `${name}: message ${seq}`) };
}

/**
 * Adds a message behind `head`, and gives the new head once the server has it. Errors: `store.busy` where another one was faster,
 * `store.full`, `store.failed` where it is not known whether the message is there.
 */
export async function publishBehind(
  channel: Channel,
  name: string,
  head: Head,
  record: NatsRecord,
  bytes: Uint8Array,
): Promise<Head> {
  const since = performance.now();
  for (;;) {
    try {
      const { seq } = await channel.js.publish(channel.subjectOf(name), bytes, {
        headers: encodeRecord(record),
        expect: { lastSubjectSequence: head.seq, streamName: channel.stream },
        timeout: channel.answerMs,
      });
      return { seq, record };
    } catch (error) {
      if (!isOutrun(error) && !isTransient(error)) throw toNatsError(name, error, 'append');
      const found = await readHead(channel, name, true);
      if (found.record?.token === record.token) return found;
      if (!isSame(found, head)) throw outrun(name, error);
      if (!(await channel.pause(since))) throw toNatsError(name, error, 'append');
    }
  }
}

/**
 * After a reconnection the server may be one that was restarted, and may have lost messages that it had not synced: the same sequence can
 * then be another message. Errors: `store.busy`.
 */
export async function expectSame(channel: Channel, name: string, head: Head): Promise<void> {
  if (!isSame(await readHead(channel, name, true), head)) throw outrun(name);
}

function isSame(a: Head, b: Head): boolean {
  return a.seq === b.seq && a.record?.token === b.record?.token;
}
