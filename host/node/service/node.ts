/**
 * A long-lived node: thousands of objects in one store, each evaluated by one at a time, woken when it is due or told something. What
 * a caller sees of it; `createNode` makes one. A node keeps nothing that its store could not give back (R27, R42).
 */
import type { Context, Meter, Tracer } from '@opentelemetry/api';
import type { CyclePoint } from '../../kernel/ports.ts';
import type { EntryKind, OutcomeClass } from '../../object/model.ts';
import type { NodeStore } from '../../ports.ts';
import type { Value } from '../../value.ts';
import type { ObjectDraft } from '../draft-object.ts';
import type { Created, HostOptions } from '../host.ts';
import type { HostPorts } from '../host-ports.ts';
import type { RunReport } from '../run.ts';
import type { SignalReport } from '../signal.ts';
import type { ObjectView } from '../view.ts';

/** Of what a host needs, all but the store and where handlers are: both are the node's store. */
export type NodePorts = Omit<HostPorts, 'store' | 'handler' | 'note' | 'childName'> & {
  /** Calls once, after so many milliseconds; gives what takes it back. Default: the system's. */
  readonly timer?: (ms: number, fire: () => void) => () => void;
};

/** What a log is told. A pino logger is one. Never a secret, never what is confidential. */
export interface NodeLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Of `@opentelemetry/api`. */
export interface NodeTelemetry {
  readonly tracer: Tracer;
  readonly meter: Meter;
}

export interface NodeOptions extends Omit<HostOptions, 'ports' | 'onPoint'> {
  readonly ports: NodePorts;
  readonly store: NodeStore;
  /** Objects that are worked on at once. Default: 64. */
  readonly concurrency?: number;
  /** Requests that wait for their turn at most: one more is `node.busy`. Default: 4,096. */
  readonly waiting?: number;
  /** Events that are kept for who comes back. Default: 4,096. */
  readonly events?: number;
  /** Bytes of one object that arrives. Default: 64 MiB. */
  readonly admitBytes?: number;
  readonly log?: NodeLog;
  readonly telemetry?: NodeTelemetry;
  readonly onPoint?: (point: CyclePoint, object: string) => void;
}

export interface NodeDraft extends Omit<ObjectDraft, 'handler'> {
  /** Digest (64 hexadecimal digits) of one that the node has, or the component itself, which it then keeps. */
  readonly handler: string | Uint8Array;
  /** False: it is evaluated when somebody asks for it, or a signal comes. Default: at once. */
  readonly run?: boolean;
  /** Idempotency key, 1 to 256 characters: the same one gives the same object. */
  readonly key?: string;
  /** What it is done for: its cycles are spans below. Default: a trace of their own. */
  readonly trace?: Context;
}

export interface NodeCreated extends Created {
  /** True where the key was known: nothing was made. */
  readonly duplicate: boolean;
}

export interface NodeHandler {
  /** SHA-256 of the component, hexadecimal. */
  readonly handler: string;
  readonly bytes: number;
}

/**
 * `left`: handed over, and kept for reading. `set-aside`: it can't be read or does not hold, and nothing is done with it before it
 * is put right; `reason` says why.
 */
export type LineStatus = 'active' | 'dormant' | 'terminated' | 'left' | 'set-aside';

/** An object in a few words, from the index: nothing is read for it. */
export interface ObjectLine {
  readonly id: string;
  readonly status: LineStatus;
  /** This node works on it now. */
  readonly running: boolean;
  /** Digest, hexadecimal. */
  readonly handler: string;
  /** Of its intent. */
  readonly kind: string;
  readonly parent: string | null;
  /** Cycles that have an outcome. */
  readonly cycles: number;
  /** `seq` of the last seal. */
  readonly seq: number;
  /** Stored. */
  readonly bytes: number;
  /** When time alone wakes it, in milliseconds since 1970. */
  readonly wakesAt: number | null;
  /** What a sleeper waits for beside time: names of signals, ids of objects. */
  readonly waitsFor: { readonly signals: readonly string[]; readonly objects: readonly string[] };
  /** Why it is not gone on with, where it is active and stands still, or is set aside. */
  readonly reason: string | null;
}

export interface ListFilter {
  readonly status?: LineStatus;
  readonly handler?: string;
  readonly parent?: string;
  readonly kind?: string;
  /** Sleepers that time alone wakes before then. */
  readonly dueBefore?: number;
  /** These alone, and those of these handlers alone, where the caller may see no others. */
  readonly amongObjects?: ReadonlySet<string>;
  readonly amongHandlers?: ReadonlySet<string>;
  /** 1 to 1,000. Default: 100. */
  readonly limit?: number;
  /** `next` of the page before. Errors: `usage` for one that is none. */
  readonly cursor?: string;
}

export interface ListPage {
  /** By id. */
  readonly objects: readonly ObjectLine[];
  /** Null behind the last page. */
  readonly next: string | null;
}

/** What happened to an object, told once it is durable. `seq` grows, over restarts as well. */
export type NodeEvent = {
  readonly seq: number;
  readonly time: number;
  readonly object: string;
} & (
  | { readonly type: 'created'; readonly handler: string; readonly kind: string; readonly parent: string | null }
  | {
      readonly type: 'entry';
      readonly entry: { readonly seq: number; readonly kind: EntryKind; readonly cycle: number };
    }
  | {
      readonly type: 'outcome';
      readonly entry: { readonly seq: number; readonly cycle: number };
      readonly class: OutcomeClass;
      readonly action: string | null;
      readonly reason: string | null;
      readonly message: string | null;
    }
  | { readonly type: 'asleep'; readonly wakesAt: number | null }
  | { readonly type: 'ended'; readonly achieved: boolean; readonly class: OutcomeClass }
  | { readonly type: 'signal'; readonly name: string | null; readonly entry: { readonly seq: number } }
  | { readonly type: 'set-aside'; readonly reason: string }
  | { readonly type: 'left' | 'arrived' }
);

