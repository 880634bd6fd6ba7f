/**
 * `@spend`: what a call costs of the object's named counters, read from the very data that leaves. Where several permits allow
 * one call, each counter is charged the largest of their amounts.
 *
 *   spend = counter "=" fact *(" " counter "=" fact)
 */
import { COUNTER_NAME, readCharges, SPEND } from '../object/charges.ts';
import { isCount } from '../value.ts';
import type { ValueMap } from '../value.ts';
import type { FactValues } from './facts.ts';

/** Facts that hold the amounts, by counter. */
export type Spends = ReadonlyMap<string, string>;

export type SpendResult =
  | { readonly ok: true; readonly spends: Spends }
  | { readonly ok: false; readonly message: string };

const FACT = /^[a-z][a-zA-Z0-9_]{0,63}$/;

/** Actions that can be charged for: those that aim at something outside. */
const CHARGED: { readonly [action: string]: readonly string[] } = {
  'execution': ['Http', 'Tool'],
  'http.send': ['Http'],
  'tools.call': ['Tool'],
  'advice.ask': ['Advisor'],
};

/** Reads one `@spend` text. */
export function parseSpends(text: string): SpendResult {
  const spends = new Map<string, string>();
  for (const part of text.split(' ')) {
    const [counter = '', fact = '', ...rest] = part.split('=');
    if (!COUNTER_NAME.test(counter) || !FACT.test(fact) || rest.length > 0)
      return { ok: false, message: `expected counter=fact, found ${JSON.stringify(part.slice(0, 100))}` };
    if (spends.has(counter)) return { ok: false, message: `expected ${counter} once, found it twice` };
    spends.set(counter, fact);
  }
  return { ok: true, spends };
}

/** Whether a call on this type of resource can be charged for. Nothing else may be asked of the kernel (R32). */
export function isCharged(action: string, resourceType: string): boolean {
  return Object.hasOwn(CHARGED, action) && CHARGED[action]?.includes(resourceType) === true;
}

/** Constraints that say what a call costs; null where a fact is not there or is no whole number of at least 0. */
export function chargesOf(spends: Spends, facts: FactValues): ValueMap | null {
  const charges: { [name: string]: number } = {};
  for (const [counter, fact] of spends) {
    const amount = Object.hasOwn(facts, fact) ? facts[fact] : undefined;
    if (!isCount(amount)) return null;
    charges[SPEND + counter] = amount;
  }
  return charges;
}

/** The charges among several lists of constraints: the largest of each counter. */
export function mergeCharges(all: readonly (ValueMap | null)[]): ValueMap {
  const merged: { [name: string]: number } = {};
  for (const [counter, amount] of all.flatMap((constraints) => Object.entries(readCharges(constraints) ?? {}))) {
    const name = SPEND + counter;
    merged[name] = Math.max(merged[name] ?? 0, amount);
  }
  return merged;
}
