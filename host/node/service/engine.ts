/**
 * The inside of a node: its index, its turns, its timer and what it does with objects by itself. What callers ask of it stands in
 * create-node.ts.
 */
import type { Context } from '@opentelemetry/api';
import { SojournError } from '../../errors.ts';
import { hex } from '../../json.ts';
import type { NodeFacts } from '../../kernel/ports.ts';
import { DEFAULT_LIMITS } from '../../limits.ts';
import type { Limits } from '../../limits.ts';
import { nodeIdOf } from '../../object/seal.ts';
import type { NodeStore } from '../../ports.ts';
import { checkCycleLimits } from '../check-limits.ts';
import { nodeFacets } from '../evaluate.ts';
import type { HostPorts } from '../host-ports.ts';
import { createResidents } from '../residents.ts';
import type { RunReport } from '../run.ts';
import { Desk } from './desk.ts';
import { Events } from './events.ts';
import { Held } from './held.ts';
import type { NodeLog, NodeOptions } from './node.ts';
import { FLAGS } from './note.ts';
import type { Note } from './note.ts';
import { createNotes } from './notes.ts';
import type { Notes } from './notes.ts';
import { Peers } from './peers.ts';
import { newsFor, newsOf } from './relations.ts';
import { Schedule } from './schedule.ts';
import { createStock, isUnusable, storeWithNotes } from './stock.ts';
import type { Stock, Taken } from './stock.ts';
import { Tally } from './tally.ts';
import { Turns } from './turns.ts';
import { WakeIndex } from './wake-index.ts';

const SILENT: NodeLog = { debug() {}, info() {}, warn() {}, error() {} };

/** Objects that are gone on with without reading them again, where the caller says nothing else. */
const RESIDENTS = { objects: 4_096, bytes: 64 * 1024 * 1024 };

type Told = (report: RunReport | null) => void;

export class Engine {
  readonly store: NodeStore;
  readonly ports: HostPorts;
  readonly limits: Limits;
  readonly node: NodeFacts;
  readonly events: Events;
  readonly index = new WakeIndex();
  readonly tally = new Tally();
  readonly closing = new AbortController();
  readonly log: NodeLog;
  readonly notes: Notes;
  readonly desk: Desk;
  readonly turns: Turns;
  readonly schedule: Schedule;
  readonly stock: Stock;
  readonly #peers: Peers;
  /** Who waits for the next run of a slot, and for the end of its turn. */
  readonly #runs = new Map<number, Told[]>();
  readonly #ends = new Map<number, (() => void)[]>();
  readonly #traces = new Map<number, Context>();

  /** Errors: `usage` for limits that could not be enforced. */
  constructor(options: NodeOptions) {
    const { store, log = SILENT, limits = DEFAULT_LIMITS, policy, tools = [], advisors = [] } = options;
    checkCycleLimits(limits.cycle);
    const { clock, hash, signer } = options.ports;
    [this.store, this.log, this.limits] = [store, log, limits];
    this.node = { id: hex(nodeIdOf(signer?.publicKey ?? null, hash)), zone: options.zone ?? '' };
    const { node, index, closing } = this;
    this.#peers = new Peers(node.id);
    this.events = new Events(options.events ?? 4_096, clock.now() * 1_000);
    const facets = nodeFacets({
      ports: { ...options.ports, store, handler: async () => null },
      policy,
      node,
      tools,
      advisors,
    });
    const notes = createNotes({ index, facets, clock, hash, node: node.id });
    this.notes = notes;
    this.ports = this.#portsOf(options, notes);
    const { ports, events } = this;
    this.desk = new Desk({
      ports,
      options,
      limits,
      node,
      index,
      notes,
      events,
      log,
      closing: closing.signal,
      serveBrief: (held) => this.turns.serveBrief(held),
      count: (outcome) => this.tally.outcome(outcome.body.class),
    });
    this.turns = new Turns({
      concurrency: options.concurrency ?? 64,
      waiting: options.waiting ?? 4_096,
      nextDue: () => this.schedule.next(),
      open: (slot) => (slot < 0 ? nobody(slot) : this.desk.open(slot)),
      runDue: (held) => this.#runDue(held),
      onEnd: (held) => this.#onEnd(held),
    });
    this.schedule = new Schedule({
      index,
      clock,
      timer: options.ports.timer ?? systemTimer,
      isBusy: (slot) => this.turns.isBusy(slot),
      rank: (slot) => this.#peers.rank(index.idBytes(slot), clock.now()),
      pump: () => this.turns.pump(),
    });
    const onTaken = (taken: Taken): void => this.#taken(taken);
    this.stock = createStock({ store, ports, limits, index, notes, log, onTaken });
  }

