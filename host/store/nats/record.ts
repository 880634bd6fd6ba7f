/**
 * One message of an object's subject: bytes, and a header that says where in the object they go. All before that place stays, all behind
 * it is replaced, so that a stream that only grows can hold what is cut and what is replaced. The newest message alone says what there is.
 */
import { headers } from '@nats-io/transport-node';
import type { MsgHdrs } from '@nats-io/transport-node';
import { SojournError } from '../../errors.ts';
import type { Mark } from '../../ports.ts';

export interface NatsRecord {
  /** Offset in the object that its bytes begin at. */
  readonly at: number;
  /** Its place in a write of several messages, from 0. */
  readonly piece: number;
  /** Its write is whole with it. Before that, none of its pieces counts. */
  readonly last: boolean;
  /** Bytes of the object as far as it is whole; null for one that is not whole yet. */
  readonly length: number | null;
  /** Nobody writes it twice: `<store>.<number>`. */
  readonly token: string;
  readonly mark: Mark | null;
  readonly note: Uint8Array | null;
}

const VERSION = '1';
const RECORD = 'Sojourn';
const NOTE = 'Sojourn-Note';
const FORM = /^1 (\d{1,16}) (\d{1,16}) (last|more) (\d{1,16}|none) ([\w-]{8,64}\.\d{1,16})( left)?$/;

/** Bytes of a message that its headers may take beside the note: ours, and those that a publisher and a server add. */
export const HEADER_BYTES = 512;

export function encodeRecord(record: NatsRecord): MsgHdrs {
  const { at, piece, last, length, token, mark, note } = record;
  const words = [VERSION, at, piece, last ? 'last' : 'more', length ?? 'none', token];
  const made = headers();
  made.set(RECORD, (mark === null ? words : [...words, mark]).join(' '));
  if (note !== null) made.set(NOTE, Buffer.from(note).toString('base64'));
  return made;
}

/** Errors: `store.failed` for a message that this store did not write. `where` names it. */
export function decodeRecord(found: MsgHdrs | undefined, where: string): NatsRecord {
  const text = found?.get(RECORD) ?? '';
  const [whole, at, piece, last, length, token = '', left] = FORM.exec(text) ?? [];
  if (whole === undefined)
    throw new SojournError(
      'store.failed',
      `${where}: expected a message of an object, found ${text === '' ? 'one of another kind' : 'one of another version'}`,
    );
  const note = found?.get(NOTE) ?? '';
  return {
    at: Number(at),
    piece: Number(piece),
    last: last === 'last',
    length: length === 'none' ? null : Number(length),
    token,
    mark: left === undefined ? null : 'left',
    note: note === '' ? null : Uint8Array.from(Buffer.from(note, 'base64')),
  };
}
