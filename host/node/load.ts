/**
 * From stored bytes to what a host works with: the verified chain folded into a state, where items stand, which blobs there are, and
 * what a crash left without a seal. Reads as a stream; what it keeps does not grow with the history. A carried object is folded from
 * its checkpoint on.
 */
import { SojournError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { hex } from '../json.ts';
import { createAuditor } from '../kernel/audit.ts';
import { auditScope } from '../kernel/audit-scope.ts';
import type { Finding } from '../kernel/audit.ts';
import type { Stored } from '../kernel/tape.ts';
import type { Limits } from '../limits.ts';
import { verifyChain } from '../object/chain.ts';
import type { VerifyReason, VerifyResult } from '../object/chain.ts';
import { applyEntry, createState } from '../object/fold.ts';
import { ItemIndex } from '../object/item-index.ts';
import type { Parting } from '../object/heads.ts';
import type { Entry, EntryOf } from '../object/model.ts';
import { decodeStatement } from '../object/seal.ts';
import { restoreState } from '../object/snapshot.ts';
import type { State } from '../object/state.ts';
import type { Place } from '../object/walk.ts';
import type { Hash, ReaderKey, VerifySignature } from '../ports.ts';
import { createCensus } from './census.ts';
import type { Census } from './census.ts';

export interface LoadPorts {
  readonly hash: Hash;
  readonly verify: VerifySignature;
  /** Opens what is confidential to it. */
  readonly reader?: ReaderKey | null;
}

/** What is known of an object whose chain holds. */
export interface Loaded {
  readonly chain: Extract<VerifyResult, { ok: true }>;
  /** State at the last entry; where a body stayed closed, at the last entry before it. */
  readonly state: State;
  /** State at the last seal, of those that could be folded up to. */
  readonly sealed: State;
  /** Bodies that are confidential, opened or not. */
  readonly confidential: Census;
  /** Entries after the last seal. */
  readonly tail: readonly Stored[];
  readonly index: ItemIndex;
  /** Byte offset behind the last seal, and behind each entry of the tail. */
  readonly ends: readonly number[];
  /** `seq` of blobs, by digest in hexadecimal: those under the creator's seal, and some of those behind it. */
  readonly blobs: ReadonlyMap<string, number>;
  /** The first thing that the audit holds against it; null where all is in order. */
  readonly finding: (Finding & { readonly offset: number }) | null;
}

export type LoadResult =
  | { readonly ok: true; readonly object: Loaded }
  | { readonly ok: false; readonly chain: Extract<VerifyResult, { ok: false }> };

export interface LoadOptions {
  readonly ports: LoadPorts;
  readonly limits: Limits;
  /** Receipts that the object must hold (R20). */
  readonly receipts?: readonly Uint8Array[];
  /** Told of each receipt that it does not hold; without it, that is what is wrong with the object. */
  readonly onParting?: (parting: Parting) => void;
  /** Told of each entry, with the state behind it; where a body stayed closed, with the state before that. */
  readonly onEntry?: (entry: Entry, state: State, place: Place) => void;
}

/** Blobs that are found by their digest. */
const BLOBS_KEPT = 4096;

/** Verifies and folds. Errors: those of reading; what is wrong with the object is a result. */
export async function loadObject(source: AsyncIterable<Uint8Array>, options: LoadOptions): Promise<LoadResult> {
  const { hash } = options.ports;
  let auditor = createAuditor();
  const index = new ItemIndex();
  const blobs = new Map<string, number>();
  const census = createCensus();
  let state: State | null = null;
  let sealed: State | null = null;
  let tail: Stored[] = [];
  let ends: number[] = [];
  let finding: Loaded['finding'] = null;
  const noteBlob = (entry: EntryOf<'blob'>): void => {
    if (blobs.size < BLOBS_KEPT) blobs.set(hex(hash(entry.body.bytes)), entry.seq);
  };
  const chain = await verifyChain(source, {
    ...options.ports,
    limits: options.limits.object,
    receipts: options.receipts ?? [],
    ...(options.onParting === undefined ? {} : { onParting: options.onParting }),
    onGenesis(genesis, place) {
      index.add(0, place.offset);
      state = createState(genesis, place.hash);
    },
    onKept(entry, place) {
      index.addSingle(entry.seq, place.offset);
      noteBlob(entry);
    },
    onEntry(entry, place) {
      if (state === null) return;
      if (entry.kind === 'checkpoint' && state.sealed === null) {
        index.separate();
        state = restoreState(state.genesis, state.id, entry);
        auditor = createAuditor(state.trust);
      }
      index.add(entry.seq, place.offset);
      if (entry.kind === 'blob') noteBlob(entry);
      census.count(entry);
      if (census.closedAt === null) {
        const before: State = state;
        state = applyEntry(before, entry, place.hash);
        const statement = entry.kind === 'seal' ? decodeStatement(entry.body.statement) : null;
        const found = auditor.check(entry, statement) ?? auditScope(before, entry, state);
        if (found !== null) finding ??= { ...found, offset: place.offset };
      }
      options.onEntry?.(entry, state, place);
      if (entry.kind === 'seal') {
        if (census.closedAt === null) sealed = state;
        tail = [];
        ends = [];
      } else tail.push({ entry, hash: place.hash });
      ends.push(place.end);
    },
  });
  if (!chain.ok) return { ok: false, chain };
  if (state === null || sealed === null)
    throw new SojournError('object.seal', 'object: expected a genesis under a seal, found none: it was never finished');
  return { ok: true, object: { chain, state, sealed, tail, index, ends, blobs, finding, confidential: census } };
}

/** Reasons that have a code of their own; the others are `object.chain`. */
const CODES: { readonly [reason in VerifyReason]?: ErrorCode } = {
  truncated: 'object.truncated',
  malformed: 'object.malformed',
  canonical: 'object.canonical',
  version: 'object.version',
  limit: 'object.limit',
  schema: 'object.schema',
  intent: 'intent.invalid',
  context: 'context.invalid',
  seal: 'object.seal',
  signature: 'object.seal',
  creator: 'object.seal',
  unsealed: 'object.seal',
  receipt: 'object.seal',
  tail: 'object.behind',
  fork: 'object.forked',
};

/** The same for callers who can't go on with a broken object. Errors: `object.*` by the reason, naming index and offset. */
export function expectSound(result: LoadResult, name: string): Loaded {
  if (!result.ok) {
    const { index, offset, reason, message } = result.chain;
    // what was found in the bytes says itself where
    const place = /^(?:item|entry) \d/.test(message) ? '' : `entry ${index} at byte ${offset}: `;
    throw new SojournError(CODES[reason] ?? 'object.chain', `${name}: ${place}${message}`, {
      details: { index, offset, reason },
    });
  }
  const { finding } = result.object;
  if (finding === null) return result.object;
  throw new SojournError('object.chain', `${name}: entry ${finding.seq}: ${finding.message}`, {
    details: { index: finding.seq, reason: finding.reason },
  });
}
