/**
 * What is done with one object in its turn: opened, told of others, given signals, run. Each step leaves the index as the object is, and
 * tells what happened once it is durable.
 */
import type { Context } from '@opentelemetry/api';
import { SojournError } from '../../errors.ts';
import { cardOf, isWorthTelling } from '../../kernel/exchange.ts';
import type { CyclePoint, NodeFacts } from '../../kernel/ports.ts';
import type { Limits } from '../../limits.ts';
import { parentsWord } from '../../object/lineage.ts';
import type { Entry, EntryOf, SignalBody } from '../../object/model.ts';
import type { HostPorts } from '../host-ports.ts';
import { readOther } from '../read-other.ts';
import { runObject } from '../run.ts';
import type { RunReport } from '../run.ts';
import { createStanding } from '../standing.ts';
import type { Standing } from '../standing.ts';
import { openSession } from '../open-session.ts';
import type { Session } from '../session.ts';
import { deliverSignal } from '../signal.ts';
import type { SignalReport } from '../signal.ts';
import { witnessRead } from '../witness.ts';
import { createCycleSpans } from './cycle-spans.ts';
import type { Events } from './events.ts';
import { Held } from './held.ts';
import type { NodeLog, NodeOptions } from './node.ts';
import { FLAGS } from './note.ts';
import type { Note } from './note.ts';
import type { Notes } from './notes.ts';
import { applyLate, expectNamed, isUnusable } from './stock.ts';
import { tellEnd, tellEntries, tellOutcome } from './telling.ts';
import type { WakeIndex } from './wake-index.ts';

export interface DeskInputs {
  readonly ports: HostPorts;
  readonly options: Pick<NodeOptions, 'policy' | 'tools' | 'advisors' | 'accept' | 'onPoint' | 'telemetry'>;
  readonly limits: Limits;
  readonly node: NodeFacts;
  readonly index: WakeIndex;
  readonly notes: Notes;
  readonly events: Events;
  readonly log: NodeLog;
  /** Aborted once the node closes. */
  readonly closing: AbortSignal;
  /** Deliveries that came in for an object while it was run. */
  readonly serveBrief: (held: Held) => Promise<void>;
  /** Told of the outcome of each cycle. */
  readonly count: (outcome: EntryOf<'outcome'>) => void;
}

export class Desk {
  readonly #inputs: DeskInputs;
  readonly #standing: Standing;

  constructor(inputs: DeskInputs) {
    this.#inputs = inputs;
    const { ports, limits, options } = inputs;
    const { tools = [], advisors = [] } = options;
    this.#standing = createStanding({ ports, limits, tools, advisors });
  }

  /** An object for a turn. */
  open(slot: number): Held {
    return new Held(slot, this.#inputs.index.seqOf(slot), () => this.#openNow(slot));
  }

  /** Durable when it returns. Errors: those of `deliverSignal`. */
  async deliver(held: Held, signal: SignalBody, readers: readonly Uint8Array[] | null): Promise<SignalReport> {
    const { limits, events, ports, index } = this.#inputs;
    const session = await this.finished(held);
    const isHeld = (index.flagsOf(held.slot) & FLAGS.held) !== 0;
    index.setFlag(held.slot, FLAGS.held, false); // its note says so already
    const report = await deliverSignal(session, signal, limits, readers).catch((error: unknown) => {
      index.setFlag(held.slot, FLAGS.held, isHeld);
      throw error;
    });
    this.#keep(session);
    if (report.duplicate) return report;
    const name = readers === null ? signal.name : null;
    const entry = { seq: report.seq };
    events.tell({ type: 'signal', object: session.name, time: ports.clock.now(), name, entry });
    return report;
  }

  /** Until it stops; deliveries that come in are taken between two cycles. */
  async run(held: Held, once: boolean, abort: AbortSignal | null, trace?: Context): Promise<RunReport> {
    const { index, closing, serveBrief, events } = this.#inputs;
    const { state: before } = await held.session();
    index.setFlag(held.slot, FLAGS.held | FLAGS.resting, false);
    index.setReason(held.slot, null);
    let whole: RunReport | null = null;
    for (;;) {
      const { tail } = await held.session();
      const stops = [closing, held.interruption, ...(abort === null ? [] : [abort])];
      const report = await this.#runOnce(await held.session(), once, AbortSignal.any(stops), trace);
      // what was taken up is no tail any more
      if (tail.length > 0) await held.close(false);
      whole = whole === null ? report : joined(whole, report);
      if (report.status !== 'paused' || once || abort?.aborted === true || closing.aborted) break;
      this.#keep(await held.session());
      await serveBrief(held);
    }
    const { name, state, length } = await held.session();
    const { wakesAt } = this.#keep({ name, state, length });
    held.ranTo = state;
    if (state.status === 'active' && STILL.has(whole.status) && !closing.aborted)
      index.setReason(held.slot, `${whole.status}: ${whole.message ?? 'nothing more was asked for'}`);
    tellEnd(events, name, state, before, wakesAt);
    return whole;
  }

  /** Its session once what a crash left open has ended; the tail is still there where that was refused. */
  async finished(held: Held): Promise<Session> {
    const session = await held.session();
    if (session.tail.length > 0) await this.run(held, true, null);
    return held.session();
  }

  /** Tells it what is worth telling of others. What is wrong with one of them is logged. */
  async tell(held: Held, others: readonly number[]): Promise<void> {
    const { index } = this.#inputs;
    const session = await this.finished(held);
    if (session.state.status === 'terminated' || session.tail.length > 0) return;
    for (const other of others) {
      const known = session.state.objects.get(index.idOf(other)) ?? null;
      // to read all children again for each that ends would be the square of them
      const isOver = known !== null && known.ended !== null && known.at >= index.seqOf(other);
      if (!isOver) await this.#tellOne(session, other);
    }
    this.#keep(session);
  }

  /** Whether to run it now, by itself. */
  async isReady(held: Held): Promise<boolean> {
    const { index } = this.#inputs;
    const session = await held.session();
    const isReady = this.#isReady(session, held.slot);
    const isActive = session.state.status === 'active' && index.statusOf(held.slot) === 'active';
    // the index had it otherwise, or it would not have been due: it must not be due for that again and again
    if (!isReady && !isActive) this.#keep(session);
    else if (!isReady) this.#keepLate(session, held.slot);
    return isReady;
  }

  #isReady({ state, tail }: Session, slot: number): boolean {
    const { index, notes } = this.#inputs;
    if (state.status === 'terminated') return false;
    if (tail.length > 0 || parentsWord(state) !== null) return true;
    if (state.status === 'dormant') return notes.isAwake(state);
    return index.reasonOf(slot) === null && (index.flagsOf(slot) & (FLAGS.held | FLAGS.resting)) === 0;
  }

