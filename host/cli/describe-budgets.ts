/** What an object has spent, and of how much. */
import { countOf } from '../object/charges.ts';
import type { Budgets } from '../object/model.ts';
import type { Spent } from '../object/state.ts';
import { showCount, showNumber } from './quantities.ts';
import { cleanLine } from './safe-text.ts';

/** `3 cycles of 50, 1,200 fuel, 2 calls, 812 bytes, 120 of 500 cents` */
export function describeSpent(spent: Spent, budgets: Budgets): string {
  const of = (limit: number | undefined): string => (limit === undefined ? '' : ` of ${showNumber(limit)}`);
  const { counters = {} } = budgets;
  const counted = Object.keys(counters).map((name) => {
    const used = showNumber(countOf(spent.counters, name));
    return `${used}${of(countOf(counters, name))} ${cleanLine(name, 32)}`;
  });
  return [
    `${showCount(spent.cycles, 'cycle')}${of(budgets.cycles)}`,
    `${showNumber(spent.fuel)}${of(budgets.fuel)} fuel`,
    `${showCount(spent.calls, 'call')}${of(budgets.calls)}`,
    `${showCount(spent.bytes, 'byte')}${of(budgets.bytes)}`,
    ...counted,
  ].join(', ');
}
