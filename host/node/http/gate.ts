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

/** Bounds how many bytes of requests are in memory at once, whoever they are of. */
export interface BodyRoom {
  /** For one request. */
  enter(): BodyPlace;
}

export interface BodyPlace {
  /** Errors: `node.busy`. */
  take(bytes: number): void;
  /** Nothing of the request is in memory any more. */
  leave(): void;
}

export function createBodyRoom(most: number): BodyRoom {
  let taken = 0;
  return {
    enter() {
      let own = 0;
      let left = false;
      return {
        take(bytes) {
          // a body that comes on when its request was answered is read no further
          if (left || taken + bytes > most)
            throw new SojournError(
              'node.busy',
              `bodies: expected at most ${most} bytes of requests at once, found more: try again`,
            );
          taken += bytes;
          own += bytes;
        },
        leave() {
          if (!left) taken -= own;
          left = true;
        },
      };
    },
  };
}
