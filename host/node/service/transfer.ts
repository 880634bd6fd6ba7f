/**
 * Objects that leave and arrive as bytes. One that leaves is sealed and marked before its first byte is out, so that nobody goes on with
 * two copies; one that arrives is verified whole, and takes the place of ours only where it holds all of ours (R29).
 */
import { SojournError } from '../../errors.ts';
import { hex } from '../../json.ts';
import type { Limits } from '../../limits.ts';
import { encodeReceipt } from '../../object/seal.ts';
import { splitTail } from '../merged-tail.ts';
import type { NodeStore } from '../../ports.ts';
import { judgeArrival } from '../arrival.ts';
import { expectAccepted } from '../carried.ts';
import type { HostPorts } from '../host-ports.ts';
import { expectSound, loadObject } from '../load.ts';
import type { Session } from '../session.ts';
import type { Held } from './held.ts';
import type { Admitted, HandedOver } from './node.ts';
import { encodeNote } from './note.ts';
import type { Note } from './note.ts';
import type { Notes } from './notes.ts';
import { whole } from './whole.ts';

export interface TransferInputs {
  readonly store: NodeStore;
  readonly ports: HostPorts;
  readonly limits: Limits;
  /** Nodes whose checkpoints are accepted. */
  readonly accept: readonly string[];
  readonly notes: Notes;
  /** Ends what a crash left open. */
  readonly finished: (held: Held) => Promise<Session>;
}

export interface Arrival {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly note: Note;
}

export interface Transfer {
  /** In its turn. Durable when it returns; the bytes can be read again and again. */
  leave(held: Held): Promise<HandedOver>;
  /** Verifies it whole. Errors: `object.*`. */
  receive(bytes: Uint8Array | AsyncIterable<Uint8Array>, most: number): Promise<Arrival>;
  /** One that is not here. Errors: `object.exists` where it came meanwhile. */
  take(arrival: Arrival): Promise<Admitted>;
  /** One that is here, in its turn; `reading`: what had left stays so. Errors: `object.behind`, `object.forked`, `object.unproven`. */
  merge(arrival: Arrival, reading: boolean): Promise<Admitted>;
}

/** What the copy that arrived is called where both are read. */
const ARRIVED = 'the copy that arrived';

export function createTransfer({ store, ports, limits, accept, notes, finished }: TransferInputs): Transfer {
  async function sealed(held: Held): Promise<Session> {
    const session = await finished(held);
    if (session.tail.length > 0)
      throw new SojournError(
        'store.busy',
        `${session.name}: expected its open cycle to end first, found it refused here`,
      );
    const { state, policy } = session;
    if (state.unsealed > 0) await session.seal(state, { cycle: state.cycle, policy });
    return session;
  }

  async function replace({ id, bytes, note }: Arrival): Promise<void> {
    const file = await store.open(id);
    try {
      await file.replace(whole(bytes));
      await file.append(new Uint8Array(0), true, encodeNote(note));
    } finally {
      await file.close();
    }
  }

  return {
    async leave(held) {
      const session = await sealed(held);
      const { name, length } = session;
      const receipt = await lastReceipt(session);
      // while it is held: nobody else goes on with it in between
      await store.mark(name, 'left');
      await held.close(true);
      return { id: name, bytes: store.read(name), length, receipt };
    },
    async receive(source, most) {
      const bytes = await gather(source, most);
      const loaded = expectSound(await loadObject(whole(bytes), { ports, limits }), ARRIVED);
      const id = hex(loaded.state.id);
      expectAccepted(loaded.chain.carried, loaded.sealed.genesis, id, ports, accept);
      const { state, rest } = splitTail(loaded.sealed, loaded.tail, new Uint8Array(0));
      const end = rest.length === 0 ? bytes.length : 0; // nothing is known of where an open cycle began: to be looked at
      return { id, bytes, note: notes.of(state, end) };
    },
    async take(arrival) {
      await store.create(arrival.id, arrival.bytes, encodeNote(arrival.note));
      return { id: arrival.id, state: 'new' };
    },
    async merge(arrival, reading) {
      const { id } = arrival;
      const both = { ...store, read: (name: string) => (name === ARRIVED ? whole(arrival.bytes) : store.read(name)) };
      const judged = await judgeArrival(id, ARRIVED, { ...ports, store: both }, limits);
      if (judged === 'goes-on') await replace(arrival);
      const back = !reading && (await store.find(id))?.mark === 'left';
      if (back) await store.mark(id, null);
      return { id, state: back ? 'back' : judged === 'goes-on' ? 'extended' : 'same' };
    },
  };
}

async function lastReceipt(session: Session): Promise<Uint8Array> {
  const { seq } = session.state;
  for await (const entry of session.entries(seq, seq)) if (entry.kind === 'seal') return encodeReceipt(entry.body);
  throw new SojournError('internal', `${session.name}: expected a seal at entry ${seq}`);
}

async function gather(source: Uint8Array | AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source instanceof Uint8Array ? whole(source) : source) {
    length += piece.length;
    if (length > most)
      throw new SojournError('object.limit', `${ARRIVED}: expected at most ${most} bytes, found more: move it by file`);
    pieces.push(piece);
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : new Uint8Array(Buffer.concat(pieces));
}