  /** An object was made here. */
  made(id: string, note: Note, trace?: Context): void {
    const slot = this.index.apply(id, note, null);
    const parent = note.parent === null ? null : hex(note.parent);
    const time = this.ports.clock.now();
    this.events.tell({ type: 'created', object: id, time, handler: hex(note.handler), kind: note.kind, parent });
    this.tally.created += 1;
    if ((note.flags & FLAGS.held) !== 0) return;
    this.expect(slot, trace);
    this.schedule.poke(slot, time);
  }

  /** What the next run of the object is for. */
  expect(slot: number, trace: Context | undefined): void {
    if (trace !== undefined) this.#traces.set(slot, trace);
  }

  /** Behind the next turn of the object in which it is not left due: the report of its run, null where it had none. */
  nextRun(slot: number): Promise<RunReport | null> {
    return new Promise((resolve) => {
      this.#runs.set(slot, [...(this.#runs.get(slot) ?? []), resolve]);
    });
  }

  /** Behind the next turn of the object, or what else changes when it is due. Those who wait for others are not woken. */
  turnEnded(slot: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#ends.get(slot);
      if (waiting === undefined) this.#ends.set(slot, [resolve]);
      else waiting.push(resolve);
    });
  }

  #portsOf(options: NodeOptions, notes: Notes): HostPorts {
    const { store, limits = DEFAULT_LIMITS } = options;
    return {
      residents: createResidents(RESIDENTS),
      ...options.ports,
      store: storeWithNotes(store, { notes, limits }, (id, note) => this.made(id, note)),
      handler: (digest) => store.handler(digest),
      note: (state, length) => notes.atSeal(state, length),
      childName: (_parent, id) => id,
    };
  }

  #taken({ slot, unfinished, changed, node }: Taken): void {
    const { index, schedule, ports } = this;
    this.#peers.saw(node, ports.clock.now());
    if (unfinished || changed) schedule.addUnfinished(slot);
    index.due.set(slot, schedule.dueOf(slot));
    this.#tellEnds(slot);
  }

  async #runDue(held: Held): Promise<void> {
    const { schedule, desk, tally, index } = this;
    const trace = this.#traces.get(held.slot);
    this.#traces.delete(held.slot);
    const told = schedule.takeNews(held.slot);
    const found = schedule.takeForeign(held.slot) ? newsFor(index, held.slot).map(({ of }) => of) : [];
    const news = [...new Set([...told, ...found])];
    // what came while it was handed over is for the node that has it now
    if (index.statusOf(held.slot) === 'left') return;
    // others have done it
    if (news.length === 0 && schedule.dueOf(held.slot) > this.ports.clock.now()) return;
    try {
      if (news.length > 0) await desk.tell(held, news);
      if (!(await desk.isReady(held))) return;
      tally.runs += 1;
      const report = await desk.run(held, false, null, trace);
      for (const tell of this.#takeRuns(held.slot)) tell(report);
    } catch (error) {
      await held.close(false);
      if (isUnusable(error)) return;
      schedule.addNews(news.map((of) => ({ to: held.slot, of })));
      this.#failed(held, error);
    }
  }

  #failed(held: Held, error: unknown): void {
    const failure = error instanceof Error ? error : new Error(String(error));
    held.failure = failure;
    const code = error instanceof SojournError ? error.code : 'internal';
    const facts = { object: this.index.idOf(held.slot), code };
    if (code === 'store.busy' || this.closing.signal.aborted) return this.log.debug(facts, failure.message);
    this.tally.storeErrors += 1;
    this.log.error(facts, failure.message);
  }

  #onEnd(held: Held): void {
    const { slot } = held;
    const { index, schedule } = this;
    if (slot >= 0) {
      if (index.seqOf(slot) !== held.seq) schedule.addNews([...newsOf(index, slot), ...newsFor(index, slot)]);
      schedule.settle(held);
      if (index.due.dueOf(slot) > this.ports.clock.now()) for (const told of this.#takeRuns(slot)) told(null);
    }
    this.#tellEnds(slot);
  }

  #tellEnds(slot: number): void {
    const waiting = this.#ends.get(slot) ?? [];
    this.#ends.delete(slot);
    for (const told of waiting) told();
  }

  #takeRuns(slot: number): readonly Told[] {
    const found = this.#runs.get(slot) ?? [];
    this.#runs.delete(slot);
    return found;
  }
}

function nobody(slot: number): Held {
  return new Held(slot, 0, async () => {
    throw new SojournError('internal', 'turn: expected an object, found none');
  });
}

function systemTimer(ms: number, fire: () => void): () => void {
  const timer = setTimeout(fire, ms);
  return () => clearTimeout(timer);
}
