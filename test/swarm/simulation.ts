/**
 * A swarm in one process: four nodes with disks, keys and clocks of their own, objects that only a courier carries from one to the
 * other, power cuts at any point of a cycle, one node lost for good. The kernel, the sandbox and the signatures are the real ones; dice
 * decide everything else, so a seed names a history.
 */
import { createPrivateKey } from 'node:crypto';
import { createHost } from '../../host/node/host.ts';
import type { Host } from '../../host/node/host.ts';
import { createNativeVerify, nativeHash, readKey } from '../../host/node/native.ts';
import type { CyclePoint } from '../../host/kernel/ports.ts';
import { SojournError } from '../../host/errors.ts';
import type { Fetch } from '../../host/capability/http.ts';
import type { PolicySet } from '../../host/policy/model.ts';
import type { HandlerRunner } from '../../host/ports.ts';
import { receive } from './courier.ts';
import type { Gone } from './courier.ts';
import { createDice } from './dice.ts';
import type { Dice } from './dice.ts';
import { createDisk } from './disk.ts';
import type { Disk } from './disk.ts';

const NODES = 4;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const GOAL = 'goal.sojourn';
/** A cycle that was left open is ended first; an object that ended in the moment of a power cut learns nothing more. */
const NOT_NOW: readonly string[] = ['store.busy', 'object.terminated'];
/** PKCS #8 of an Ed25519 key up to its 32 secret bytes (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface SwarmInputs {
  readonly handler: Uint8Array;
  readonly runner: HandlerRunner;
  readonly policy: PolicySet;
  readonly parts: number;
  readonly seed: number;
  /** Steps after which the history counts as stuck. */
  readonly steps: number;
}

export interface History {
  readonly steps: number;
  readonly cuts: number;
  readonly deliveries: { readonly [arrival: string]: number };
  /** How often each part took effect at the target, by its path. */
  readonly effects: ReadonlyMap<string, number>;
  /** The ended goal's result; null where the steps ran out. */
  readonly result: unknown;
  /** The longest copy of each object, and the last receipt that any node was given for it. */
  readonly copies: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly receipt: Uint8Array | null }>;
  /** A host that can look into them. */
  readonly reader: Host;
  readonly disk: Disk;
}

class PowerCut extends Error {}

interface SimNode {
  readonly index: number;
  readonly disk: Disk;
  readonly gone: Gone;
  readonly host: Host;
  /** Made longer here since they came: these may be handed over. */
  readonly advanced: Set<string>;
  readonly ended: Set<string>;
  /** What a power cut may have left in the middle of a cycle: it is gone on with before anything leaves the node. */
  readonly unfinished: Set<string>;
  lost: boolean;
}

