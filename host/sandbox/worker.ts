/**
 * The worker that runs guests. Evaluations that wait for an answer lie beside each other, each with an instance of its own; one
 * message is dealt with in a turn, and all code of a guest runs within the turn of a message to it. What is abandoned before its
 * turn is never begun. It has no environment, no standard streams, and nothing to do but answer its parent.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { evaluate } from './evaluate.ts';
import { loadGuest } from './instance.ts';
import { createInstances } from './instances.ts';
import { createRealm, disarmFunctionConstructors } from './realm.ts';
import type { Guest } from './instance.ts';
import type { FromWorker, RunInput, SendReply, StartRun, ToWorker, WorkerOptions } from './messages.ts';
import type { GuestReply } from '../ports.ts';

const port = parentPort;
if (port === null) throw new Error('sandbox worker: expected to run as a worker thread');
disarmFunctionConstructors();
const realm = createRealm();
const { idleBytes, current } = workerData as WorkerOptions; // set by crew.ts
const turn = new Int32Array(current);
const instances = createInstances(realm, idleBytes);
const guests = new Map<string, Guest>();
const waiting = new Map<number, Waiting>();
const turns: (StartRun | SendReply)[] = [];
let scheduled = false;

/** A guest that waits for the host. */
interface Waiting {
  readonly resolve: (reply: GuestReply) => void;
  /** Unwinds it: the engine never frees a stack that is left waiting. */
  readonly end: () => void;
}

port.on('message', (message: ToWorker) => {
  receive(message);
  schedule();
});
send({ type: 'ready' });

function receive(message: ToWorker): void {
  switch (message.type) {
    case 'load':
      return void guests.set(message.key, loadGuest(realm, message.program));
    case 'drop':
      instances.drop(message.key);
      return void guests.delete(message.key);
    case 'run':
    case 'reply':
      return void turns.push(message);
    case 'abandon':
      return abandon(message.attempt);
    case 'ask':
      return send({ type: 'alive' });
  }
}

function abandon(attempt: number): void {
  const found = waiting.get(attempt);
  waiting.delete(attempt);
  found?.end();
  const index = turns.findIndex((message) => message.attempt === attempt);
  if (index >= 0) turns.splice(index, 1);
}

/** Each turn ends with the promises that it set going; the next begins after that. */
function schedule(): void {
  if (scheduled || turns.length === 0) return;
  scheduled = true;
  setImmediate(takeTurn);
}

function takeTurn(): void {
  scheduled = false;
  for (let next = receiveMessageOnPort(inbox()); next !== undefined; next = receiveMessageOnPort(inbox()))
    receive(next.message as ToWorker); // the parent sends nothing else
  const message = turns.shift();
  if (message === undefined) return;
  Atomics.store(turn, 0, message.attempt);
  if (message.type === 'run') void run(message);
  else answer(message);
  schedule();
}

function answer({ attempt, reply }: SendReply): void {
  const found = waiting.get(attempt);
  waiting.delete(attempt);
  found?.resolve(reply);
}

async function run({ attempt, key, input }: StartRun): Promise<void> {
  const { situation, limits } = JSON.parse(input) as RunInput; // written by crew.ts
  const guest = guests.get(key);
  if (guest === undefined)
    return send({ type: 'failed', attempt, message: `sandbox worker: expected a loaded program ${key}` });
  const { instance, fresh } = instances.take(key, guest, limits);
  const byItself = await evaluate(instance, {
    situation,
    limits,
    call: (operation, request, fuel) => {
      const { promise, resolve, reject } = Promise.withResolvers<GuestReply>();
      const end = () => {
        instance.counters.exhaust();
        reject(new Error('sandbox: abandoned'));
      };
      waiting.set(attempt, { resolve, end });
      send({ type: 'call', attempt, operation, request, fuel, bytes: instance.memoryBytes() });
      return promise;
    },
    done: (result) => send({ type: 'done', attempt, result, fresh }),
    broken: (error) => send({ type: 'failed', attempt, message: `capability reply: ${String(error)}` }),
  });
  instances.give(key, instance, byItself);
}

function inbox() {
  if (port === null) throw new Error('sandbox worker: expected a port');
  return port;
}

function send(message: FromWorker): void {
  inbox().postMessage(message);
}
