/**
 * Whether what a node says when it takes an object over makes sense: that it lets it in, that it follows this branch; and that it
 * said so where it must (docs/trust.md, docs/forks.md).
 */
import { compareBytes } from './codec.ts';
import { quarantineAt } from './quarantine.ts';
import { checkReceipt, decodeReceipt } from './seal.ts';
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import type { SealPorts } from './seal.ts';
import type { Entry, EntryKind, EntryOf, FollowBody } from './model.ts';
import type { State } from './state.ts';

/** Null where it makes sense, else what was expected and what was found. */
export type Misfit = readonly [expected: string, found: string] | null;

/** Kinds that a node writes in its own name beside what happens in a cycle. */
const IN_OWN_NAME: ReadonlySet<EntryKind> = new Set<EntryKind>([
  'blob',
  'signal',
  'witness',
  'attempts',
  'checkpoint',
  'follow',
  'readmit',
  'recover',
  'seal',
]);

/** A cycle is opened, or gone on with, by a node that may. */
export function checkHolder(state: State, entry: Entry): Misfit {
  if (IN_OWN_NAME.has(entry.kind) || quarantineAt(state, entry.node) === null) return null;
  return ['a readmit entry before it, for the object is quarantined at this hand-over', 'none'];
}

export function checkReadmit(state: State, entry: EntryOf<'readmit'>): Misfit {
  const misplaced = checkPlace(state);
  if (misplaced !== null) return misplaced;
  const found = quarantineAt(state, entry.node);
  const { from, slope } = entry.body;
  if (found === null) return ['an object that is quarantined at this hand-over', 'one that is not'];
  if (compareBytes(found.from, from) !== 0) return [`node ${hex(found.from)} as the one that it came from`, hex(from)];
  return found.slope === slope ? null : [`a slope of ${found.slope}`, `${slope}`];
}

export function checkFollow(state: State, entry: EntryOf<'follow'>): Misfit {
  const misplaced = checkPlace(state);
  if (misplaced !== null) return misplaced;
  const { receipt, found } = entry.body;
  const statement = readStatement(receipt);
  if (statement === null) return ['a receipt', 'something else'];
  if (compareBytes(statement.id, state.id) !== 0) return ['a receipt of this object', `one of ${hex(statement.id)}`];
  const kind = partingOf(statement.seq, state.seq);
  return found === kind ? null : [kind, found];
}

/** Null where the receipt beside which a branch is followed proves itself, else what is wrong with it. */
export function checkFollowed({ receipt }: FollowBody, ports: SealPorts): string | null {
  if (readStatement(receipt) === null) return 'expected a receipt, found something else';
  const check = checkReceipt(receipt, ports);
  if (!check.ok) return check.message;
  return check.signed ? null : 'expected a signed receipt, found one that nobody signed';
}

/** What a receipt shows that a copy up to `seq` does not hold. */
export function partingOf(receiptSeq: number, seq: number): 'fork' | 'behind' {
  return receiptSeq <= seq ? 'fork' : 'behind';
}

/** Between two cycles; in one that was left open, right behind the word of the node that takes it up. */
function checkPlace(state: State): Misfit {
  const before = state.open?.entries.at(-1)?.kind;
  if (before === undefined || before === 'recover' || before === 'follow' || before === 'readmit') return null;
  return ['a recover entry right before it', `a ${before} entry`];
}

function readStatement(receipt: Uint8Array): ReturnType<typeof decodeReceipt>['statement'] | null {
  try {
    return decodeReceipt(receipt).statement;
  } catch (error) {
    if (error instanceof SojournError) return null;
    throw error;
  }
}
