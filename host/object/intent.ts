/**
 * The steps that an intent goes (R50): what each kind of change may change, for the kernel and for whoever checks a chain, and the
 * digests by which a step that comes back to an earlier intent is seen. Equal means equal bytes: no case folding, no look-alikes.
 */
import { compareBytes, encode } from './codec.ts';
import { sha256 } from './crypto.ts';
import { intentShape } from './genesis.ts';
import { hex } from '../json.ts';
import type { EntryOf, Genesis, Intent, IntentBody } from './model.ts';
import type { Hash } from '../ports.ts';
import type { Value, ValueMap } from '../value.ts';

export interface IntentStep {
  /** Position of its `intent` entry. */
  readonly seq: number;
  /** Of the intent that it led to, hexadecimal. */
  readonly digest: string;
}

/** Where it began, and what it has gone since. */
interface Steps {
  readonly genesis: Pick<Genesis, 'intent'>;
  readonly steps: readonly IntentStep[];
}

export type Misfit = readonly [expected: string, found: string] | null;

/** SHA-256 of the intent as it is stored. */
export function intentDigest(intent: Intent, hash: Hash = sha256): string {
  return hex(hash(encode(intentShape.write(intent))));
}

/** Bytes of the intent as it is stored. */
export function intentSize(intent: Intent): number {
  return encode(intentShape.write(intent)).length;
}

/** Whether the object had this intent before, or has it now. */
export function isEarlier({ genesis, steps }: Steps, intent: Intent): boolean {
  const digest = intentDigest(intent);
  return intentDigest(genesis.intent) === digest || steps.some((step) => step.digest === digest);
}

/** The steps behind a cycle that was kept with these entries. */
export function stepsAfter(
  steps: readonly IntentStep[],
  intents: readonly EntryOf<'intent'>[],
  hash: Hash,
): readonly IntentStep[] {
  if (intents.length === 0) return steps;
  return [...steps, ...intents.map(({ seq, body }) => ({ seq, digest: intentDigest(body.after, hash) }))];
}

/** Null where a change of this kind leads from the one to the other. */
export function checkStep({ mutation, before, after }: Pick<IntentBody, 'mutation' | 'before' | 'after'>): Misfit {
  if (!same(before.input, after.input)) return ['the same input', 'another'];
  if (mutation !== 'reclassify' && after.kind !== before.kind) return [`task ${before.kind}`, after.kind];
  const changed = changedConstraint(before, after);
  const more = Object.keys(after.constraints).length > Object.keys(before.constraints).length;
  switch (mutation) {
    case 'refine':
      if (changed !== null) return [`constraint ${changed} as it was`, 'it changed or gone'];
      return after.goal !== before.goal && !more ? null : ['another goal and the same constraints', 'no such change'];
    case 'constrain':
      if (changed !== null) return [`constraint ${changed} as it was`, 'it changed or gone'];
      return after.goal === before.goal && more
        ? null
        : ['the same goal and at least one more constraint', 'no such change'];
    case 'expand':
      return after.goal !== before.goal || changed !== null
        ? null
        : ['another goal, or a constraint changed or gone', 'neither'];
    case 'reclassify':
      return after.kind !== before.kind ? null : ['another task', after.kind];
  }
}

/** The first constraint that the later intent has not, or has with another value; null where all are kept. */
export function changedConstraint(before: Intent, after: Intent): string | null {
  const kept = (key: string): boolean =>
    Object.hasOwn(after.constraints, key) && same(valueOf(before.constraints, key), valueOf(after.constraints, key));
  return Object.keys(before.constraints).find((key) => !kept(key)) ?? null;
}

/** A member of the map's own: `__proto__` and `constructor` are names as any other. */
function valueOf(map: ValueMap, key: string): Value {
  return Object.hasOwn(map, key) ? (map[key] ?? null) : null;
}

/** Equal as stored: keys have one order there. */
function same(a: Value, b: Value): boolean {
  return compareBytes(encode(a), encode(b)) === 0;
}
