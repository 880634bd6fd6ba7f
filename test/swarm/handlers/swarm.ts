/**
 * A goal that needs many hands: it delegates its parts, sleeps until all are there and adds up what they bring. A part does one thing
 * outside, rests, and ends. The same component is both.
 */
import {
  after,
  all,
  childAchieved,
  children,
  defineHandler,
  delegate,
  execute,
  finish,
  kv,
  sleep,
} from 'sojourn/guest';
import type { Proposal, Task } from 'sojourn/guest';

interface Work {
  readonly parts: number;
  readonly url: string;
  /** Milliseconds that the first part rests; each next one as much longer. */
  readonly rest: number;
}

interface Part {
  readonly part: number;
  readonly url: string;
  readonly rest: number;
}

function pursueGoal(task: Task<Work>): Proposal {
  const { parts, url, rest } = task.input;
  const known = children.list();
  const part = known.length;
  if (part < parts) {
    return delegate({
      name: `part-${part}`,
      kind: 'part',
      goal: `Do part ${part}`,
      input: { part, url, rest: rest * (part + 1) },
      capabilities: ['http.send', 'kv.*'],
      budgets: [{ name: 'cycles', limit: 60 }],
      rationale: 'one part for one object',
    });
  }
  const back = known.filter((child) => child.status === 'returned');
  if (back.length < parts) {
    const names = known.map((child) => childAchieved(child.name));
    return sleep({ until: all(...names), rationale: 'all parts are needed' });
  }
  const total = back.reduce((sum, child) => sum + (child.result as { worth: number }).worth, 0);
  return finish({ total }, 'all parts are there');
}

function doPart(task: Task<Part>): Proposal {
  const { part, url, rest } = task.input;
  if (kv.get('done') === null) {
    const http = { method: 'POST', url: `${url}/part-${part}`, body: `part ${part}` };
    return execute({ step: 'work', http, into: 'done', rationale: 'the part itself' });
  }
  if (task.trigger.tag !== 'woken') return sleep({ until: after(rest), rationale: 'let it settle' });
  return finish({ part, worth: (part + 1) ** 2 }, 'done and settled');
}

export default defineHandler((task) =>
  // the kind of the intent says which of the two the input is
  task.intent.kind === 'goal' ? pursueGoal(task as unknown as Task<Work>) : doPart(task as unknown as Task<Part>),
);
