/**
 * Which branch of an object a node goes on with (R29). A copy that is known to be behind or forked is refused before anything is appended,
 * unless the caller says why it is gone on with; that is recorded, and the receipt is then no longer held against the copy.
 */
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import { partingOf } from '../object/hand-over.ts';
import type { Parting } from '../object/heads.ts';
import type { State } from '../object/state.ts';
import type { Hash } from '../ports.ts';
import type { OwnWord } from './own-word.ts';

export interface Branching {
  /** Receipts that the copy must hold, as the caller knows them. */
  readonly heads?: readonly Uint8Array[];
  /** Receipts that other objects and copies have shown (`knownHeads`). Those that an archive would be needed for are passed over. */
  readonly known?: readonly Uint8Array[];
  /** Why this branch is gone on with, whatever the receipts show. */
  readonly follow?: string | null;
}

/** Characters of the reason. */
const REASON_MOST = 1_000;
/** Receipts of other branches that one object may be followed beside. */
const FOLLOWED_MOST = 64;

/**
 * `left` counts the entries of a cycle that was left open behind `state`. What has to be recorded before anything else is; nothing where the copy holds all receipts, or was followed beside them already.
 * Errors: `object.behind`, `object.forked`, `object.seal` for a receipt that is archived, `usage` for a bad reason, `object.limit`.
 */
export function decideBranch(
  state: State,
  partings: readonly Parting[],
  { heads = [], follow = null }: Branching,
  { name, hash, left }: { readonly name: string; readonly hash: Hash; readonly left: number },
): readonly OwnWord[] {
  const given = new Set(heads.map(hex));
  const open = partings.filter(
    ({ receipt, found }) =>
      !state.followed.includes(hex(hash(receipt))) && (found !== 'archived' || given.has(hex(receipt))),
  );
  const archived = open.find(({ found }) => found === 'archived');
  if (archived !== undefined) throw new SojournError('object.seal', `${name}: ${archived.message}`);
  const [first] = open;
  if (first === undefined) return [];
  if (follow === null) throw refuseParted(first, partingOf(first.statement.seq, state.seq + left), name);
  if (follow === '' || follow.length > REASON_MOST || !follow.isWellFormed())
    throw new SojournError('usage', `the reason to follow: expected 1 to ${REASON_MOST} characters, found other`);
  if (state.followed.length + open.length > FOLLOWED_MOST)
    throw new SojournError(
      'object.limit',
      `${name}: expected at most ${FOLLOWED_MOST} receipts of other branches, found more: find out which copy is the right one`,
    );
  // such a cycle is taken up by a recover entry first
  const before = left === 0 ? state.seq : state.seq + left + 1;
  return open.map(({ receipt, statement }, nth) => ({
    kind: 'follow',
    body: { receipt, found: partingOf(statement.seq, before + nth), reason: follow },
  }));
}

function refuseParted({ statement, offset, message }: Parting, found: 'fork' | 'behind', name: string): SojournError {
  const node = hex(statement.node);
  const what =
    found === 'fork'
      ? `another branch of it is known, sealed by node ${node} at entry ${statement.seq}: see "sojourn compare"`
      : `it is known to go on up to entry ${statement.seq}, sealed by node ${node}: find the newer copy`;
  return new SojournError(
    found === 'fork' ? 'object.forked' : 'object.behind',
    `${name}: ${message}; ${what}, or say with "--follow" why to go on with this one`,
    { details: { index: statement.seq, offset, node, head: hex(statement.head), reason: found } },
  );
}
