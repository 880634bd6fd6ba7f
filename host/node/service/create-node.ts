/**
 * A node for its callers: each request finds its object, waits for its turn, and leaves the rest to the engine.
 */
import { SojournError } from '../../errors.ts';
import { hex } from '../../json.ts';
import { viewObject } from '../view.ts';
import type { Value } from '../../value.ts';
import type { RunReport } from '../run.ts';
import type { Session } from '../session.ts';
import type { ObjectView } from '../view.ts';
import { Engine } from './engine.ts';
import { followOthers } from './follow.ts';
import type { Held } from './held.ts';
import { listObjects } from './listing.ts';
import { createMaking } from './making.ts';
import type { Making } from './making.ts';
import type {
  AdmitOptions,
  Admitted,
  EvaluateOptions,
  EvaluatedBytes,
  EventFilter,
  HandedOver,
  LineStatus,
  ListFilter,
  ListPage,
  Node,
  NodeCreated,
  NodeDraft,
  NodeEvent,
  NodeHandler,
  NodeOptions,
  NodeSignalOptions,
  NodeSignalReport,
  NodeStats,
  ObjectLine,
} from './node.ts';
import { FLAGS, STATUSES, encodeNote } from './note.ts';
import type { Note } from './note.ts';
import { newsFor, newsOf } from './relations.ts';
import { evaluateBytes } from './stateless.ts';
import { createTransfer } from './transfer.ts';
import type { Arrival, Transfer } from './transfer.ts';

const ADMIT_BYTES = 64 * 1024 * 1024;
const GRACE_MS = 10_000;
/** Between two tries to read all that the store has. */
const AGAIN_MS = 1_000;

/** The node takes the store and the sandbox over: `close` closes both. Errors: `usage`, for limits and names that can't be. */
export async function createNode(options: NodeOptions): Promise<Node> {
  return new LongLivedNode(options);
}

class LongLivedNode implements Node {
  readonly indexed: Promise<void>;
  readonly #options: NodeOptions;
  readonly #engine: Engine;
  readonly #making: Making;
  readonly #transfer: Transfer;
  #isIndexed = false;

  constructor(options: NodeOptions) {
    const engine = new Engine(options);
    const { store, ports, limits, index, notes, desk, closing } = engine;
    this.#options = options;
    this.#engine = engine;
    this.indexed = startIndex(engine).then(() => {
      this.#isIndexed = !closing.signal.aborted;
    });
    const onMade = (id: string, note: Note, { trace }: NodeDraft): void => engine.made(id, note, trace);
    this.#making = createMaking({ store, ports, limits, index, notes, indexed: () => this.indexed, onMade });
    const finished = (held: Held): Promise<Session> => desk.finished(held);
    this.#transfer = createTransfer({ store, ports, limits, accept: options.accept ?? [], notes, finished });
  }

  get id(): string {
    return this.#engine.node.id;
  }

  get zone(): string {
    return this.#engine.node.zone;
  }

  async putHandler(component: Uint8Array): Promise<NodeHandler> {
    this.#engine.turns.expectRoom();
    return this.#making.putHandler(component);
  }

  async handlers(): Promise<readonly NodeHandler[]> {
    const found = await this.#engine.store.handlers();
    return found.map(({ digest, bytes }) => ({ handler: digest, bytes }));
  }

  async create(draft: NodeDraft): Promise<NodeCreated> {
    this.#engine.turns.expectRoom();
    return this.#making.create(draft);
  }

  async evaluate(id: string, { once = false, signal = null, trace }: EvaluateOptions = {}): Promise<RunReport> {
    const { turns, desk, tally } = this.#engine;
    const slot = await this.#expectOurs(id);
    const run = async (held: Held): Promise<RunReport> => {
      this.#refuseLeft(slot);
      signal?.throwIfAborted();
      tally.runs += 1;
      return desk.run(held, once, signal, trace);
    };
    return turns.ask(slot, { brief: false, run });
  }

