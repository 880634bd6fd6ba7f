/** What objects there are, and which of them others change: from the headers of messages, without their bytes. */
import { DeliverPolicy } from '@nats-io/jetstream';
import type { JsMsg, OrderedConsumerOptions } from '@nats-io/jetstream';
import type { Listed } from '../../ports.ts';
import type { Channel } from './channel.ts';
import type { Head } from './publish.ts';
import { decodeRecord } from './record.ts';

/** Null for one that is not whole. */
export function listed(name: string, { record }: Head): Listed | null {
  if (record === null || record.length === null) return null;
  return { name, length: record.length, note: record.note, mark: record.mark };
}

export async function* listAll(channel: Channel): AsyncGenerator<Listed> {
  const consumer = await channel.ask(channel.stream, 'list', () =>
    channel.js.consumers.get(channel.stream, options({ deliver_policy: DeliverPolicy.LastPerSubject })),
  );
  try {
    const { num_pending: count } = await consumer.info(true);
    if (count === 0) return;
    const messages = await consumer.consume();
    for await (const message of messages) {
      const one = listed(channel.nameOf(message.subject), headOf(channel, message));
      if (one !== null) yield one;
      if (message.info.pending === 0) return;
    }
  } finally {
    await consumer.delete().catch(() => undefined); // else it goes away by itself
  }
}

/** From the moment of the call on. What this store writes itself is left out. */
export function followChanges(channel: Channel, signal: AbortSignal): AsyncIterable<Listed> {
  const start = channel.ask(channel.stream, 'follow', async () => {
    const { state } = await channel.jsm.streams.info(channel.stream);
    return channel.js.consumers.get(
      channel.stream,
      options({ deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: state.last_seq + 1 }),
    );
  });
  start.catch(() => undefined); // told to whoever iterates
  return follow(channel, start, signal);
}

async function* follow(
  channel: Channel,
  start: ReturnType<Channel['js']['consumers']['get']>,
  signal: AbortSignal,
): AsyncGenerator<Listed> {
  const consumer = await start;
  const messages = await consumer.consume();
  const stop = (): void => void messages.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) return;
    for await (const message of messages) {
      const head = headOf(channel, message);
      const own = head.record?.token.startsWith(`${channel.instance}.`) === true;
      const one = own ? null : listed(channel.nameOf(message.subject), head);
      if (one !== null && head.record?.last === true) yield one;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await consumer.delete().catch(() => undefined);
  }
}

function options(start: Partial<OrderedConsumerOptions>): Partial<OrderedConsumerOptions> {
  return { ...start, headers_only: true };
}

function headOf(channel: Channel, { seq, subject, headers }: JsMsg): Head {
  return { seq, record: decodeRecord(headers, `${channel.nameOf(subject)}: message ${seq}`) };
}
