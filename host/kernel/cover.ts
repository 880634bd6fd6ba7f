/**
 * Which entries of a cycle are confidential, and to whom. Policy decides on a call and on an action; here it is followed through to
 * every entry that repeats what they carry: a result and advice as their call, a changed intent and the outcome as their action. How a
 * cycle failed may tell of anything in it: such entries are for those only who may read all that was confidential in it.
 */
import type { Entry, EntryBody } from '../object/model.ts';
import { commonReaders } from '../policy/readers.ts';
import { isMap } from '../value.ts';
import type { Value } from '../value.ts';
import type { Readers } from './ports.ts';

export interface Covers {
  /** Sets who may read the entries of the action, from here on. */
  setAction(readers: Readers | null): void;
  /** Who may read an entry; null: everybody. `own` is what policy says of a call of the guest's. */
  readersOf(entry: EntryBody, own: Readers | null | undefined): Readers | null;
  /** Remembers what an entry was stored with, for those that follow from it. */
  note(entry: Entry, readers: Readers | null): void;
}

export function createCovers(): Covers {
  const calls = new Map<number, Readers>();
  let action: Readers | null = null;
  let all: Readers | null = null;

  function narrow(readers: Readers | null): void {
    if (readers !== null) all = all === null ? readers : commonReaders([all, readers]);
  }

  function readersOf(entry: EntryBody, own: Readers | null | undefined): Readers | null {
    switch (entry.kind) {
      case 'call':
        return own === undefined ? action : own;
      case 'result':
        return calls.get(entry.body.call) ?? null;
      case 'proposal':
        return entry.body.source === 'handler' ? action : (calls.get(adviceCall(entry.body.body)) ?? null);
      case 'intent':
        return action;
      case 'outcome':
        return entry.body.action === null ? all : action;
      case 'failure':
      case 'negative':
        return all;
      default:
        return null;
    }
  }

  return {
    setAction(readers) {
      action = readers;
      narrow(readers);
    },
    readersOf,
    note({ kind, seq }, readers) {
      if (kind !== 'call' || readers === null) return;
      calls.set(seq, readers);
      narrow(readers);
    },
  };
}

/** The call that advice answers. */
function adviceCall(body: Value): number {
  const call = isMap(body) ? body['call'] : null;
  return typeof call === 'number' ? call : -1;
}
