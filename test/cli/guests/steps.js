/** Does what the intent's input says: one step a cycle, told apart by what the object remembers. */
import { defineHandler, execute, finish, http, kv, log, signal, sleep, any, after, days } from 'sojourn/guest';

const STEPS = {
  finish: () => finish({ done: true }, 'there was nothing to do'),
  sleep: ({ trigger }) =>
    trigger.tag === 'woken'
      ? finish({ woken: true })
      : sleep({ until: any(signal('go'), after(days(30))), rationale: 'nothing to do before that' }),
  fail: () => {
    throw new Error('the handler gave up');
  },
  spin: () => {
    for (;;);
  },
  say: ({ input }) => {
    log.info(input.text);
    return finish({ text: input.text }, input.text);
  },
  /** Asks a service, remembers the answer, and ends a cycle later. */
  fetch({ input }) {
    if (kv.get('answer') !== null) return finish(kv.get('answer'));
    kv.set('answer', http.get(input.url).status);
    return execute({ step: 'note', commit: 'asked', into: 'note', rationale: 'remember that it was asked' });
  },
};

export default defineHandler((task) => STEPS[task.input.step](task));
