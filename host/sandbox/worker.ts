/**
 * The worker that runs guests, one evaluation at a time. It has no environment, no standard streams, and nothing to do but
 * answer its parent.
 */
import { parentPort } from 'node:worker_threads';
import { evaluate } from './evaluate.ts';
import { createLiftBudget } from './lift-budget.ts';
import { createRealm, disarmFunctionConstructors } from './realm.ts';
import type { Guest } from './evaluate.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import type { Program } from './program.ts';
import type { Realm } from './realm.ts';
import type { GuestReply } from '../ports.ts';

const port = parentPort;
if (port === null) throw new Error('sandbox worker: expected to run as a worker thread');
disarmFunctionConstructors();
const budget = createLiftBudget();
const realm = createRealm(budget);
const guests = new Map<string, Guest>();
let answer: ((reply: GuestReply) => void) | null = null;

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'load':
      return void guests.set(message.key, loadGuest(realm, message.program));
    case 'drop':
      return void guests.delete(message.key);
    case 'run':
      return run(message);
    case 'reply':
      return answer?.(message.reply);
  }
});
send({ type: 'ready' });

function run({ key, situation, limits }: Extract<ToWorker, { readonly type: 'run' }>): void {
  const guest = guests.get(key);
  if (guest === undefined) return send({ type: 'failed', message: `sandbox worker: expected a loaded program ${key}` });
  void evaluate(realm, budget, {
    guest,
    situation,
    limits,
    call: (operation, request, fuel) => {
      const { promise, resolve } = Promise.withResolvers<GuestReply>();
      answer = resolve;
      send({ type: 'call', operation, request, fuel });
      return promise;
    },
    done: (result, spent) => send({ type: 'done', result, spent }),
    broken: (error) => send({ type: 'failed', message: `capability reply: ${String(error)}` }),
  });
}

function loadGuest(into: Realm, program: Program): Guest {
  return {
    instantiate: into.load(program.script),
    modules: new Map(program.modules.map((entry) => [entry.name, entry])),
    entry: program.entry,
    wasi: program.wasi,
  };
}

function send(message: FromWorker): void {
  port?.postMessage(message);
}
