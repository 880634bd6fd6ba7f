/**
 * Processor time that a worker had since it was last heard of: what tells one that is busy from one that the machine has no time for. Known
 * as of the last look, from the first look after it was heard of.
 */
import type { Worker } from 'node:worker_threads';

export interface WorkTime {
  /** Finds out how much processor time the worker had. */
  look(): void;
  /** Milliseconds of it since the worker was heard of; none where nobody has looked twice since. */
  workedMs(): number;
}

/** `heard` says when the worker was last heard of. */
export function createWorkTime(worker: Pick<Worker, 'cpuUsage'>, heard: () => number): WorkTime {
  let looked: { readonly heard: number; readonly first: number; readonly last: number } | null = null;
  return {
    look() {
      const since = heard();
      const note = ({ user, system }: NodeJS.CpuUsage): void => {
        const last = (user + system) / 1000;
        looked = { heard: since, first: looked?.heard === since ? looked.first : last, last };
      };
      worker.cpuUsage().then(note, () => undefined); // of one that has ended, its end tells
    },
    workedMs: () => (looked?.heard === heard() ? looked.last - looked.first : 0),
  };
}
