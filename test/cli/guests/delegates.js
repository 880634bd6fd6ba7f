/** Has a part of its task done by a child, and sleeps until that has ended. */
import { defineHandler, delegate, finish, signal, sleep } from 'sojourn/guest';

export default defineHandler(({ input, cycle }) => {
  if (input.part !== true) return finish('done');
  if (cycle > 1) return sleep({ until: signal('go'), rationale: 'the part is not done' });
  const budgets = [
    { name: 'cycles', limit: 10 },
    { name: 'cents', limit: 20 },
  ];
  return delegate({ name: 'part', kind: 'test', goal: 'Do it', input: {}, budgets, rationale: 'it is a part' });
});
