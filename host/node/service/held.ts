/**
 * One object for the length of one turn: its session, opened when it is first needed, and what came of the turn.
 */
import type { State } from '../../object/state.ts';
import type { Session } from '../session.ts';

export class Held {
  readonly slot: number;
  /** Of the last seal, when the turn began. */
  readonly seq: number;
  readonly #open: () => Promise<Session>;
  #session: Session | null = null;
  /** Aborts the run that is under way, behind its next seal. */
  #interruption = new AbortController();
  /** Where a run of this turn left it; null where there was none. */
  ranTo: State | null = null;
  /** What the store said that kept the node from doing what was due. */
  failure: Error | null = null;

  constructor(slot: number, seq: number, open: () => Promise<Session>) {
    this.slot = slot;
    this.seq = seq;
    this.#open = open;
  }

  /** Errors: those of `openSession`. */
  async session(): Promise<Session> {
    this.#session ??= await this.#open();
    return this.#session;
  }

  /** Lets the run that is under way pause behind its next seal. */
  interrupt(): void {
    this.#interruption.abort();
  }

  /** Aborted by the next interruption. */
  get interruption(): AbortSignal {
    if (this.#interruption.signal.aborted) this.#interruption = new AbortController();
    return this.#interruption.signal;
  }

  /** The next use opens it anew; what is known of it then is kept only where nothing went wrong. */
  async close(keep: boolean): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close(keep).catch(() => undefined); // what could not be closed holds nothing that was promised
  }
}
