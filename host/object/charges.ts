/**
 * What calls cost of an object's named counters: read from the constraints of the verdicts that allowed them, so that anyone who has
 * the entries comes to the same sum.
 */
import { isCount } from '../value.ts';
import type { ValueMap } from '../value.ts';
import type { Entry, EntryOf } from './model.ts';

export type Counters = { readonly [counter: string]: number };

/** Names of counters. Those of the four budgets are none. */
export const COUNTER_NAME = /^(?!(?:fuel|calls|bytes|cycles)$)[a-z0-9-]{1,32}$/;

/** In front of a counter's name among the constraints of a verdict. */
export const SPEND = 'spend:';

/** Errors by which a call is known to have left the node with nothing: what it cost is given back. */
const NOTHING_LEFT: ReadonlySet<string> = new Set(['not-found', 'invalid']);

/** What a verdict's constraints charge, by counter; null where one of them has no name or no amount. */
export function readCharges(constraints: ValueMap | null): Counters | null {
  const charges: { [counter: string]: number } = {};
  for (const [name, amount] of Object.entries(constraints ?? {})) {
    if (!name.startsWith(SPEND)) continue;
    const counter = name.slice(SPEND.length);
    if (!COUNTER_NAME.test(counter) || !isCount(amount)) return null;
    charges[counter] = amount;
  }
  return charges;
}

/**
 * What the calls of a cycle cost so far, one entry further. A call is charged when it is allowed, whatever comes of it, unless its result
 * says that nothing left the node. `before`: the entries ahead of it; `given`: the counters that the object has, and no other is summed.
 */
export function chargedBehind(charged: Counters, before: readonly Entry[], entry: Entry, given: Counters): Counters {
  if (entry.kind === 'call') return addCounters(charged, chargeOf(entry, given));
  if (entry.kind !== 'result' || entry.body.error === null || !NOTHING_LEFT.has(entry.body.error)) return charged;
  const call = before.find(({ seq }) => seq === entry.body.call);
  const back = call?.kind === 'call' ? chargeOf(call, given) : {};
  const left = Object.keys(back).map(
    (name) => [name, Math.max(0, countOf(charged, name) - countOf(back, name))] as const,
  );
  return left.length === 0 ? charged : { ...charged, ...Object.fromEntries(left) };
}

function chargeOf({ body }: EntryOf<'call'>, given: Counters): Counters {
  const { verdict, constraints } = body.verdict;
  if (constraints === null || (verdict !== 'permit' && verdict !== 'constrain')) return NOTHING;
  const charges = Object.entries(readCharges(constraints) ?? {});
  return charges.length === 0 ? NOTHING : Object.fromEntries(charges.filter(([name]) => Object.hasOwn(given, name)));
}

const NOTHING: Counters = {};

/** What an object has spent never passes the largest whole number of the format, whatever its entries say. */
export function sumOf(a: number, b: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, a + b);
}

export function addCounters(a: Counters, b: Counters): Counters {
  const added = Object.entries(b);
  if (added.length === 0) return a;
  const total: { [counter: string]: number } = { ...a };
  for (const [counter, amount] of added) total[counter] = sumOf(countOf(a, counter), amount);
  return total;
}

/** What stands under this name; 0 where nothing does. */
export function countOf(counters: Counters, counter: string): number {
  return Object.hasOwn(counters, counter) ? (counters[counter] ?? 0) : 0;
}
