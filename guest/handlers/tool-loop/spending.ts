/** Ends the loop in good order while there is something left to end it with. Pure. */
import type { Task } from 'sojourn/guest';

/** What one more question and its call may cost at most, where it can be told. */
const NEEDED: { readonly [budget: string]: number } = { cycles: 2, calls: 12 };

/** The budget that is nearly used up; null where none is. */
export function outOfBudget({ context }: Task<unknown>): string | null {
  const short = context.budgets.find(({ name, limit, spent }) => {
    const needed = NEEDED[name];
    return needed !== undefined && limit - spent < needed;
  });
  return short?.name ?? null;
}
