/**
 * One instance of a program: its core instances, counters and lift budget, and the glue's imports, which lead to whichever
 * evaluation it serves at the moment. It serves one at a time, and between two it is put back to what it was after
 * instantiation, or thrown away.
 */
import { OPERATIONS } from './contract.ts';
import { createCounters } from './counters.ts';
import { createLiftBudget } from './lift-budget.ts';
import { toGuestSituation } from './situation.ts';
import { collectKept, takeSnapshot } from './snapshot.ts';
import type { Operation } from './contract.ts';
import type { Counters } from './counters.ts';
import type { GlueState } from './glue-state.ts';
import type { LiftBudget } from './lift-budget.ts';
import type { MemoryImage } from './memory-image.ts';
import type { CoreModule, Program, SnapshotPlan } from './program.ts';
import type { Instantiate, Realm } from './realm.ts';
import type { KeptExports, Snapshot, Unrestorable } from './snapshot.ts';
import type { CycleLimits } from '../limits.ts';
import type { Situation } from '../ports.ts';

/** A program as a worker holds it. */
export interface Guest extends Pick<Program, 'entry' | 'wasi'> {
  readonly create: (budget: LiftBudget) => Instantiate;
  readonly modules: ReadonlyMap<string, CoreModule>;
  readonly plan: SnapshotPlan;
  /** What its memories hold after instantiation; filled by the first instance. */
  readonly images: MemoryImage[];
}

/** Who answers the guest's calls while it runs. */
export interface Callee {
  readonly answer: AnswerCall;
  /** Imports beside the contract's, for the one evaluation of an instance that is never put back. */
  readonly imports: object;
}

export type AnswerCall = (operation: Operation, args: readonly unknown[]) => Promise<unknown>;

/** Why an instance can't serve another evaluation; `cut off` where the last one did not end by itself. */
export type Unusable = NonNullable<SnapshotPlan['obstacle']> | Unrestorable | 'tasks left' | 'cut off';

export interface Instance {
  readonly guest: Guest;
  readonly counters: Counters;
  readonly budget: LiftBudget;
  /** Instantiates, under the limits that it was made for: start functions run. */
  prepare(): Promise<void>;
  /** Calls the entry, with counters as instantiation under these limits would have left them. Prepares where that was not done. */
  call(situation: Situation, limits: CycleLimits, callee: Callee): Promise<unknown>;
  /** Bytes of its linear memories. */
  memoryBytes(): number;
  /** To be called after an evaluation that ended by itself. Null where the instance is as it was after instantiation. */
  restore(): Unusable | null;
}

/** The entry that the envelope exports, and what glue-state.ts adds. */
interface GuestExports {
  handle(situation: unknown): Promise<unknown>;
  run(): Promise<unknown>;
  readonly state?: GlueState;
}

export function loadGuest(realm: Realm, { script, modules, snapshot, entry, wasi }: Program): Guest {
  return {
    create: realm.load(script),
    modules: new Map(modules.map((entry) => [entry.name, entry])),
    plan: snapshot,
    images: [],
    entry,
    wasi,
  };
}

/** Nothing of the guest runs before `handle`. The limits are those of the first evaluation. */
export function createInstance(realm: Realm, guest: Guest, first: CycleLimits): Instance {
  const counters = createCounters(realm, guest.modules.values(), first);
  const budget = createLiftBudget();
  const kept: KeptExports = { memories: [], globals: [], tables: [] };
  let made: Made | null = null;
  let answering: AnswerCall = refuseCall;

  const instantiate = async (others: object): Promise<Made> => {
    const exports = (await guest.create(budget)(
      (name) => moduleOf(guest, name),
      { ...buildImports((operation, args) => answering(operation, args)), ...others },
      (module, imports) => {
        const instance = counters.instantiate(module, imports);
        collectKept(instance.exports, kept);
        return instance;
      },
    )) as GuestExports; // the envelope exports the one or the other, and the glue's text gives `state`
    counters.noteInstantiated();
    const snapshot = guest.plan.obstacle === null ? takeSnapshot(kept, guest.images, guest.plan.tables) : null;
    return { exports, snapshot, stateSaved: snapshot !== null && exports.state?.save() === true };
  };

  return {
    guest,
    counters,
    budget,
    async prepare() {
      made = await instantiate({});
    },
    async call(situation, limits, { answer, imports }) {
      answering = answer;
      if (made === null) made = await instantiate(imports);
      else counters.rearm(limits);
      return guest.entry === 'run' ? made.exports.run() : made.exports.handle(toGuestSituation(situation));
    },
    memoryBytes: () => kept.memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    restore() {
      answering = refuseCall;
      if (guest.plan.obstacle !== null) return guest.plan.obstacle;
      if (made === null || made.snapshot === null) return 'cut off';
      if (!made.stateSaved || made.exports.state?.restore() !== true) return 'tasks left';
      return made.snapshot.restore();
    },
  };
}

interface Made {
  readonly exports: GuestExports;
  readonly snapshot: Snapshot | null;
  readonly stateSaved: boolean;
}

function moduleOf(guest: Guest, name: string): WebAssembly.Module {
  const found = guest.modules.get(name);
  if (found === undefined) throw new Error(`sandbox: expected a core module ${name}, found none`);
  return found.module;
}

function buildImports(answer: AnswerCall): object {
  const imports: Record<string, Record<string, unknown>> = {};
  for (const operation of OPERATIONS)
    (imports[operation.module] ??= {})[operation.func] = (...args: unknown[]) => answer(operation, args);
  return imports;
}

/** No guest is running: whatever asks must not be answered. */
function refuseCall(): Promise<never> {
  return Promise.reject(new Error('sandbox: expected a call within an evaluation'));
}
