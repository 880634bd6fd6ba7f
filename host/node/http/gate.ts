/** Bounds how many do something at once: who comes when it is full is told so, and waits outside. */
import { SojournError } from '../../errors.ts';

export interface Gate {
  readonly open: number;
  /** Gives what has to be called, once, when it is over. Errors: `node.busy`. */
  enter(): () => void;
}

export function createGate(most: number, what: string): Gate {
  let open = 0;
  return {
    get open() {
      return open;
    },
    enter() {
      if (open >= most)
        throw new SojournError('node.busy', `${what}: expected at most ${most} at once, found ${open}: try again`);
      open++;
      let left = false;
      return () => {
        if (!left) open--;
        left = true;
      };
    },
  };
}
