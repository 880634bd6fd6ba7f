/**
 * The words of the object format as types: genesis, entries and their bodies. What stands here in named fields is stored as
 * arrays in exactly this order of fields (docs/format.md has the CDDL). Hashes and ids are bytes here, hexadecimal for people.
 */
import type { CycleLimits } from '../limits.ts';
import type {
  AggregateBody,
  AttemptsBody,
  CancelBody,
  CheckpointBody,
  FailureBody,
  FollowBody,
  NegativeBody,
  ReadmitBody,
  RetireBody,
  WitnessBody,
} from './life.ts';
import type { ActionName, Budgets, Condition, OutcomeClass, Verdict } from './terms.ts';
import type { Value, ValueMap } from '../value.ts';

export type * from './life.ts';
export type * from './terms.ts';

/** Version of the object format. Stored in the genesis. */
export const FORMAT_VERSION = 2;
/** Version of the WIT package `sojourn:object`. Stored in the genesis. */
export const CONTRACT_VERSION = '0.2.0';

export interface Intent {
  /** What kind of task, for example `purchase-approval`: 1 to 64 characters of a-z, 0-9, `-`. */
  readonly kind: string;
  readonly goal: string;
  readonly input: Value;
  readonly constraints: ValueMap;
}

export interface Scope {
  /** Operations such as `http.send`, or `http.*`, or `*`. Empty: none. */
  readonly capabilities: readonly string[];
  /** Zone names; empty: any. */
  readonly zones: readonly string[];
  /** How many generations of children it may have. */
  readonly depth: number;
}

export interface ParentLink {
  readonly id: Uint8Array;
  /** `seq` of the parent's `child` entry. */
  readonly seq: number;
  /** 1 for a child of an object without parent. */
  readonly generation: number;
  /** The parent's name for it. */
  readonly name: string;
}

export interface Context {
  /** Ed25519 public key, 32 bytes. Seals the genesis. */
  readonly creator: Uint8Array;
  readonly scope: Scope;
  /** SHA-256 of each policy set that travels with the object. */
  readonly policies: readonly Uint8Array[];
  readonly budgets: Budgets;
  readonly parent: ParentLink | null;
}

export interface Genesis {
  readonly formatVersion: number;
  readonly meterVersion: number;
  readonly contractVersion: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** 16 random bytes, so that two objects with the same content have two ids. */
  readonly nonce: Uint8Array;
  /** SHA-256 of the unmetered handler component. */
  readonly handler: Uint8Array;
  readonly intent: Intent;
  readonly context: Context;
  /** Memory schema (docs/format.md), or null for none. */
  readonly schema: ValueMap | null;
}

/** Bytes that the object embeds, found by their SHA-256. */
export interface BlobBody {
  readonly media: string;
  readonly bytes: Uint8Array;
}

/** A message from outside. Its sender is the node that seals it. */
export interface SignalBody {
  readonly name: string;
  /** Idempotency key: a second signal with the same key is not appended. */
  readonly key: string;
  readonly payload: Value;
}

/** Opens a cycle: everything that the handler run depends on beside the entries before it. */
export interface OpenBody {
  readonly trigger: 'created' | 'continued' | 'woken';
  /** For `woken`: `seq` of the outcome entry of the reentry. */
  readonly because: number | null;
  /** 16 bytes. Seeds `random`. */
  readonly seed: Uint8Array;
  readonly limits: CycleLimits;
  /** Trace id (16 bytes, W3C Trace Context) that the node's telemetry has this cycle under; null for none. */
  readonly trace: Uint8Array | null;
}

/** A capability call and its verdict. Durable before any effect leaves the node. */
export interface CallBody {
  /** 0 for the first call of the cycle. */
  readonly index: number;
  readonly operation: string;
  readonly request: ValueMap;
  /** Set where the call may be repeated with it after a crash. */
  readonly key: string | null;
  readonly verdict: Verdict;
}

/** What a call gave. */
export interface ResultBody {
  /** `seq` of the call entry. */
  readonly call: number;
  readonly class: OutcomeClass;
  /** The contract's error code, null on success. */
  readonly error: string | null;
  /** The provider's answer; null on an error. */
  readonly value: Value;
  /** For people; never shown to the guest. */
  readonly message: string | null;
}

export interface ProposalBody {
  /** `handler`, or `advice:` and the name of whoever gave advice. */
  readonly source: string;
  /** Null for advice: it proposes to the handler and decides nothing. */
  readonly action: ActionName | null;
  /** The action's record of wit/situation.wit in plain data; null for reentry. For advice: `call`, `prompt` (SHA-256) and `answer`. */
  readonly body: Value;
  readonly rationale: string;
  /** 0 to 1. */
  readonly confidence: number;
  /** Fuel used by the handler run. */
  readonly fuel: number;
}

/** Authority's decision on a proposal, or on the kernel's own choice of reentry. */
export interface VerdictBody {
  /** `seq` of the proposal; null for reentry. */
  readonly proposal: number | null;
  readonly action: ActionName;
  readonly verdict: Verdict;
}

/** A wake check of a dormant object. */
export interface WakeBody {
  /** `seq` of the outcome that put it to sleep. */
  readonly dormancy: number;
  readonly satisfied: boolean;
  /** `seq` of the signals and witnesses that helped. */
  readonly because: readonly number[];
}

