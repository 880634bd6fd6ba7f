/**
 * Where the bytes of an object stand among the messages of its subject, as these are met in order. What it keeps grows with the number of
 * cuts, not with that of messages.
 */
import { SojournError } from '../../errors.ts';
import type { NatsRecord } from './record.ts';

/** Messages next to each other whose bytes follow each other: `end - at` of their bytes count. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly end: number;
}

interface Met {
  readonly seq: number;
  readonly at: number;
}

/** Places that are kept of one run, to begin reading in its middle. */
const PLACES = 1024;
/** Writes at the end that are known one by one, to be taken away when they are cut. */
const RECENT = 64;

export class Layout {
  #runs: (Run & { readonly places: Places })[] = [];
  #write: { readonly messages: Met[]; end: number } | null = null;
  #gap = false;
  #recent: (readonly Met[])[] = [];
  #length: number | null = null;

  /** Bytes of the object; null before it is whole. */
  get length(): number | null {
    return this.#length;
  }

  get runs(): readonly Run[] {
    return this.#runs;
  }

  /** Takes in the next message. Gives the sequences of those that no byte counts of any more. Errors: `store.failed`. */
  add(seq: number, record: NatsRecord, size: number): readonly number[] {
    const left = record.piece === 0 ? this.#giveUp() : [];
    const write = (this.#write ??= { messages: [], end: record.at });
    if (write.messages.length !== record.piece || write.end !== record.at)
      throw new SojournError(
        'store.failed',
        `message ${seq}: expected piece ${write.messages.length} at byte ${write.end} of a write, found piece ${record.piece} at ${record.at}`,
      );
    write.messages.push({ seq, at: record.at });
    write.end += size;
    if (!record.last) return left;
    this.#write = null;
    return [...left, ...this.#commit(write.messages, write.end)];
  }

  /** Of the run that holds this byte: a message at or before it, and the run. Null at the end. */
  find(offset: number): { readonly seq: number; readonly at: number; readonly run: Run } | null {
    const run = this.#runs.find(({ at, end }) => offset >= at && offset < end);
    return run === undefined ? null : { ...run.places.before(offset), run };
  }

  /** A write that another follows before it was whole. */
  #giveUp(): readonly number[] {
    const left = this.#write?.messages ?? [];
    this.#write = null;
    if (left.length > 0) this.#gap = true;
    return left.map(({ seq }) => seq);
  }

  #commit(messages: readonly Met[], end: number): readonly number[] {
    const [first] = messages;
    if (first === undefined) return [];
    const dead = this.#cut(first.at);
    const run = this.#runs.at(-1);
    const to = messages.at(-1)?.seq ?? first.seq;
    if (run !== undefined && run.end === first.at && !this.#gap) {
      for (const met of messages) run.places.add(met);
      this.#runs[this.#runs.length - 1] = { ...run, to, end };
    } else {
      // without bytes it is part of no run, and what comes before it and behind it is not of one
      this.#gap = end === first.at;
      if (!this.#gap) this.#runs.push({ from: first.seq, to, at: first.at, end, places: new Places(messages) });
    }
    this.#recent = [...this.#recent, messages].slice(-RECENT);
    this.#length = end;
    return dead;
  }

  /** Only writes that are cut as a whole can be taken away: half of one would not be whole. */
  #cut(at: number): readonly number[] {
    if (this.#length === null || at >= this.#length) return [];
    this.#gap = true;
    const isCut = ([first]: readonly Met[]): boolean => first !== undefined && first.at >= at;
    const dead = this.#recent.filter(isCut).flatMap((write) => write.map(({ seq }) => seq));
    this.#recent = this.#recent.filter((write) => !isCut(write));
    this.#runs = this.#runs.filter((run) => run.at < at);
    const last = this.#runs.at(-1);
    if (last !== undefined && last.end > at) this.#runs[this.#runs.length - 1] = { ...last, end: at };
    return dead;
  }
}

/** Every n-th message of a run, n such that there are never too many. */
class Places {
  #kept: Met[] = [];
  #every = 1;
  #met = 0;

  constructor(messages: readonly Met[]) {
    for (const met of messages) this.add(met);
  }

  add(met: Met): void {
    if (this.#met++ % this.#every === 0) this.#kept.push(met);
    if (this.#kept.length <= PLACES) return;
    this.#every *= 2;
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
  }

  before(offset: number): Met {
    const found = this.#kept.findLast(({ at }) => at <= offset) ?? this.#kept[0];
    if (found === undefined) throw new SojournError('internal', 'expected a place in a run, found none');
    return found;
  }
}