  async #openNow(slot: number): Promise<Session> {
    const { index, ports, limits, options, events, log } = this.#inputs;
    const id = index.idOf(slot);
    try {
      const session = await openSession(id, ports, limits, { accepted: options.accept ?? [] });
      await expectNamed(session, () => session.close(false));
      // it is read, so it holds: what was set aside was put right
      if (index.statusOf(slot) === 'set-aside') this.#keep(session);
      return session;
    } catch (error) {
      if (isUnusable(error)) {
        index.setAside(id, error.message);
        events.tell({ type: 'set-aside', object: id, time: ports.clock.now(), reason: error.message });
        log.warn({ object: id, reason: error.message }, 'object set aside');
      }
      throw error;
    }
  }

  /** Brings the index to where the object is. */
  #keep({ name, state, length }: Pick<Session, 'name' | 'state' | 'length'>): Note {
    const note = this.#inputs.notes.of(state, length);
    this.#inputs.index.apply(name, note, null);
    return note;
  }

  /** The same of one that stands still, and does so further on than the index has it. */
  #keepLate({ name, state, length }: Session, slot: number): void {
    const { index, notes } = this.#inputs;
    if (state.seq !== index.seqOf(slot)) applyLate(index, { slot, name, note: notes.of(state, length), mark: null });
  }

  async #runOnce(session: Session, once: boolean, pause: AbortSignal, trace?: Context): Promise<RunReport> {
    const { ports, limits, node, events, options, count } = this.#inputs;
    const { policy, tools = [], advisors = [], telemetry } = options;
    const { name } = session;
    const spans = createCycleSpans({ tracer: telemetry?.tracer ?? null, object: name, parent: trace ?? null });
    let written: Entry[] = [];
    const reached = (point: CyclePoint): void => options.onPoint?.(point, name);
    const onEntry = (entry: Entry): void => {
      written.push(entry);
      spans.onEntry(entry);
    };
    const onOutcome = (outcome: EntryOf<'outcome'>): void => {
      tellEntries(events, name, written);
      tellOutcome(events, name, outcome);
      count(outcome);
      written = [];
    };
    const traced: HostPorts = { ...ports, trace: () => spans.trace() ?? ports.trace?.() ?? null };
    const report = await runObject(
      {
        name,
        session,
        ports: traced,
        policy,
        limits,
        node,
        tools,
        advisors,
        standing: this.#standing,
        reached,
        onEntry,
      },
      { once, signal: pause, onOutcome },
    ).finally(() => spans.end());
    if (report.attempts !== null) tellEntries(events, name, written);
    return report;
  }

  async #tellOne(session: Session, slot: number): Promise<void> {
    const { index, ports, limits, events, log } = this.#inputs;
    const id = index.idOf(slot);
    try {
      const other = await readOther(id, ports, limits, session.state.objects);
      const card = cardOf(other.standing, other.cancels.keys());
      if (!isWorthTelling(cardOf(session.state, []), card)) return;
      const { seqs } = await witnessRead(session, other, ports, limits);
      const { cycle } = session.state;
      const time = ports.clock.now();
      for (const seq of seqs)
        events.tell({ type: 'entry', object: session.name, time, entry: { seq, kind: 'witness', cycle } });
    } catch (error) {
      if (!(error instanceof SojournError) || error.code.startsWith('store.')) throw error;
      log.warn({ object: session.name, other: id, code: error.code }, error.message);
    }
  }
}

/** A run that ended so is not gone on with by itself. */
const STILL: ReadonlySet<RunReport['status']> = new Set(['refused', 'blocked', 'failed', 'stalled', 'paused']);

function joined(first: RunReport, then: RunReport): RunReport {
  return {
    ...then,
    outcomes: [...first.outcomes, ...then.outcomes],
    attempts: then.attempts ?? first.attempts,
    receipt: then.receipt ?? first.receipt,
  };
}
