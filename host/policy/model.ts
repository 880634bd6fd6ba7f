/**
 * What is asked of authority and what it answers, whatever engine decides.
 */
import type { Verdict } from '../object/model.ts';
import type { Value } from '../value.ts';

/** One question: may this object do this to that, here and now? */
export interface Question {
  /** `evaluate`, one of the six actions, or an operation such as `http.send`. */
  readonly action: string;
  readonly object: ObjectFacts;
  readonly resource: Resource;
  readonly context: QuestionContext;
  /**
   * The data that would leave or be committed (the parsed JSON body of a request, the tool's input, the value). Facts are read
   * from it by the policy set's own facts.json, so that policy sees what is sent and not what is claimed.
   */
  readonly data: Value;
}

export interface ObjectFacts {
  /** Hexadecimal. */
  readonly id: string;
  readonly creator: string;
  readonly handler: string;
  readonly task: string;
  readonly parent: string | null;
}

export type Resource =
  | { readonly type: 'Object'; readonly id: string }
  | {
      readonly type: 'Http';
      readonly scheme: string;
      readonly host: string;
      readonly port: number;
      readonly path: string;
      /** With its `?`; empty where there is none. */
      readonly query: string;
      readonly method: string;
    }
  | { readonly type: 'Tool'; readonly name: string }
  | { readonly type: 'Advisor'; readonly name: string }
  | { readonly type: 'Key'; readonly key: string }
  | { readonly type: 'File'; readonly path: string }
  /** The advisor that the node's operator has added. */
  | { readonly type: 'Advisor'; readonly name: string }
  /** For operations without a target of their own: `clock.now`, `random.bytes`, `log.write`, `memory.read`, `signals.read`, `kv.keys`, `children.list`. */
  | { readonly type: 'Host' };

export interface QuestionContext {
  /** Milliseconds. */
  readonly now: number;
  /** Node id, hexadecimal. */
  readonly node: string;
  readonly zone: string;
  /** Recomputed from the entries (docs/trust.md). */
  readonly trust: { readonly slope: number; readonly continuousOver: number };
  readonly counters: {
    readonly cycles: number;
    readonly calls: number;
    readonly fuel: number;
    readonly children: number;
  };
  /** Names of the signals that came in, with the ids of the nodes that signed them: `name` and `name@node`. */
  readonly approvals: readonly string[];
  /** The execution's step, the mutation's kind, the name of a child; else the empty string. */
  readonly step: string;
}

/** A policy set, loaded and checked. */
export interface PolicySet {
  readonly digest: Uint8Array;
  readonly name: string;
  /** Milliseconds; null: never. */
  readonly expires: number | null;
  /** Digests (hexadecimal) of policy sets that this one revokes. */
  readonly revoked: readonly string[];
  /** Pure and synchronous. Never throws: what goes wrong inside is a reject with a reason. */
  decide(question: Question): Verdict;
  /**
   * X25519 public keys that the entries of what is asked for must be confidential to, whatever the verdict; null where the set does not
   * ask for it. An empty list: to nobody but the node that writes.
   */
  cover(question: Question): readonly Uint8Array[] | null;
  /** Some policy of it asks for confidential entries: a node without a key of its own cannot do what it says. */
  readonly demandsReader: boolean;
}

/** Names that `@constrain` may narrow. Each is enforced by the kernel at the call it stands at. */
export interface Constraints {
  readonly 'timeout-ms'?: number;
  /** A call that takes longer is of class `latency`: answered, and told as a failure signal. */
  readonly 'latency-ms'?: number;
  readonly 'max-response-bytes'?: number;
  readonly 'max-request-bytes'?: number;
  /** Calls of this operation in one cycle. */
  readonly 'max-calls'?: number;
  /** For dormancy: the object wakes after this at the latest. */
  readonly 'max-sleep-ms'?: number;
}
