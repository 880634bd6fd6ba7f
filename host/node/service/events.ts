/**
 * What happened, for those who watch: the last so many events in a ring, which every watcher reads at its own pace. One that is too
 * slow misses what the ring no longer has, and sees it by the numbers; it never costs the node more than its place in the ring.
 */
import type { EventFilter, NodeEvent } from './node.ts';

/** An event without its number. */
export type Happening = NodeEvent extends infer E ? (E extends unknown ? Omit<E, 'seq'> : never) : never;

export class Events {
  readonly #ring: (NodeEvent | undefined)[];
  #last: number;
  #watchers: (() => void)[] = [];

  /** `start`: a number beyond those that any earlier process of this node gave. */
  constructor(size: number, start: number) {
    this.#ring = Array.from<undefined>({ length: size });
    this.#last = start;
  }

  /** `seq` of the last one. */
  get last(): number {
    return this.#last;
  }

  tell(happening: Happening): void {
    const seq = ++this.#last;
    this.#ring[seq % this.#ring.length] = { ...happening, seq };
    if (this.#watchers.length === 0) return;
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const wake of watchers) wake();
  }

  /** Ends with `abort`, and when the node closes. */
  async *watch({ object, after, abort }: EventFilter, closing: AbortSignal): AsyncGenerator<NodeEvent> {
    const end = AbortSignal.any([abort, closing]);
    // whoever knows of more than ever was here was told by another node, and begins with what is kept
    let seen = after === undefined ? this.#last : after > this.#last ? 0 : after;
    while (!end.aborted) {
      const oldest = this.#last - this.#ring.length;
      seen = Math.max(seen, oldest);
      while (seen < this.#last && !end.aborted) {
        seen += 1;
        const event = this.#ring[seen % this.#ring.length];
        if (event?.seq === seen && (object === undefined || event.object === object)) yield event;
        seen = Math.max(seen, this.#last - this.#ring.length);
      }
      if (!end.aborted && seen >= this.#last) await this.#next(end);
    }
  }

  #next(end: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        end.removeEventListener('abort', stop);
        resolve();
      };
      const stop = (): void => {
        this.#watchers = this.#watchers.filter((watcher) => watcher !== wake);
        resolve();
      };
      end.addEventListener('abort', stop, { once: true });
      this.#watchers.push(wake);
    });
  }
}
