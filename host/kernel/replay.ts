/**
 * Replay: runs the handler of recorded cycles again, over the recorded answers, and demands the same calls, the same proposal,
 * the same outcome and the same fuel (docs/fuel.md). Needs no network, no key and no policy: verdicts are taken from the record.
 */
import type { Limits } from '../limits.ts';
import type { Entry, EntryOf } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { HandlerRunner, Hash } from '../ports.ts';
import { runCycle } from './cycle.ts';
import { Divergence } from './divergence.ts';
import { rejected } from './performed.ts';
import type { CyclePorts, Provider } from './ports.ts';
import { runReentry } from './reentry.ts';
import { exceededLimit, ownTimes } from './situation.ts';
import { createTape } from './tape.ts';
import type { Stored } from './tape.ts';

export interface ReplayInputs {
  /** State before the cycle, and the cycle's entries, its outcome included. */
  readonly state: State;
  readonly recorded: readonly Stored[];
  readonly runner: HandlerRunner;
  /** Local providers: they follow from the record. No other is asked. */
  readonly providers: ReadonlyMap<string, Provider>;
  readonly component: (digest: string) => Promise<Uint8Array>;
  readonly limits: Limits;
  readonly hash: Hash;
  readonly entries: (start: number, end: number) => AsyncIterable<Entry>;
}

export type ReplayResult =
  | { readonly kind: 'same'; readonly cycle: number; readonly fuel: number; readonly calls: number }
  /** A cycle in which no handler ran, or one that a bound of time or of the engine ended: there is nothing that must come out the same. */
  | { readonly kind: 'skipped'; readonly cycle: number; readonly why: string }
  | { readonly kind: 'diverged'; readonly cycle: number; readonly seq: number; readonly message: string };

export async function replayCycle(inputs: ReplayInputs): Promise<ReplayResult> {
  const start = inputs.recorded.map(({ entry }) => entry).find((entry) => isStart(entry, inputs.state));
  const outcome = inputs.recorded.find(
    (stored): stored is { entry: EntryOf<'outcome'>; hash: Uint8Array } => stored.entry.kind === 'outcome',
  )?.entry;
  const cycle = inputs.recorded[0]?.entry.cycle ?? 0;
  if (outcome === undefined) return { kind: 'skipped', cycle, why: 'it has no outcome yet' };
  if (start === undefined) return { kind: 'skipped', cycle, why: 'no handler ran in it' };
  const { bound, reason } = outcome.body;
  if (bound === 'deadlineMs' || bound === 'host')
    return { kind: 'skipped', cycle, why: `it was ended by ${bound}, which is no part of the record` };
  const wider = start.kind === 'open' ? exceededLimit(start.body.limits, inputs.limits.cycle) : null;
  if (wider !== null)
    return { kind: 'skipped', cycle, why: `it ran under a wider limit than this host allows: ${wider}` };
  if (reason === 'divergence') return { kind: 'skipped', cycle, why: 'it is recorded as diverged' };
  const tape = createTape({ state: inputs.state, recorded: inputs.recorded, append: null });
  const entries = (start: number): AsyncIterable<Entry> => inputs.entries(start, tape.seq);
  try {
    const replayed = { ports: replayPorts(inputs, start, outcome), tape, hash: inputs.hash, entries };
    const { dormancy } = inputs.state;
    const { body } = await (dormancy === null ? runCycle(replayed) : runReentry(replayed, dormancy));
    const rest = tape.peek();
    if (rest !== null)
      throw new Divergence(rest.seq, `expected the cycle to go on with a ${rest.kind} entry, found its end`);
    return { kind: 'same', cycle, fuel: body.fuel, calls: body.calls };
  } catch (error) {
    if (error instanceof Divergence) return { kind: 'diverged', cycle, seq: error.seq, message: error.message };
    throw error;
  }
}

type Start = EntryOf<'open'> | EntryOf<'wake'>;

/** Where there is something that must come out the same: a run of the handler, or another attempt of what is pending. */
function isStart(entry: Entry, { pending }: State): entry is Start {
  return entry.kind === 'open' || (entry.kind === 'wake' && entry.body.satisfied && pending !== null);
}

function replayPorts(inputs: ReplayInputs, start: Start, outcome: EntryOf<'outcome'>): CyclePorts {
  const { runner, providers, limits } = inputs;
  return {
    authority: {
      policyDigest: start.policy,
      unusable: () => null,
      decide: () => rejected('replay'),
      cover: () => null,
      demandsReader: false,
    },
    hasReader: false,
    runner,
    providers,
    limits: start.kind === 'open' ? { ...limits, cycle: ownTimes(start.body.limits, limits.cycle) } : limits,
    node: { id: '', zone: '' },
    trace: () => (start.kind === 'open' ? start.body.trace : null),
    seed: () => (start.kind === 'open' ? start.body.seed : start.prev.subarray(0, 16)),
    now: () => start.time,
    component: inputs.component,
    // whether the child could be made is the recording node's to say
    spawn: async () => outcome.body.reason !== 'child-lost',
    childId: (draft) => {
      throw new Divergence(start.seq, `expected no child, found ${draft.name}`);
    },
    reached: () => {},
  };
}
