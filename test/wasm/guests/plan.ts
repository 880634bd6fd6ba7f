/** Answers from its task alone, with the SDK. */
import { defineHandler, finish } from 'sojourn/guest';

export default defineHandler((task) => {
  const goal = task.intent.goal.split(' ').toReversed().join(' ');
  return finish({ goal, bytes: new TextEncoder().encode(goal).length }, 'planned');
});
