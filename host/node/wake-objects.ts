/**
 * `wake`: looks at many objects by the conditions that they carry, tells them what they should know of each other, and runs those whose
 * condition holds. What is kept of a sleeper is a card; no thread, connection or sandbox waits for it (R40, R42).
 */
import { prospectOf } from '../kernel/exchange.ts';
import type { Prospect } from '../kernel/exchange.ts';
import type { Facets } from '../kernel/facets.ts';
import type { Limits } from '../limits.ts';
import type { HostPorts } from './host-ports.ts';
import type { RunReport, RunStatus } from './run.ts';
import { createShelf, troubleOf } from './shelf.ts';
import type { Place, Shelf, Shelved, Trouble } from './shelf.ts';

/**
 * `woke`: it was run. `refused`: policy, zone or version let nothing be done. `would-wake`: it would be, but nothing was to be changed. `asleep`, `active`, `ended`: it was left alone. `broken`:
 * it does not hold. `closed`: it has bodies that are confidential to others. `twice`: another file is the same object, and to run either would part them. `busy`: another process has it.
 * `failed`: the system did.
 */
export type WakeState = 'woke' | 'refused' | 'would-wake' | 'asleep' | 'active' | 'ended' | Trouble['state'];

export interface WakeLine {
  /** Its name in the store. */
  readonly object: string;
  /** Hexadecimal; null where it cannot be read. */
  readonly id: string | null;
  readonly state: WakeState;
  /** Names of the objects that it was told of, or would be. */
  readonly told: readonly string[];
  /** Entries that helped to wake it. */
  readonly because: readonly number[];
  /** For a sleeper: when time alone wakes it. */
  readonly wakesAt: number | null;
  /** How its run ended; null where it had none. */
  readonly status: RunStatus | null;
  /** What is wrong with it, or why its run stopped. */
  readonly message: string | null;
}

export interface WakeReport {
  /** One for each time that an object was woken, in order, then one for each of the others, by name. */
  readonly lines: readonly WakeLine[];
  /** False where more may wake: the most passes were made, or the caller wants no more. */
  readonly settled: boolean;
}

export interface WakeOptions {
  /** Says what would happen, and changes nothing. */
  readonly dryRun: boolean;
  readonly onLine: (line: WakeLine) => void;
  /** Once aborted, no further object is run. */
  readonly signal: AbortSignal | null;
}

export interface WakeDeps {
  readonly ports: HostPorts;
  readonly limits: Limits;
  /** What this node is. */
  readonly facets: Facets;
  /** Names of the objects. Asked before each pass: children may have come. */
  readonly list: () => Promise<readonly string[]>;
  readonly run: (name: string) => Promise<RunReport>;
  readonly witness: (name: string, other: string) => Promise<unknown>;
}

/** Errors: those of `list`. What is wrong with one object is its line. */
export async function wakeObjects(deps: WakeDeps, options: WakeOptions): Promise<WakeReport> {
  const shelf = createShelf(deps.ports, deps.limits);
  const watch = createWatch(deps, options, shelf);
  for (let pass = 0; pass < deps.limits.run.wakePasses && options.signal?.aborted !== true; pass++) {
    await shelf.add(await deps.list());
    if (options.dryRun) return { lines: watch.finish(), settled: true };
    const told = await watch.tellNews();
    const woke = await watch.wakeSleepers();
    if (!told && !woke) return { lines: watch.finish(), settled: true };
  }
  return { lines: watch.finish(), settled: false };
}

interface Watch {
  /** False where there was nothing to tell. */
  tellNews(): Promise<boolean>;
  /** False where nothing woke. */
  wakeSleepers(): Promise<boolean>;
  /** All lines, with those of the objects that did not wake. */
  finish(): readonly WakeLine[];
}

function createWatch({ ports, facets, run, witness }: WakeDeps, options: WakeOptions, shelf: Shelf): Watch {
  const lines: WakeLine[] = [];
  const told = new Map<string, string[]>();
  /** Why an object could not be told of another; it is not tried again. */
  const untold = new Map<string, string>();
  /** Last seal of each object that was run: without anything new it is not run again. */
  const ranAt = new Map<string, number>();

  function say(line: WakeLine): void {
    lines.push(line);
    options.onLine(line);
  }

  async function tellOf({ name }: Shelved, other: Shelved): Promise<boolean> {
    try {
      await witness(name, other.name);
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble.state === 'busy') shelf.setAside(name, trouble);
      else untold.set(name, trouble.message);
      return false;
    }
    told.set(name, [...(told.get(name) ?? []), other.name]);
    await shelf.renew(name);
    return true;
  }

  async function wake(sleeper: Shelved, prospect: Prospect): Promise<void> {
    const { name, card } = sleeper;
    try {
      const { status, message, outcomes } = await run(name);
      await shelf.renew(name);
      const { because } = prospect.check;
      const state = status === 'refused' && outcomes.length === 0 ? 'refused' : 'woke';
      say({ ...lineOf(sleeper, state), because, status, message: message ?? untold.get(name) ?? null });
    } catch (error) {
      shelf.setAside(name, troubleOf(error));
    }
    ranAt.set(name, shelf.find(name)?.card?.at ?? card.at);
  }

  function lineOf({ name, card }: Place, state: WakeState): WakeLine {
    const news = told.get(name) ?? [];
    told.delete(name);
    return {
      object: name,
      id: card?.id ?? null,
      state,
      told: news,
      because: [],
      wakesAt: null,
      status: null,
      message: null,
    };
  }

  function restLine(place: Place): WakeLine {
    const { name, card, trouble } = place;
    if (card === null || trouble !== null)
      return { ...lineOf(place, trouble?.state ?? 'failed'), message: trouble?.message ?? null };
    const news = options.dryRun ? shelf.newsFor(card) : [];
    const prospect = prospectOf(
      card,
      news.map((other) => other.card),
      ports.clock.now(),
      facets,
    );
    const message = untold.get(name) ?? null;
    if (prospect === null) return { ...lineOf(place, card.seen.status === 'active' ? 'active' : 'ended'), message };
    const state = options.dryRun && prospect.why !== null ? 'would-wake' : 'asleep';
    const said = message ?? (state === 'asleep' ? prospect.notHere : null);
    const line = { ...lineOf(place, state), because: prospect.check.because, wakesAt: prospect.wakesAt, message: said };
    return options.dryRun ? { ...line, told: news.map((other) => other.name) } : line;
  }

  return {
    async tellNews() {
      let any = false;
      for (const place of shelf.inStatus('active', 'dormant')) {
        if (untold.has(place.name)) continue;
        for (const other of shelf.newsFor(place.card)) any = (await tellOf(place, other)) || any;
      }
      return any;
    },
    async wakeSleepers() {
      let any = false;
      for (const sleeper of shelf.inStatus('dormant')) {
        if (options.signal?.aborted === true) break;
        const prospect = prospectOf(sleeper.card, [], ports.clock.now(), facets);
        if (prospect === null || prospect.why === null || ranAt.get(sleeper.name) === sleeper.card.at) continue;
        await wake(sleeper, prospect);
        any = true;
      }
      return any;
    },
    finish() {
      const woke = new Set(lines.map(({ object }) => object));
      for (const place of shelf.places()) if (place.trouble !== null || !woke.has(place.name)) say(restLine(place));
      return lines;
    },
  };
}