export interface IntentBody {
  readonly mutation: 'refine' | 'constrain' | 'expand' | 'reclassify';
  readonly before: Intent;
  readonly after: Intent;
  readonly reason: string;
}

export interface ChildBody {
  readonly name: string;
  /** Id of the child: SHA-256 of its genesis. */
  readonly id: Uint8Array;
  readonly nonce: Uint8Array;
  readonly handler: Uint8Array;
  readonly intent: Intent;
  readonly scope: Scope;
  readonly budgets: Budgets;
}

/** Another holder, or the same one after a crash, goes on with a cycle that was left without a seal. */
export interface RecoverBody {
  /** Node id of the one that stopped. */
  readonly lost: Uint8Array;
  /** `seq` of the first entry that it left unsealed. */
  readonly from: number;
}

/** The one end of a cycle (R10). */
export interface OutcomeBody {
  readonly class: OutcomeClass;
  readonly action: ActionName | null;
  /** A code; null for a plain success. */
  readonly reason: string | null;
  /** The bound that was hit. */
  readonly bound: string | null;
  readonly message: string | null;
  /** What the action gave. */
  readonly value: Value;
  /** For dormancy, and for a deferral: what the object waits for. */
  readonly wake: Condition | null;
  readonly fuel: number;
  readonly calls: number;
  readonly bytes: number;
}

/** COSE_Sign1 (RFC 9052, untagged, EdDSA) over a statement, or the bare statement of a node without a key. */
export interface SealBody {
  /** Encoded statement: the payload that is signed. */
  readonly statement: Uint8Array;
  /** 32 bytes; null where the seal is unsigned. */
  readonly publicKey: Uint8Array | null;
  /** 64 bytes; null where the seal is unsigned. */
  readonly signature: Uint8Array | null;
}

/** What a seal says. A receipt is the seal's COSE_Sign1, kept by others (R20). */
export interface SealStatement {
  readonly id: Uint8Array;
  /** `seq` of the seal itself. */
  readonly seq: number;
  /** SHA-256 of the item before the seal. */
  readonly head: Uint8Array;
  readonly time: number;
  readonly node: Uint8Array;
  readonly cycle: number;
  /** Trust slope, 0 to 1000. */
  readonly trust: number;
}

/** The kinds whose bodies may be confidential: those that carry what was asked, answered, proposed and said. */
export type ConfidentialKind =
  | 'signal'
  | 'call'
  | 'result'
  | 'proposal'
  | 'intent'
  | 'failure'
  | 'negative'
  | 'outcome';

/** A body that this reader can't open: stored as a map of `digest` and `sealed` in the place of the body of kind `inner`. */
export interface ConfidentialBody {
  /** The kind that is stored. */
  readonly inner: ConfidentialKind;
  /** SHA-256 of `sealed`, which stays when `sealed` is gone. */
  readonly digest: Uint8Array;
  /** COSE_Encrypt (docs/confidential.md); null once redacted. */
  readonly sealed: Uint8Array | null;
}

interface Bodies {
  readonly blob: BlobBody;
  readonly signal: SignalBody;
  readonly open: OpenBody;
  readonly call: CallBody;
  readonly result: ResultBody;
  readonly proposal: ProposalBody;
  readonly verdict: VerdictBody;
  readonly wake: WakeBody;
  readonly intent: IntentBody;
  readonly child: ChildBody;
  readonly recover: RecoverBody;
  readonly cancel: CancelBody;
  readonly aggregate: AggregateBody;
  readonly witness: WitnessBody;
  readonly failure: FailureBody;
  readonly negative: NegativeBody;
  readonly retire: RetireBody;
  readonly attempts: AttemptsBody;
  readonly checkpoint: CheckpointBody;
  readonly follow: FollowBody;
  readonly readmit: ReadmitBody;
  readonly outcome: OutcomeBody;
  readonly seal: SealBody;
  /** In memory only: no entry is stored under this kind. */
  readonly confidential: ConfidentialBody;
}

export type EntryKind = keyof Bodies;
/** The kinds that stand in stored bytes. */
export type StoredKind = Exclude<EntryKind, 'confidential'>;
export type EntryBody = { [K in EntryKind]: { readonly kind: K; readonly body: Bodies[K] } }[EntryKind];

export interface EntryHeader {
  readonly seq: number;
  /** SHA-256 of the stored bytes of the item before. */
  readonly prev: Uint8Array;
  readonly time: number;
  /** Node id: the first 16 bytes of SHA-256 of its public key; 16 zero bytes for a node without a key. */
  readonly node: Uint8Array;
  /** Number of the cycle; 0 before the first. A signal carries that of the cycle before it. */
  readonly cycle: number;
  /** Digest of the node's policy set; null outside cycles. */
  readonly policy: Uint8Array | null;
}

/** What is known of a confidential body that was opened. */
export interface Cover {
  readonly digest: Uint8Array;
  /** Key ids of its readers, in order. */
  readonly readers: readonly Uint8Array[];
}

interface Covered {
  /** Set where the stored body is confidential and was opened. */
  readonly cover?: Cover;
}

export type Entry = EntryHeader & EntryBody & Covered;
export type EntryOf<K extends EntryKind> = EntryHeader & { readonly kind: K; readonly body: Bodies[K] } & Covered;