  async signal(
    id: string,
    name: string,
    payload: Value,
    { key, readers, wait = null, trace }: NodeSignalOptions = {},
  ): Promise<NodeSignalReport> {
    const { ports, turns, desk, tally } = this.#engine;
    if (ports.signer === null)
      throw new SojournError('signal.invalid', 'signal: expected a node with a key to sign it, found one without');
    const slot = await this.#expectOurs(id);
    const signal = { name, key: key ?? hex(ports.random.bytes(16)), payload };
    const deliver = async (held: Held) => {
      this.#refuseLeft(slot);
      const report = await desk.deliver(held, signal, readers ?? null);
      if (report.duplicate) return { report, next: null };
      tally.signals += 1;
      this.#engine.expect(slot, trace);
      return { report, next: this.#rouse(slot) && wait !== null ? this.#engine.nextRun(slot) : null };
    };
    const { report, next } = await turns.ask(slot, { brief: true, run: deliver });
    return { ...report, run: next === null || wait === null ? null : await unlessAborted(next, wait) };
  }

  async line(id: string): Promise<ObjectLine | null> {
    try {
      const slot = await this.#engine.stock.expect(id);
      await this.#catchUp(slot);
      return this.#lineOf(slot);
    } catch (error) {
      if (error instanceof SojournError && error.code === 'store.missing') return null;
      throw error;
    }
  }

  async list(filter: ListFilter = {}): Promise<ListPage> {
    const { index, turns } = this.#engine;
    for (;;) {
      const page = listObjects(index, filter, (slot) => turns.isRunning(slot));
      let isTrue = true;
      for (const { id } of page.objects) if (await this.#catchUp(index.find(id))) isTrue = false;
      if (isTrue) return page;
    }
  }

  async show(id: string, { at }: { readonly at?: number } = {}): Promise<ObjectView> {
    const { stock, ports, store, limits } = this.#engine;
    await stock.expect(id);
    return viewObject(id, { ...ports, store }, limits, at);
  }

  async read(id: string, offset = 0): Promise<AsyncIterable<Uint8Array>> {
    const { stock, store } = this.#engine;
    await stock.expect(id);
    return store.read(id, offset);
  }

  async settled(id: string, { abort }: { readonly abort: AbortSignal }): Promise<ObjectLine> {
    const { stock, turns, index, ports } = this.#engine;
    const slot = await stock.expect(id);
    while (turns.isBusy(slot) || index.due.dueOf(slot) <= ports.clock.now()) {
      abort.throwIfAborted();
      await unlessAborted(this.#engine.turnEnded(slot), abort);
    }
    return this.#lineOf(slot);
  }

  events(filter: EventFilter): AsyncIterable<NodeEvent> {
    const { events, closing } = this.#engine;
    return events.watch(filter, closing.signal);
  }

  async handOver(id: string): Promise<HandedOver> {
    const { turns, stock, index, events, ports } = this.#engine;
    turns.expectRoom();
    const slot = await stock.expect(id);
    const run = async (held: Held): Promise<HandedOver> => {
      const was = index.statusOf(slot);
      const handed = await this.#transfer.leave(held);
      index.setLeft(slot);
      if (was !== 'left') events.tell({ type: 'left', object: id, time: ports.clock.now() });
      return handed;
    };
    return turns.ask(slot, { brief: false, run });
  }

  async admit(
    bytes: Uint8Array | AsyncIterable<Uint8Array>,
    { reading = false }: AdmitOptions = {},
  ): Promise<Admitted> {
    const { turns, stock, store, events, schedule, ports } = this.#engine;
    turns.expectRoom();
    const arrival = await this.#transfer.receive(bytes, this.#options.admitBytes ?? ADMIT_BYTES);
    const admitted = await this.#arrive(arrival, reading);
    if (admitted.state === 'same') return admitted;
    const { id, note } = arrival;
    const mark = (await store.find(id))?.mark ?? null;
    const slot = await stock.take({ name: id, length: arrival.bytes.length, note: encodeNote(note), mark });
    events.tell({ type: 'arrived', object: id, time: ports.clock.now() });
    schedule.addNews([...newsOf(this.#engine.index, slot), ...newsFor(this.#engine.index, slot)]);
    if (mark === null) schedule.poke(slot, ports.clock.now());
    return admitted;
  }

  async evaluateBytes(bytes: Uint8Array, how: EvaluateOptions = {}): Promise<EvaluatedBytes> {
    const { turns, ports, limits, node, closing } = this.#engine;
    const inputs = { ports, options: this.#options, limits, node, closing: closing.signal };
    return turns.askAlone(() => evaluateBytes(bytes, how, inputs));
  }

  stats(): NodeStats {
    return statsOf(this.#engine, this.#isIndexed);
  }

  async close({ graceMs = GRACE_MS }: { readonly graceMs?: number } = {}): Promise<void> {
    const { closing, schedule, turns, store, ports } = this.#engine;
    if (closing.signal.aborted) return;
    closing.abort(new SojournError('node.closing', 'node: closing'));
    schedule.stop();
    const stop = new AbortController();
    await Promise.race([turns.close(), grace(this.#options, graceMs, stop.signal)]);
    stop.abort();
    // what still runs can append nothing more: it is as after a crash, and taken up the next time
    await store.close();
    await ports.runner.close();
  }

  /** Slot of an object that is gone on with here. */
  async #expectOurs(id: string): Promise<number> {
    this.#engine.turns.expectRoom();
    const slot = await this.#engine.stock.expect(id);
    this.#refuseLeft(slot);
    return slot;
  }

  #refuseLeft(slot: number): void {
    const { index } = this.#engine;
    if (index.statusOf(slot) === 'left')
      throw new SojournError(
        'object.left',
        `object ${index.idOf(slot)}: expected one that is gone on with here, found one that was handed over: ask the node that has it`,
      );
  }

  #lineOf(slot: number): ObjectLine {
    return this.#engine.index.line(slot, this.#engine.turns.isRunning(slot));
  }

  /** Reads what went on behind its note, where no turn did so yet. True where it had to: its line is another one now. */
  async #catchUp(slot: number): Promise<boolean> {
    const { stock } = this.#engine;
    if (!stock.isBehind(slot)) return false;
    await stock.catchUp(slot);
    return true;
  }

  /** What stood still goes on for a signal. True where it is run next. */
  #rouse(slot: number): boolean {
    const { index, schedule, ports } = this.#engine;
    index.setReason(slot, null);
    index.setFlag(slot, FLAGS.held | FLAGS.resting, false);
    return schedule.dueOf(slot) <= ports.clock.now();
  }

  async #arrive(arrival: Arrival, reading: boolean): Promise<Admitted> {
    const { store, stock, turns } = this.#engine;
    const { id, note } = arrival;
    if ((await store.find(id)) === null) {
      if (!reading || note.status === 'terminated') return this.#transfer.take(arrival);
      throw new SojournError(
        'object.left',
        `object ${id}: expected one that had been here, found none: move it instead`,
      );
    }
    const slot = await stock.expect(id);
    const run = async (held: Held): Promise<Admitted> => {
      // what was asked before may have left it open
      await held.close(true);
      return this.#transfer.merge(arrival, reading);
    };
    return turns.ask(slot, { brief: false, run });
  }
}

/** Reads what the store has, as often as it takes; then sleepers wake. */
async function startIndex(engine: Engine): Promise<void> {
  const { stock, index, schedule, closing, log, ports } = engine;
  const started = ports.clock.now();
  followOthers(engine);
  for (;;) {
    try {
      await stock.takeAll(closing.signal);
      break;
    } catch (error) {
      if (closing.signal.aborted) return;
      log.error({ code: error instanceof SojournError ? error.code : 'internal' }, `index: ${String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref());
    }
  }
  if (closing.signal.aborted) return;
  for (let slot = 0; slot < index.slots; slot++) schedule.addNews(newsFor(index, slot));
  log.info({ objects: index.slots, ms: ports.clock.now() - started }, 'index rebuilt');
  schedule.start();
}

function statsOf({ index, turns, tally, events, ports }: Engine, isIndexed: boolean): NodeStats {
  const now = ports.clock.now();
  const first = index.due.first < 0 ? null : index.due.dueOf(index.due.first);
  const objects = Object.fromEntries(STATUSES.map((status) => [status, index.count(status)]));
  return {
    objects: objects as { [status in LineStatus]: number }, // all of `STATUSES`
    indexed: isIndexed,
    indexBytes: index.bytes,
    running: turns.running,
    waiting: turns.waiting,
    due: {
      overdue: index.due.countDue(now),
      lateMs: first === null ? 0 : Math.max(0, now - first),
      next: first,
    },
    created: tally.created,
    signals: tally.signals,
    runs: tally.runs,
    outcomes: tally.outcomes,
    storeErrors: tally.storeErrors,
    lastEvent: events.last,
  };
}

/** Null once it is aborted. */
async function unlessAborted<T>(promise: Promise<T>, abort: AbortSignal): Promise<T | null> {
  if (abort.aborted) return null;
  const stop = new AbortController();
  const aborted = new Promise<null>((resolve) =>
    abort.addEventListener('abort', () => resolve(null), { once: true, signal: stop.signal }),
  );
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stop.abort();
  }
}

/** Resolves after the grace, or once it is stopped. */
function grace({ ports: { timer } }: NodeOptions, ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const own = timer === undefined ? setTimeout(resolve, ms) : null;
    const cancel = timer?.(ms, resolve) ?? (() => {});
    stop.addEventListener('abort', () => {
      if (own !== null) clearTimeout(own);
      cancel();
      resolve();
    });
  });
}
