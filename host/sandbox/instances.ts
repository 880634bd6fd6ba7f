/**
 * The instances of a worker that no evaluation uses: each as it was after instantiation, none but the bytes that they may take
 * together kept, the longest unused out first. Says why an evaluation had to have a fresh one.
 */
import { createInstance } from './instance.ts';
import type { Guest, Instance, Unusable } from './instance.ts';
import type { Realm } from './realm.ts';
import type { CycleLimits } from '../limits.ts';

/**
 * Why an evaluation got a fresh instance: `none kept` where there was none to take (the first, more at once than are kept, other
 * limits), else why the last one of this program was thrown away.
 */
export type FreshReason = 'none kept' | Unusable;

export interface Taken {
  readonly instance: Instance;
  /** Null where the instance served before. */
  readonly fresh: FreshReason | null;
}

export interface Instances {
  take(key: string, guest: Guest, limits: CycleLimits): Taken;
  /** After an evaluation. `byItself` where it came to its own end: any other instance is thrown away. */
  give(key: string, instance: Instance, byItself: boolean): void;
  /** Forgets a program. */
  drop(key: string): void;
}

interface Idle {
  readonly key: string;
  readonly instance: Instance;
}

/** `idleBytes`: linear memory that idle instances may hold together. */
export function createInstances(realm: Realm, idleBytes: number): Instances {
  const idle: Idle[] = [];
  const thrownAway = new Map<string, Unusable>();
  const remove = (index: number): Instance | null => idle.splice(index, 1)[0]?.instance ?? null;
  const bytes = () => idle.reduce((sum, { instance }) => sum + instance.memoryBytes(), 0);
  return {
    take(key, guest, limits) {
      const index = idle.findLastIndex((entry) => entry.key === key && entry.instance.counters.fits(limits));
      const kept = index < 0 ? null : remove(index);
      if (kept !== null) return { instance: kept, fresh: null };
      const fresh = thrownAway.get(key) ?? 'none kept';
      thrownAway.delete(key);
      return { instance: createInstance(realm, guest, limits), fresh };
    },
    give(key, instance, byItself) {
      const unusable = byItself ? instance.restore() : 'cut off';
      if (unusable !== null) {
        thrownAway.set(key, unusable);
        return;
      }
      idle.push({ key, instance });
      while (bytes() > idleBytes) remove(0);
    },
    drop(key) {
      thrownAway.delete(key);
      for (let index = idle.length - 1; index >= 0; index -= 1) if (idle[index]?.key === key) remove(index);
    },
  };
}
