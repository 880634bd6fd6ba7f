/**
 * What the kernel asks for beside the ground ports: an authority, providers of capabilities, and the journal that it writes to.
 */
import type { Limits } from '../limits.ts';
import type { ChildBody, Entry, EntryKind, EntryOf, Verdict } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Question } from '../policy/model.ts';
import type { GuestErrorCode, HandlerRunner } from '../ports.ts';
import type { Value, ValueMap } from '../value.ts';

/** Who decides. Made of the node's policy set and those that the object carries. */
export interface Authority {
  /** Digest of the node's set: stands in every entry of the cycle. Null where the node has none. */
  readonly policyDigest: Uint8Array | null;
  /** Null, or the reason why every question would be rejected: `policy-missing`, `policy-expired` … */
  unusable(now: number): string | null;
  decide(question: Question): Verdict;
  /** Who may read the entries of what is asked for, whatever the verdict; null: everybody. */
  cover(question: Question): Readers | null;
  /** Some policy asks for confidential entries. */
  readonly demandsReader: boolean;
}

/** X25519 public keys of those whom an entry is confidential to, beside the node that writes it. */
export type Readers = readonly Uint8Array[];

/** What may be done with a call whose answer was lost in a crash. */
export type Repetition = 'safe' | 'keyed' | 'never';

/** Carries out permitted calls. Effects go out with the idempotency key; local ones read and write the cycle. */
export interface Provider {
  readonly operations: readonly string[];
  /** What of it is there by name: tools, advisors. A sleeper can wait for a change of that. */
  readonly names?: readonly string[];
  repetition(request: ValueMap): Repetition;
  perform(call: ProviderCall, cycle: CycleView): Promise<ProviderResult>;
}

export interface ProviderCall {
  readonly operation: string;
  readonly request: ValueMap;
  /** Null where the call is safe to repeat, or never repeated. */
  readonly idempotencyKey: string | null;
  /** Narrowed by policy where it says so. The provider must keep both. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

export type ProviderResult =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: GuestErrorCode; readonly message: string };

/** What a local provider sees of the cycle. */
export interface CycleView {
  /** The cycle's frozen time. */
  readonly now: number;
  readonly limits: Limits;
  /** State before the cycle. */
  readonly state: State;
  /** Writes of this cycle: a value, or null for a deleted key. */
  readonly writes: Map<string, { readonly value: Value } | null>;
  /** The next bytes of the cycle's seeded stream. */
  random(length: number): Uint8Array;
  /** Entries from `start` on, up to what the cycle has recorded so far. */
  entries(start: number): AsyncIterable<Entry>;
}

/** Where the cycle writes, in order; and, after a crash or in a replay, where it reads first what was written before. */
export interface Tape {
  /**
   * True where this run may append. What is recorded then stands behind the last seal: nobody has signed it, so it is no authority
   * for anything that this node does.
   */
  readonly live: boolean;
  readonly state: State;
  /** `seq` of the last entry that the cycle wrote or read. */
  readonly seq: number;
  /** The next recorded entry, without taking it. */
  peek(): Entry | null;
  /** Says who may read the entries of the cycle's action, from its proposal on; null: everybody. */
  cover(readers: Readers | null): void;
  /** Passes over all recorded entries that are left. */
  skip(): void;
  /**
   * Takes the next recorded entry, which must be of this kind and hold what `check` (if given) expects, or appends a new one.
   * With `sync` it and all before it are durable when this returns. Throws Divergence.
   */
  take<K extends EntryKind>(kind: K, make: () => EntryOf<K>['body'], options?: TakeOptions<K>): Promise<Taken<K>>;
}

export interface TakeOptions<K extends EntryKind> {
  readonly sync?: boolean;
  /** True where a recorded body is what this run would have written. */
  readonly check?: (recorded: EntryOf<K>['body']) => boolean;
  /** Of a call of the guest's: who may read it and its result. Without it, an entry is covered as the cycle's action is (cover.ts). */
  readonly readers?: () => Readers | null;
}

export interface Taken<K extends EntryKind> {
  readonly entry: EntryOf<K>;
  /** False where it was written just now. */
  readonly recorded: boolean;
}

/** Names of the points of a cycle, in order; crash tests kill the process at each. */
export type CyclePoint =
  | 'opened'
  | 'call-recorded'
  | 'performed'
  | 'result-recorded'
  | 'handler-returned'
  | 'proposed'
  | 'decided'
  | 'applied'
  | 'outcome-recorded'
  | 'sealed'
  /** In place of a seal: the attempt was added to those that changed nothing. */
  | 'merged';

/** What one evaluation needs of the host. */
export interface CyclePorts {
  readonly authority: Authority;
  readonly runner: HandlerRunner;
  readonly providers: ReadonlyMap<string, Provider>;
  /** `capabilitiesOf` them, where that is known already. */
  readonly capabilities?: string;
  readonly limits: Limits;
  readonly node: NodeFacts;
  /** This node has a key of its own to read what it makes confidential. */
  readonly hasReader: boolean;
  /** 16 bytes for the cycle's seed. */
  seed(): Uint8Array;
  /** Trace id of what the cycle is part of; null for none. */
  trace(): Uint8Array | null;
  now(): number;
  /** The component with this digest (hexadecimal). Rejects with `component.missing` where it can't be had. */
  component(digest: string): Promise<Uint8Array>;
  /** Creates the child object. Doing it twice is no error. False where this node can't make the genesis that the entry names. */
  spawn(child: EntryOf<'child'>, parent: State, time: number): Promise<boolean>;
  /** Id and nonce of the genesis that `spawn` will write. */
  childId(draft: ChildDraft, parent: State, time: number): Pick<ChildBody, 'id' | 'nonce'>;
  /** Told of each point as it is passed. */
  reached(point: CyclePoint): void;
}

export type ChildDraft = Omit<ChildBody, 'id' | 'nonce'>;

export interface NodeFacts {
  /** Node id, hexadecimal. */
  readonly id: string;
  readonly zone: string;
}
