/** Has three vendors asked for a price, each by a child, and takes the least of those that came back within a day. */
import {
  after,
  any,
  atLeast,
  cancelChild,
  childEnded,
  children,
  days,
  defineHandler,
  delegate,
  finish,
  giveUp,
  sleep,
} from 'sojourn/guest';

const budgets = [
  { name: 'cycles', limit: 10 },
  { name: 'cents', limit: 20 },
];

export default defineHandler(({ input, trigger }) => {
  if (input.vendor !== undefined) return finish({ vendor: input.vendor, price: input.price });
  const made = children.list();
  const next = input.vendors[made.length];
  if (next !== undefined)
    return delegate({
      name: next.vendor,
      kind: 'quote',
      goal: `Ask ${next.vendor}`,
      input: next,
      budgets,
      rationale: 'ask them all',
    });
  const back = made.filter(({ status }) => status === 'returned');
  const open = made.find(({ status }) => status === 'running' || status === 'missing');
  const given = made.some(({ status }) => status === 'cancelled');
  if (trigger.tag !== 'woken' && back.length < 2 && !given) {
    const names = made.map(({ name }) => childEnded(name));
    return sleep({ until: any(atLeast(2, ...names), after(days(1))), rationale: 'two prices are enough' });
  }
  if (open !== undefined)
    return cancelChild({ name: open.name, reason: 'two prices are enough', rationale: 'it is not needed' });
  const [best] = back.map(({ result }) => result).toSorted((a, b) => a.price - b.price);
  return best === undefined ? giveUp('nobody answered') : finish(best);
});
