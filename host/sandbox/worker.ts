/**
 * The worker that runs guests. Evaluations that wait for an answer lie beside each other, each with an instance of its own. It
 * has no environment, no standard streams, and nothing to do but answer its parent.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { evaluate } from './evaluate.ts';
import { loadGuest } from './instance.ts';
import { createInstances } from './instances.ts';
import { createRealm, disarmFunctionConstructors } from './realm.ts';
import type { Guest } from './instance.ts';
import type { FromWorker, ToWorker, WorkerOptions } from './messages.ts';
import type { GuestReply } from '../ports.ts';

const port = parentPort;
if (port === null) throw new Error('sandbox worker: expected to run as a worker thread');
disarmFunctionConstructors();
const realm = createRealm();
const { idleBytes } = workerData as WorkerOptions; // set by slot.ts
const instances = createInstances(realm, idleBytes);
const guests = new Map<string, Guest>();
const waiting = new Map<number, (reply: GuestReply) => void>();

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'load':
      return void guests.set(message.key, loadGuest(realm, message.program));
    case 'drop':
      instances.drop(message.key);
      return void guests.delete(message.key);
    case 'run':
      return void run(message);
    case 'reply': {
      const answer = waiting.get(message.run);
      waiting.delete(message.run);
      return answer?.(message.reply);
    }
  }
});
send({ type: 'ready' });

async function run({ run: id, key, situation, limits }: Extract<ToWorker, { readonly type: 'run' }>): Promise<void> {
  const guest = guests.get(key);
  if (guest === undefined)
    return send({ type: 'failed', run: id, message: `sandbox worker: expected a loaded program ${key}` });
  const { instance, fresh } = instances.take(key, guest, limits);
  const byItself = await evaluate(instance, {
    situation,
    limits,
    call: (operation, request, fuel) => {
      const { promise, resolve } = Promise.withResolvers<GuestReply>();
      waiting.set(id, resolve);
      send({ type: 'call', run: id, operation, request, fuel });
      return promise;
    },
    done: (result, spent) => send({ type: 'done', run: id, result, spent, fresh }),
    broken: (error) => send({ type: 'failed', run: id, message: `capability reply: ${String(error)}` }),
  });
  instances.give(key, instance, byItself);
}

function send(message: FromWorker): void {
  port?.postMessage(message);
}
