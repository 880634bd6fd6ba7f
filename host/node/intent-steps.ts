/**
 * The way of an intent (R50): where it began, and each step that took effect, with what was before and after it, why, in which cycle,
 * by whom and under which policies. Read from the entries alone; a step whose entry an archive holds is named by position and digest.
 */
import { hex } from '../json.ts';
import { toJson } from '../object/json.ts';
import type { Entry, EntryOf, Intent } from '../object/model.ts';
import { intentDigest } from '../object/intent.ts';
import type { State } from '../object/state.ts';
import type { ValueMap } from '../value.ts';

export interface IntentStepView {
  readonly seq: number;
  /** SHA-256 of the intent that it led to, as it is stored. */
  readonly digest: string;
  /** Null where this file does not hold the step's entry: an archive does. */
  readonly told: ToldStep | null;
}

export interface ToldStep {
  readonly entry: EntryOf<'intent'>;
  /** What began the cycle, and the position of what woke the object; null where nothing did. */
  readonly trigger: EntryOf<'open'>['body']['trigger'];
  readonly because: number | null;
  /** Policies that allowed it. */
  readonly policies: readonly string[];
}

/** Steps in order. `entries` are those that `state` is the fold of. */
export function intentSteps(state: Pick<State, 'steps'>, entries: readonly Entry[]): readonly IntentStepView[] {
  return state.steps.map(({ seq, digest }) => {
    const entry = entries.find((one): one is EntryOf<'intent'> => one.kind === 'intent' && one.seq === seq);
    return { seq, digest, told: entry === undefined ? null : tell(entry, entries) };
  });
}

function tell(entry: EntryOf<'intent'>, entries: readonly Entry[]): ToldStep {
  const cycle = entries.filter((one) => one.cycle === entry.cycle);
  const open = cycle.find((one): one is EntryOf<'open'> => one.kind === 'open');
  const verdict = cycle.findLast(
    (one): one is EntryOf<'verdict'> => one.kind === 'verdict' && one.body.action === 'mutation',
  );
  return {
    entry,
    trigger: open?.body.trigger ?? 'continued',
    because: open?.body.because ?? null,
    policies: verdict?.body.verdict.policies ?? [],
  };
}

/** What `sojourn show --intent --json` prints. */
export function intentJson(state: State, entries: readonly Entry[]): ValueMap {
  const { genesis, intent, id } = state;
  return {
    id: hex(id),
    original: {
      time: genesis.time,
      creator: hex(genesis.context.creator),
      digest: intentDigest(genesis.intent),
      intent: plainIntent(genesis.intent),
    },
    steps: intentSteps(state, entries).map(stepJson),
    intent: plainIntent(intent),
  };
}

function stepJson({ seq, digest, told }: IntentStepView): ValueMap {
  if (told === null) return { seq, digest, archived: true };
  const { entry, trigger, because, policies } = told;
  const { mutation, before, after, reason } = entry.body;
  return {
    seq,
    digest,
    archived: false,
    mutation,
    time: entry.time,
    node: hex(entry.node),
    cycle: entry.cycle,
    trigger,
    because,
    reason,
    policies,
    before: plainIntent(before),
    after: plainIntent(after),
  };
}

function plainIntent({ kind, goal, input, constraints }: Intent): ValueMap {
  return { kind, goal, input: toJson(input), constraints: toJson(constraints) };
}
