/**
 * The authority of one node over one object: the node's policy set and the sets that the object carries, the strictest verdict of
 * all. What is missing, malformed, revoked or expired rejects everything (R35); no set of the node's means nothing is allowed.
 */
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import type { PolicyLimits } from '../limits.ts';
import type { Verdict } from '../object/model.ts';
import { sha256 } from '../object/crypto.ts';
import { decodePolicySet } from './encode.ts';
import { loadPolicySet } from './load.ts';
import type { PolicySet, Question } from './model.ts';
import { commonReaders } from './readers.ts';
import { combine, rejectFor } from './verdict.ts';

/** A set that the object names in its context. */
export type CarriedSet =
  | PolicySet
  /** The digest is there, the bytes are not. */
  | { readonly missing: Uint8Array }
  | { readonly malformed: Uint8Array; readonly message: string };

export interface AuthorityInputs {
  /** Null: the node has no policy, and nothing is allowed. */
  readonly node: PolicySet | null;
  readonly carried: readonly CarriedSet[];
  readonly limits: PolicyLimits;
}

export interface Authority {
  /** Digest of the node's set, for the entries of the cycle (R34). */
  readonly policyDigest: Uint8Array | null;
  /** Null, or why every question would be rejected at this time (milliseconds): `policy-missing`, `policy-expired` … */
  unusable(now: number): string | null;
  /** Never throws. `evaluate` and `readmit` are asked of the node's set alone: an object has no say in where it may run. */
  decide(question: Question): Verdict;
  /** Keys that every set which asks for confidential entries names; null where none does. Never throws. */
  cover(question: Question): readonly Uint8Array[] | null;
  readonly demandsReader: boolean;
}

/** What a node alone decides on. */
const NODE_ALONE: ReadonlySet<string> = new Set(['evaluate', 'readmit']);

/** Reasons beside those of a single set: `policy-missing`, `policy-malformed`, `policy-revoked`, `policy-limit`. */
export function createAuthority({ node, carried, limits }: AuthorityInputs): Authority {
  const fault = findFault(node, carried, limits);
  const sets = carried.filter((set) => isLoaded(set));
  const isExpired = (now: number) =>
    [node, ...sets].some((set) => set !== null && set.expires !== null && set.expires <= now);
  return {
    policyDigest: node?.digest ?? null,
    unusable: (now) => fault ?? (isExpired(now) ? 'policy-expired' : null),
    demandsReader: [node, ...sets].some((set) => set?.demandsReader === true),
    cover(question) {
      const lists = [node, ...sets].map((set) => set?.cover(question) ?? null).filter((list) => list !== null);
      return lists.length === 0 ? null : commonReaders(lists);
    },
    decide(question) {
      if (fault !== null || node === null) return rejectFor(fault ?? 'policy-missing');
      if (isExpired(question.context.now)) return rejectFor('policy-expired');
      const asked = NODE_ALONE.has(question.action) ? [] : sets;
      return combine(
        node.decide(question),
        asked.map((set) => set.decide(question)),
        limits.wakeNodes,
      );
    },
  };
}

/**
 * The set that stands for a digest in an object's context: `bytes` are the blob that the object embeds, or null where there is none.
 * Errors are values: an object that carries a bad set is rejected, not the host's trouble.
 */
export function loadCarriedSet(digest: Uint8Array, bytes: Uint8Array | null, limits: PolicyLimits): CarriedSet {
  if (bytes === null) return { missing: digest };
  if (hex(sha256(bytes)) !== hex(digest))
    return { malformed: digest, message: `policy set ${hex(digest)}: expected bytes of this digest, found others` };
  try {
    return loadPolicySet(decodePolicySet(bytes, limits), { limits, origin: hex(digest).slice(0, 16) });
  } catch (error) {
    if (error instanceof SojournError) return { malformed: digest, message: error.message };
    throw error;
  }
}

function findFault(node: PolicySet | null, carried: readonly CarriedSet[], limits: PolicyLimits): string | null {
  if (node === null || carried.some((set) => 'missing' in set)) return 'policy-missing';
  if (carried.some((set) => 'malformed' in set)) return 'policy-malformed';
  if (carried.length > limits.carried) return 'policy-limit';
  const sets = [node, ...carried.filter((set) => isLoaded(set))];
  // A set may be revoked by any that stands beside it: that, too, can only narrow.
  const revoked = new Set(sets.flatMap((set) => set.revoked));
  return sets.some((set) => revoked.has(hex(set.digest))) ? 'policy-revoked' : null;
}

function isLoaded(set: CarriedSet): set is PolicySet {
  return 'decide' in set;
}