/** On its way, or waiting to be carried; kept by its sender until it has arrived. */
interface Parcel {
  readonly to: number;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export async function runHistory(inputs: SwarmInputs): Promise<History> {
  const dice = createDice(inputs.seed);
  const swarm = createSwarm(inputs, dice);
  await swarm.start();
  let step = 0;
  while (step < inputs.steps && !swarm.isDone()) {
    step++;
    await swarm.step();
  }
  return swarm.finish(step);
}

function createSwarm(inputs: SwarmInputs, dice: Dice) {
  const effects = new Map<string, number>();
  const keys = new Set<string>();
  const receipts = new Map<string, Uint8Array>();
  const deliveries: { [arrival: string]: number } = {};
  const parcels: Parcel[] = [];
  let time = START;
  let cuts = 0;
  /** Points until the power is cut; below zero: no cut is near. */
  let fuse = -1;
  let heir: SimNode | null = null;
  let result: unknown = null;
  let done = false;

  const target: Fetch = async (url, init) => {
    const key = new Headers(init.headers).get('idempotency-key') ?? '';
    const { pathname } = new URL(url);
    if (!keys.has(key)) effects.set(pathname, (effects.get(pathname) ?? 0) + 1);
    keys.add(key);
    return new Response(JSON.stringify({ path: pathname }), { headers: { 'content-type': 'application/json' } });
  };

  function createNode(index: number): SimNode {
    const disk = createDisk();
    const secret = createPrivateKey({
      key: Buffer.concat([PKCS8_PREFIX, dice.bytes(32)]),
      format: 'der',
      type: 'pkcs8',
    });
    const skew = (dice.below(3) - 1) * HOUR;
    const host = createHost({
      ports: {
        clock: { now: () => time + skew },
        random: { bytes: (length) => dice.bytes(length) },
        hash: nativeHash,
        verify: createNativeVerify(),
        signer: readKey(secret.export({ format: 'pem', type: 'pkcs8' }), `node ${index}`),
        store: disk.store,
        fetch: target,
        runner: inputs.runner,
        handler: async () => inputs.handler,
      },
      policy: inputs.policy,
      onPoint: (point) => burn(point),
    });
    return {
      index,
      disk,
      gone: new Map(),
      host,
      advanced: new Set(),
      ended: new Set(),
      unfinished: new Set(),
      lost: false,
    };
  }

  function burn(_point: CyclePoint): void {
    if (fuse >= 0 && fuse-- === 0) throw new PowerCut();
  }

  const nodes = Array.from({ length: NODES }, (_, index) => createNode(index));
  const alive = (): SimNode[] => nodes.filter((node) => !node.lost);

  async function start(): Promise<void> {
    const [first] = nodes as [SimNode];
    await first.host.create(GOAL, {
      handler: inputs.handler,
      intent: {
        kind: 'goal',
        goal: 'Have all parts done',
        input: { parts: inputs.parts, url: 'http://target.test', rest: 60_000 },
        constraints: {},
      },
      scope: { capabilities: ['http.send', 'kv.*', 'children.*'], zones: [], depth: 1 },
      budgets: { cycles: 2_000 },
    });
    first.advanced.add(GOAL);
  }

  async function step(): Promise<void> {
    const roll = dice.below(20);
    if (roll < 10) return visit(dice.pick(alive()));
    if (roll < 13) return handOver(dice.pick(alive()));
    if (roll < 18) return carry();
    if (roll === 18) time += dice.below(HOUR);
    else if (dice.once(30)) loseNode();
  }

  /** Shows an object what is known of others here, and runs one cycle of it; now and then the power fails on the way. */
  async function visit(node: SimNode): Promise<void> {
    const name = pickObject(node);
    if (name === null) return;
    fuse = dice.once(6) ? dice.below(12) : -1;
    const before = node.disk.bytes(name)?.length ?? 0;
    const names = new Set(node.disk.names());
    try {
      await showOthers(node, name);
      const report = await node.host.run(name, { once: true });
      node.unfinished.delete(name);
      if (report.receipt !== null) receipts.set(name, report.receipt);
      if (report.status === 'terminated') ended(node, name, report.state.last?.body.value);
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      cuts++;
      node.disk.cutPower(dice);
      node.unfinished.add(name);
    } finally {
      fuse = -1;
    }
    if (!node.ended.has(name) && (node.disk.bytes(name)?.length ?? 0) > before) node.advanced.add(name);
    for (const born of node.disk.names()) if (!names.has(born)) node.advanced.add(born);
  }

  function pickObject(node: SimNode): string | null {
    const [unfinished] = node.unfinished;
    if (unfinished !== undefined) return unfinished;
    const living = node.disk.names().filter((name) => !node.ended.has(name));
    return living.length === 0 ? null : dice.pick(living);
  }

  async function showOthers(node: SimNode, name: string): Promise<void> {
    if (name !== GOAL) return;
    for (const other of node.ended) await tell(node, name, other);
  }

  /** A cycle that a power cut left open is ended first: the object is told at its next visit. */
  async function tell(node: SimNode, name: string, other: string): Promise<void> {
    try {
      const { receipt } = await node.host.witness(name, other);
      if (receipt !== null) receipts.set(name, receipt);
    } catch (error) {
      if (!(error instanceof SojournError && NOT_NOW.includes(error.code))) throw error;
    }
  }

  function ended(node: SimNode, name: string, value: unknown): void {
    node.ended.add(name);
    node.advanced.delete(name);
    if (name === GOAL) {
      done = true;
      result = value;
      return;
    }
    const bytes = node.disk.bytes(name);
    if (bytes === null) return;
    for (const { index } of alive()) if (index !== node.index) parcels.push({ to: index, name, bytes: bytes.slice() });
  }

  function handOver(node: SimNode): void {
    const ready = [...node.advanced].filter((name) => node.disk.bytes(name) !== null);
    const others = alive().filter((other) => other !== node);
    if (ready.length === 0 || others.length === 0 || node.unfinished.size > 0) return;
    const name = dice.pick(ready);
    const bytes = (node.disk.bytes(name) as Uint8Array).slice(); // it is ready only where it is there
    node.gone.set(name, bytes);
    node.disk.remove(name);
    node.advanced.delete(name);
    parcels.push({ to: dice.pick(others).index, name, bytes });
  }

  /** Loses one in four parcels (its sender sends it again), brings one in four twice, in any order. */
  function carry(): void {
    if (parcels.length === 0 || dice.once(4)) return;
    const at = dice.below(parcels.length);
    const parcel = parcels[at] as Parcel; // `at` is below their number
    const addressee = nodes[parcel.to] as SimNode; // there is one for each index
    // what a lost node had taken lies with its heir, who knows a repeated parcel when he sees it
    const node = addressee.lost ? (heir as SimNode) : addressee;
    const arrival = receive(node.disk, node.gone, parcel.name, parcel.bytes);
    deliveries[arrival] = (deliveries[arrival] ?? 0) + 1;
    if (arrival === 'taken' && isEndedElsewhere(parcel.name)) node.ended.add(parcel.name);
    if (arrival !== 'busy' && !dice.once(4)) parcels.splice(at, 1);
  }

  function isEndedElsewhere(name: string): boolean {
    return nodes.some((node) => node.ended.has(name));
  }

  /** A node never comes back. Somebody carries its disk to another, which goes on with what lies on it. */
  function loseNode(): void {
    if (alive().length < NODES) return;
    const node = dice.pick(nodes);
    const finder = dice.pick(nodes.filter((other) => other !== node));
    heir = finder;
    node.lost = true;
    node.disk.cutPower(dice);
    for (const [name, bytes] of node.gone) {
      // what is on its way to the finder has not left it
      const coming = parcels.some(
        (one) => one.name === name && one.to === finder.index && one.bytes.length >= bytes.length,
      );
      const known = finder.disk.bytes(name) !== null || (finder.gone.get(name)?.length ?? 0) >= bytes.length;
      if (!coming && !known) finder.gone.set(name, bytes);
    }
    // what the finder gave to the lost node, and that one never gave away, comes back to the finder
    const held = node.disk.names().map((name) => ({ name, bytes: node.disk.bytes(name) as Uint8Array })); // it is there
    const untaken = parcels.filter(({ to, name }) => to === node.index && !node.gone.has(name));
    for (const { name, bytes } of [...held, ...untaken]) {
      if ((finder.gone.get(name)?.length ?? Infinity) <= bytes.length) finder.gone.delete(name);
    }
    for (const name of node.disk.names()) {
      const bytes = node.disk.bytes(name) as Uint8Array; // names() has just given it
      const arrival = receive(finder.disk, finder.gone, name, bytes);
      deliveries[arrival] = (deliveries[arrival] ?? 0) + 1;
      if (node.ended.has(name)) finder.ended.add(name);
      else if (arrival === 'taken') {
        finder.advanced.add(name);
        finder.unfinished.add(name);
      }
    }
  }

  function finish(steps: number): History {
    const disk = createDisk();
    const copies = new Map<string, { bytes: Uint8Array; receipt: Uint8Array | null }>();
    for (const [name, bytes] of everyCopy()) {
      const known = copies.get(name);
      if (known !== undefined && known.bytes.length >= bytes.length) continue;
      copies.set(name, { bytes, receipt: receipts.get(name) ?? null });
    }
    for (const [name, { bytes }] of copies) disk.put(name, bytes);
    const reader = createHost({
      ports: {
        clock: { now: () => time },
        random: { bytes: (length) => dice.bytes(length) },
        hash: nativeHash,
        verify: createNativeVerify(),
        signer: null,
        store: disk.store,
        fetch: target,
        runner: inputs.runner,
        handler: async () => inputs.handler,
      },
      policy: null,
    });
    return { steps, cuts, deliveries, effects, result, copies, reader, disk };
  }

  function* everyCopy(): Generator<readonly [name: string, bytes: Uint8Array]> {
    for (const { name, bytes } of parcels) yield [name, bytes];
    for (const { disk } of nodes) for (const name of disk.names()) yield [name, disk.bytes(name) as Uint8Array]; // it is there
  }

  return { start, step, finish, isDone: () => done };
}
