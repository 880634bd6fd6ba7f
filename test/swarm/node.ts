/**
 * A node of its own process: takes what a courier put into its inbox, runs what lies in its folder, and gives away what it made longer.
 * It knows no other node and no plan. One line comes out for each point that it passes, so that it can be killed at any of them.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { SojournError } from '../../host/errors.ts';
import { createHost } from '../../host/node/host.ts';
import type { Host } from '../../host/node/host.ts';
import { readKey } from '../../host/node/native.ts';
import { nodePorts } from '../../host/node/ports.ts';
import type { ProgramCacheOptions } from '../../host/sandbox/program-cache.ts';
import { PERMIT_ALL, policySet } from '../node/policies.ts';
import { receive } from './courier.ts';
import type { Gone, Place } from './courier.ts';
import { createDice } from './dice.ts';
import type { Dice } from './dice.ts';

export interface NodeOrder {
  /** Holds objects/, inbox/, outbox/, gone/ and the handler. */
  readonly folder: string;
  /** PEM. */
  readonly key: string;
  readonly index: number;
  readonly nodes: number;
  readonly seed: number;
  /** Where admitted handlers are kept, so that a node that comes back is quick. */
  readonly cache: ProgramCacheOptions;
  /** Added to the machine's clock: no two of them need agree. */
  readonly skew: number;
}

export type NodeLine =
  | { readonly point: string; readonly object: string }
  | { readonly status: string; readonly object: string }
  | { readonly arrival: string; readonly object: string }
  | { readonly error: string };

const GOAL = 'goal.sojourn';
/** A cycle that was left open is ended first; an object that ended in the moment of a power cut learns nothing more. */
const NOT_NOW: readonly string[] = ['store.busy', 'object.terminated'];
const IN_PROGRESS = '.part';

function say(line: NodeLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

/** Whole or not at all: a process that is killed on the way leaves a part that nobody reads. */
export function putFile(folder: string, name: string, bytes: Uint8Array): void {
  const part = join(folder, `${name}${IN_PROGRESS}`);
  writeFileSync(part, bytes);
  renameSync(part, join(folder, name));
}

export function listFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sojourn'))
    .toSorted();
}

function placeOf(folder: string): Place {
  const path = (name: string): string => join(folder, name);
  return {
    bytes: (name) => (existsSync(path(name)) ? readFileSync(path(name)) : null),
    // one thing after the other in this process, and nobody else writes here
    isHeld: () => false,
    put: (name, bytes) => putFile(folder, name, bytes),
    remove: (name) => rmSync(path(name)),
  };
}

/** A map of what left, kept as files. */
function goneIn(folder: string): Gone {
  const gone: Gone = new Map(listFiles(folder).map((name) => [name, readFileSync(join(folder, name))]));
  const { delete: forget } = Map.prototype;
  gone.delete = (name) => {
    rmSync(join(folder, name), { force: true });
    return forget.call(gone, name);
  };
  return gone;
}

async function runNode(order: NodeOrder): Promise<void> {
  const folders = ['objects', 'inbox', 'outbox', 'gone'].map((name) => join(order.folder, name));
  const [objects = '', inbox = '', outbox = '', goneFolder = ''] = folders;
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  const place = placeOf(objects);
  const gone = goneIn(goneFolder);
  // what was to be handed over when the process was killed, and still lies here, did not leave
  for (const name of listFiles(objects)) if (gone.has(name)) gone.delete(name);
  const dice = createDice(order.seed);
  const ports = nodePorts({
    signer: readKey(order.key, 'the node'),
    handlers: [order.folder],
    workers: 1,
    programCache: order.cache,
  });
  const host = createHost({
    ports: { ...ports, clock: { now: () => Date.now() + order.skew } },
    policy: policySet(PERMIT_ALL),
    onPoint: (point, object) => say({ point, object }),
  });
  const advanced = new Set<string>();
  const ended = new Set<string>();
  /** What may be in the middle of a cycle, after a kill here or elsewhere: it is gone on with before anything leaves. */
  const unfinished = new Set(listFiles(objects));

  for (;;) {
    for (const taken of takeIn(inbox, place, gone)) unfinished.add(taken);
    const [first] = unfinished;
    const name = first ?? pick(objects, ended, dice);
    if (name !== null)
      await visit(host, { objects, outbox, name, advanced, ended, nodes: order.nodes, index: order.index });
    if (name !== null) unfinished.delete(name);
    if (unfinished.size === 0 && dice.once(3)) handOver({ objects, outbox, goneFolder, gone, advanced, order, dice });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Names of what was taken. */
function takeIn(inbox: string, place: Place, gone: Gone): readonly string[] {
  const taken: string[] = [];
  for (const file of listFiles(inbox)) {
    const name = file.slice(file.indexOf('--') + 2);
    const arrival = receive(place, gone, name, readFileSync(join(inbox, file)));
    say({ arrival, object: name });
    if (arrival === 'taken') taken.push(name);
    rmSync(join(inbox, file));
  }
  return taken;
}

function pick(objects: string, ended: ReadonlySet<string>, dice: Dice): string | null {
  const living = listFiles(objects).filter((name) => !ended.has(name));
  return living.length === 0 ? null : dice.pick(living);
}

interface Visit {
  readonly objects: string;
  readonly outbox: string;
  readonly name: string;
  readonly advanced: Set<string>;
  readonly ended: Set<string>;
  readonly nodes: number;
  readonly index: number;
}

async function visit(host: Host, { objects, outbox, name, advanced, ended, nodes, index }: Visit): Promise<void> {
  const path = join(objects, name);
  const size = readFileSync(path).length;
  const before = new Set(listFiles(objects));
  if (name === GOAL) for (const other of ended) await tell(host, path, join(objects, other));
  const report = await host.run(path, { once: true });
  say({ status: report.status, object: name });
  if (readFileSync(path).length > size) advanced.add(name);
  for (const born of listFiles(objects)) if (!before.has(born)) advanced.add(born);
  if (report.status !== 'terminated') return;
  ended.add(name);
  advanced.delete(name);
  for (let to = 0; to < nodes; to++) if (to !== index) putFile(outbox, `${to}--${name}`, readFileSync(path));
}

async function tell(host: Host, path: string, other: string): Promise<void> {
  try {
    await host.witness(path, other);
  } catch (error) {
    if (!(error instanceof SojournError && NOT_NOW.includes(error.code))) throw error;
  }
}

interface HandOver {
  readonly objects: string;
  readonly outbox: string;
  readonly goneFolder: string;
  readonly gone: Gone;
  readonly advanced: Set<string>;
  readonly order: NodeOrder;
  readonly dice: Dice;
}

/** A copy of what leaves first, then the object itself in one step: from here on it is the courier's. */
function handOver({ objects, outbox, goneFolder, gone, advanced, order, dice }: HandOver): void {
  const ready = [...advanced].filter((name) => existsSync(join(objects, name)));
  if (ready.length === 0) return;
  const name = dice.pick(ready);
  const to = (order.index + 1 + dice.below(order.nodes - 1)) % order.nodes;
  copyFileSync(join(objects, name), join(goneFolder, `${name}${IN_PROGRESS}`));
  renameSync(join(goneFolder, `${name}${IN_PROGRESS}`), join(goneFolder, name));
  gone.set(name, readFileSync(join(goneFolder, name)));
  renameSync(join(objects, name), join(outbox, `${to}--${name}`));
  advanced.delete(name);
}

if (process.argv[1] === import.meta.filename) {
  // the parent writes the order as the one argument
  await runNode(JSON.parse(process.argv[2] ?? '') as NodeOrder);
}
