/**
 * Sleepers in one node over SQLite: what making them takes, what one costs in memory, how soon a node that starts has them all, and how
 * long those that fall due at once take. Prints one line of JSON each. Memory is measured behind a garbage collection: `arrays` is what the index says of
 * itself, `kept` the growth of heap and array buffers, `resident` that of the process, pages of SQLite's cache included.
 *
 * Run: node test/bench/sleepers.ts [most sleepers] [made and due]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { generateKey } from '../../host/node/native.ts';
import { nodePorts } from '../../host/node/ports.ts';
import { createNode } from '../../host/node/service/create-node.ts';
import type { Node } from '../../host/node/service/node.ts';
import { encodeNote } from '../../host/node/service/note.ts';
import type { Note } from '../../host/node/service/note.ts';
import type { NodeStore } from '../../host/ports.ts';
import { createSqliteStore } from '../../host/store/sqlite.ts';
import { PERMIT_ALL, policySet } from '../node/policies.ts';
import { ObjectBuilder } from '../object/builder.ts';
import { buildScript } from '../sandbox/guest-builds.ts';

const MOST = Number(process.argv[2] ?? 100_000);
const MADE = Number(process.argv[3] ?? 10_000);
const YEAR = 365 * 86_400_000;
const AT_ONCE = 256;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const folder = mkdtempSync(join(tmpdir(), 'sojourn-sleepers-'));
const key = generateKey();
let offset = 0;

function memory(): Grown {
  collect();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { kept: heapUsed + arrayBuffers, resident: rss };
}

function say(facts: object): void {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}

function open(store: NodeStore, onOpened: (object: string) => void = () => {}): Promise<Node> {
  const ports = { ...nodePorts({ signer: key.signer }), clock: { now: () => Date.now() + offset } };
  const onPoint = (point: string, object: string): void => {
    if (point === 'opened') onOpened(object);
  };
  return createNode({ ports, store, policy: policySet(PERMIT_ALL), onPoint });
}

/** An object of seven items, asleep until a signal or for a year, and its note. */
function sleeper(index: number): { readonly id: string; readonly bytes: Uint8Array; readonly note: Uint8Array } {
  const nonce = new Uint8Array(16);
  new DataView(nonce.buffer).setUint32(0, index);
  const builder = new ObjectBuilder(key.signer, { nonce });
  builder.seal();
  builder.open();
  builder.propose('dormancy', {});
  const wake = {
    tag: 'group',
    need: 1,
    members: [
      { tag: 'signal', name: 'go' },
      { tag: 'elapsed', ms: YEAR },
    ],
  } as const;
  builder.outcome({ action: 'dormancy', wake });
  builder.seal();
  const bytes = builder.bytes();
  const note: Note = {
    status: 'dormant',
    flags: 0,
    handler: new Uint8Array(32),
    kind: 'test',
    parent: null,
    cycles: 1,
    seq: builder.state().seq,
    length: bytes.length,
    wakesAt: Date.now() + YEAR,
    signals: ['go'],
    objects: [],
    returned: 0,
    givenUp: [],
    nonce,
    facets: new Uint8Array(8),
    node: new Uint8Array(16),
  };
  return { id: Buffer.from(builder.state().id).toString('hex'), bytes, note: encodeNote(note) };
}

async function fill(store: NodeStore, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, to - at) }, (_, index) => sleeper(at + index));
    await Promise.all(batch.map(({ id, bytes, note }) => store.create(id, bytes, note)));
  }
}

interface Grown {
  readonly kept: number;
  readonly resident: number;
}

async function startWith(count: number, empty: Grown): Promise<Grown> {
  const path = join(folder, 'many.db');
  const before = memory();
  const [start, processor] = [performance.now(), process.cpuUsage()];
  const store = await createSqliteStore(path);
  const node = await open(store);
  const opened = performance.now();
  await node.indexed;
  const indexed = performance.now();
  const used = process.cpuUsage(processor);
  const after = memory();
  const { indexBytes, objects } = node.stats();
  const grown = { kept: after.kept - before.kept, resident: after.resident - before.resident };
  if (count > 0)
    say({
      sleepers: objects.dormant,
      openMs: Math.round(opened - start),
      indexedMs: Math.round(indexed - start),
      indexedProcessorMs: Math.round((used.user + used.system) / 1_000),
      arrays: Math.round(indexBytes / count),
      kept: Math.round((grown.kept - empty.kept) / count),
      resident: Math.round((grown.resident - empty.resident) / count),
    });
  await node.close();
  return grown;
}

async function makeAndWake(): Promise<void> {
  const order: string[] = [];
  const node = await open(await createSqliteStore(join(folder, 'made.db')), (object) => order.push(object));
  const { bytes } = await buildScript(new URL('../node/guests/scripted.js', import.meta.url));
  const { handler } = await node.putHandler(bytes);
  const base = Date.now() + 3_600_000;
  const dueAt = new Map<string, number>();
  const make = async (index: number): Promise<void> => {
    const until = base + ((index * 7_919) % MADE); // not in the order in which they are made
    const sleep = { propose: { tag: 'dormancy', val: { condition: [{ tag: 'instant', val: until }] } } };
    const end = { propose: { tag: 'termination', val: { achieved: true, result: null } } };
    const intent = { kind: 'scripted', goal: 'Sleep', input: { '1': sleep, '*': end }, constraints: {} };
    const { id } = await node.create({ handler, intent, scope: { capabilities: [], zones: [], depth: 0 } });
    dueAt.set(id, until);
  };
  await make(0);
  await node.settled([...dueAt.keys()][0] ?? '', { abort: AbortSignal.timeout(60_000) });
  const [start, processor] = [performance.now(), process.cpuUsage()];
  let next = 1;
  const client = async (): Promise<void> => {
    while (next < MADE) await make(next++);
  };
  await Promise.all(Array.from({ length: 64 }, client));
  await until(node, 'dormant');
  const used = process.cpuUsage(processor);
  say({
    made: MADE,
    ms: Math.round(performance.now() - start),
    processorMs: Math.round((used.user + used.system) / 1_000),
  });
  order.length = 0;
  offset = 2 * 3_600_000;
  const due = performance.now();
  await until(node, 'terminated');
  const times = [...new Set(order)].map((id) => dueAt.get(id) ?? 0);
  const late = times.filter((time, at) => at > 64 && time < (times[at - 64] ?? 0)).length;
  say({ due: times.length, ms: Math.round(performance.now() - due), outOfOrderByMoreThan64: late });
  await node.close();
}

async function until(node: Node, status: 'dormant' | 'terminated'): Promise<void> {
  while (node.stats().objects[status] < MADE) await new Promise((resolve) => setTimeout(resolve, 5));
}

try {
  const none = { kept: 0, resident: 0 };
  await startWith(0, none); // what is made once a process
  const empty = await startWith(0, none);
  let there = 0;
  for (const count of [1_000, 10_000, 100_000].filter((size) => size <= MOST)) {
    const store = await createSqliteStore(join(folder, 'many.db'));
    await fill(store, there, count);
    await store.close();
    there = count;
    await startWith(count, empty);
  }
  await makeAndWake();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
