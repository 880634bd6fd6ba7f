/**
 * Changes of one opened object, one after the other in the order of the calls. A change that fails leaves the handle refusing all that
 * follow: what its caller believes to be stored is no longer what is.
 */
import { SojournError } from '../errors.ts';

export interface Turns {
  /** Errors: `store.failed` behind a change that failed, and behind `end`; else those of `step`. */
  take<T>(what: string, step: () => Promise<T> | T): Promise<T>;
  /** Lets nothing more in, and resolves when all before has ended; `ended` where it had been called before. */
  end(): Promise<'sound' | 'failed' | 'ended'>;
}

export function createTurns(name: string): Turns {
  let refusal: string | null = null;
  let ended = false;
  let before: Promise<unknown> = Promise.resolve();

  const refused = (what: string, why: string): SojournError =>
    new SojournError('store.failed', `${name}: ${what}: expected an open, sound handle, found ${why}`);

  async function change<T>(what: string, step: () => Promise<T> | T): Promise<T> {
    if (refusal !== null) throw refused(what, refusal);
    try {
      return await step();
    } catch (error) {
      refusal = `one whose ${what} failed; open the object again`;
      throw error;
    }
  }

  return {
    take(what, step) {
      if (ended) return Promise.reject(refused(what, 'a closed one'));
      const turn = before.then(() => change(what, step));
      before = turn.catch(() => undefined);
      return turn;
    },
    async end() {
      if (ended) return 'ended';
      ended = true;
      await before;
      return refusal === null ? 'sound' : 'failed';
    },
  };
}
