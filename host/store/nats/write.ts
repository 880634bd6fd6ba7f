/** Writes of any size: cut in pieces that fit into a message, and whole with the last of them or not at all. */
import type { Mark } from '../../ports.ts';
import type { Channel } from './channel.ts';
import { publishBehind } from './publish.ts';
import type { Head } from './publish.ts';
import type { NatsRecord } from './record.ts';

export interface Write {
  /** Where it goes: what the object holds behind this place is replaced. */
  readonly at: number;
  readonly content: AsyncIterable<Uint8Array>;
  readonly note: Uint8Array | null;
  readonly mark: Mark | null;
}

export interface Written {
  readonly head: Head;
  /** Sequence of its first message. */
  readonly first: number;
}

/** What the object is while a write is under way: what the newest message has to go on saying. */
export function wholePart(head: Head): Pick<NatsRecord, 'length' | 'note' | 'mark'> {
  return { length: head.record?.length ?? null, note: head.record?.note ?? null, mark: head.record?.mark ?? null };
}

/** Told of each message: `onMessage(head, bytes)`. Errors: those of `publishBehind` and of the content. */
export async function writeBehind(
  channel: Channel,
  name: string,
  before: Head,
  { at: start, content, note, mark }: Write,
  onMessage: (head: Head, bytes: Uint8Array) => void,
): Promise<Written> {
  const whole = wholePart(before);
  const room = Math.min(channel.pieceBytes(note), channel.pieceBytes(whole.note));
  let [head, at, piece, first] = [before, start, 0, 0];
  for await (const { bytes, last } of markLast(inPieces(content, room))) {
    const token = channel.nextToken();
    const counts = last ? { length: at + bytes.length, note, mark } : whole;
    head = await publishBehind(channel, name, head, { at, piece, last, token, ...counts }, bytes);
    if (piece === 0) first = head.seq;
    onMessage(head, bytes);
    at += bytes.length;
    piece++;
  }
  return { head, first };
}

/** Pieces of `size`, the last one shorter; one empty piece for no content. */
export async function* inPieces(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let waiting = new Uint8Array(0);
  let given = false;
  for await (const bytes of content) {
    // a copy: what is given may change behind our back before it is sent again
    waiting = waiting.length === 0 ? Uint8Array.from(bytes) : Uint8Array.from(Buffer.concat([waiting, bytes]));
    for (; waiting.length >= size; given = true) {
      yield waiting.subarray(0, size);
      waiting = waiting.subarray(size);
    }
  }
  if (waiting.length > 0 || !given) yield waiting;
}

async function* markLast(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly last: boolean }> {
  let held: Uint8Array | null = null;
  for await (const piece of pieces) {
    if (held !== null) yield { bytes: held, last: false };
    held = piece;
  }
  if (held !== null) yield { bytes: held, last: true };
}