export interface EventFilter {
  /** Id; without it, those of all objects. */
  readonly object?: string;
  /** `seq` of the last one that is known: those behind it come first, as far as they are kept. Default: only what comes. */
  readonly after?: number;
  /** Ends the iteration. */
  readonly abort: AbortSignal;
}

export interface EvaluateOptions {
  /** One cycle at most. */
  readonly once?: boolean;
  /** Once aborted, the run ends behind the seal of the cycle that is under way: `paused`. */
  readonly signal?: AbortSignal | null;
  /** What it is done for: its cycles are spans below. Default: a trace of their own. */
  readonly trace?: Context;
}

export interface NodeSignalOptions {
  /** Idempotency key. Default: one of its own for each delivery. */
  readonly key?: string;
  /** X25519 public keys: confidential to them and to this node. */
  readonly readers?: readonly Uint8Array[];
  /** Waits, until it aborts, for the end of the run that the signal started. */
  readonly wait?: AbortSignal | null;
  /** What it is done for: its cycles are spans below. Default: a trace of their own. */
  readonly trace?: Context;
}

export interface NodeSignalReport extends SignalReport {
  /** Null where it started none, or nobody waited long enough. */
  readonly run: RunReport | null;
}

export interface HandedOver {
  readonly id: string;
  /** All that is stored; the mark is durable before the first piece. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly length: number;
  /** Of its last seal. */
  readonly receipt: Uint8Array;
}

export interface Admitted {
  readonly id: string;
  /** `extended`: it took the place of a shorter copy of the same history. `back`: it had left, and is gone on with here again. */
  readonly state: 'new' | 'extended' | 'same' | 'back';
}

export interface AdmitOptions {
  /**
   * For reading: another node goes on with it. What had left stays left; what was never here is taken only where it has ended. Errors:
   * `object.left` for a living one that was never here.
   */
  readonly reading?: boolean;
}

export interface EvaluatedBytes {
  readonly bytes: Uint8Array;
  readonly report: RunReport;
  /** Objects that it made, by id. */
  readonly children: ReadonlyMap<string, Uint8Array>;
}

/** What a node stands at. Counters grow from the start of the process. */
export interface NodeStats {
  readonly objects: { readonly [status in LineStatus]: number };
  /** The index was rebuilt. */
  readonly indexed: boolean;
  readonly indexBytes: number;
  /** Objects that are worked on now. */
  readonly running: number;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** Objects that are due and wait for their turn, how late the first of them is (ms), and when the next is due. */
  readonly due: { readonly overdue: number; readonly lateMs: number; readonly next: number | null };
  readonly created: number;
  readonly signals: number;
  readonly runs: number;
  readonly outcomes: { readonly [outcome in OutcomeClass]?: number };
  /** Errors of the store that background work met. */
  readonly storeErrors: number;
  /** `seq` of the last event. */
  readonly lastEvent: number;
}

/**
 * Each function: `node.closing` once `close` was called, and `store.*`. Those that work on an object: `store.missing` where it is not
 * here, `object.left` where it was handed over, `node.busy` where too much waits, `object.*` for one that does not hold.
 */
export interface Node {
  /** Node id: 32 hexadecimal digits. */
  readonly id: string;
  readonly zone: string;
  /** Resolves once the index is rebuilt: lists are whole from then on, and sleepers wake. All else answers before. */
  readonly indexed: Promise<void>;
  /** Admits and keeps it, durably. Errors: `component.*`. */
  putHandler(component: Uint8Array): Promise<NodeHandler>;
  handlers(): Promise<readonly NodeHandler[]>;
  /** Errors: those of `Host.create`; `component.missing`; `object.exists` for a key that was used for another draft. */
  create(draft: NodeDraft): Promise<NodeCreated>;
  /** Evaluates in the object's turn; resolves when it stops. */
  evaluate(id: string, options?: EvaluateOptions): Promise<RunReport>;
  /** Durable when it resolves; an object that waits for it is then run. Errors: `signal.invalid`, `object.terminated`. */
  signal(id: string, name: string, payload: Value, options?: NodeSignalOptions): Promise<NodeSignalReport>;
  /** Null where it is not here. */
  line(id: string): Promise<ObjectLine | null>;
  list(filter?: ListFilter): Promise<ListPage>;
  show(id: string, options?: { readonly at?: number }): Promise<ObjectView>;
  /** Stored bytes. Errors at once: `store.missing`. */
  read(id: string, offset?: number): Promise<AsyncIterable<Uint8Array>>;
  /** Resolves when nothing is done with the object and nothing is due. Rejects with the reason of `abort`. */
  settled(id: string, options: { readonly abort: AbortSignal }): Promise<ObjectLine>;
  events(filter: EventFilter): AsyncIterable<NodeEvent>;
  /** Ends what a crash left open, seals, and marks it durably: this node runs it no more. The same again gives the same bytes. */
  handOver(id: string): Promise<HandedOver>;
  /**
   * Verifies all of it first. Errors: `object.behind` where ours goes on further, `object.forked` with the entry where they part
   * (nothing is merged, R29), `object.*` for one that does not hold.
   */
  admit(bytes: Uint8Array | AsyncIterable<Uint8Array>, options?: AdmitOptions): Promise<Admitted>;
  /** Bytes in, bytes out: nothing is kept (R59). */
  evaluateBytes(bytes: Uint8Array, options?: EvaluateOptions): Promise<EvaluatedBytes>;
  stats(): NodeStats;
  /** Takes no more; what runs ends behind its next seal, or when the grace is over (default: 10 s) with the process. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
