/**
 * `witness`: tells one object what became of another one that it has to do with. The other's whole chain is verified first; what is
 * appended proves itself ever after. Telling the same twice appends nothing.
 */
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import { checkKinship } from '../kernel/kinship.ts';
import { relationOf } from '../kernel/relation.ts';
import type { Relation } from '../kernel/relation.ts';
import type { Limits } from '../limits.ts';
import { applyEntry } from '../object/fold.ts';
import type { Known } from '../object/known.ts';
import { isNews } from '../object/learn.ts';
import type { Budgets, EntryOf, WitnessBody } from '../object/model.ts';
import type { State } from '../object/state.ts';
import { checkWitness, readWitness } from '../object/witness.ts';
import type { HostPorts } from './host-ports.ts';
import { readOther, readSection } from './read-other.ts';
import type { Other, Section } from './read-other.ts';
import type { Session } from './session.ts';

export interface WitnessReport {
  /** Id of the other object, hexadecimal. */
  readonly object: string;
  readonly relation: Relation;
  /** Positions of the entries that were appended; none where all was known. */
  readonly seqs: readonly number[];
  readonly known: Known;
  /** Null where nothing was appended. */
  readonly receipt: Uint8Array | null;
}

/**
 * Errors: `witness.unasked` for an object that this one has nothing to do with, `witness.invalid` for one whose seal nobody signed,
 * `object.behind` for a copy that is older than what is known, `object.chain` for another branch that has no seal to show it by,
 * `object.terminated`, `store.*`, `object.*` of either.
 */
export async function witnessOther(
  session: Session,
  otherName: string,
  ports: HostPorts,
  limits: Limits,
): Promise<WitnessReport> {
  refuseBusy(session);
  return witnessRead(session, await readOther(otherName, ports, limits, session.state.objects), ports, limits);
}

/** The same of one that was read with what the session's object knows of others. */
export async function witnessRead(
  session: Session,
  other: Other,
  ports: HostPorts,
  limits: Limits,
): Promise<WitnessReport> {
  refuseBusy(session);
  const { state } = session;
  const otherName = other.name;
  const related = relationOf(state, other.state);
  if (!related.ok) throw new SojournError('witness.unasked', `${otherName}: ${related.message}`);
  await refuseStranger(session, other, related.relation, ports);
  if (other.state.status === 'terminated' && other.end === null)
    throw new SojournError(
      'witness.invalid',
      `${otherName}: expected the entries of its end, found them archived: use the whole object`,
    );
  const id = hex(other.state.id);
  const bodies = await bodiesOf(other, related.relation, checkBranch(state, other), { ports, limits });
  const stamp = { cycle: state.cycle, policy: null };
  const seqs: number[] = [];
  let behind = state;
  for (const body of bodies) {
    if (!isNews(behind.objects.get(id), readWitness(body, ports.hash, limits.object))) continue;
    const { entry, hash } = await session.append(behind, { kind: 'witness', body }, stamp, false);
    behind = applyEntry(behind, entry, hash, ports.hash);
    seqs.push(entry.seq);
  }
  const receipt = seqs.length === 0 ? null : await session.seal(behind, stamp);
  const known = behind.objects.get(id);
  if (known === undefined) throw new SojournError('internal', `${otherName}: expected it to be known`);
  return { object: id, relation: related.relation, seqs, known, receipt };
}

/** A child is what its parent wrote down, or it is none: a result of one with more authority than it was given is not taken (R53). */
async function refuseStranger(session: Session, other: Other, relation: Relation, { hash }: HostPorts): Promise<void> {
  if (relation.kind === 'prerequisite') return;
  const { name } = relation;
  const [parent, child] = relation.kind === 'child' ? [session.state, other.state] : [other.state, session.state];
  const link = parent.children.get(name);
  if (link === undefined) return;
  let entry: EntryOf<'child'> | null = null;
  if (relation.kind === 'child')
    for await (const found of session.entries(link.seq, link.seq)) if (found.kind === 'child') entry = found;
  const [problem] = checkKinship({ parent, name, link: { ...link, end: null }, entry, child }, hash);
  if (problem !== undefined)
    throw new SojournError('witness.invalid', `${other.name}: not the child that its parent wrote down: ${problem}`);
}

function refuseBusy({ name, state, tail }: Session): void {
  if (state.status === 'terminated')
    throw new SojournError(
      'object.terminated',
      `${name}: it ended at entry ${state.last?.seq ?? 0}: it learns nothing any more`,
    );
  if (tail.length > 0)
    throw new SojournError(
      'store.busy',
      `${name}: a cycle was left unfinished by a crash: run the object first, then tell it of others`,
    );
}

/**
 * The section that shows a fork where the other copy is of another branch than the one that is known; null where it is not. A copy
 * that is shorter says nothing new.
 */
function checkBranch(state: State, other: Other): Section | null {
  const known = state.objects.get(hex(other.state.id));
  // of what was archived a carried copy cannot say whether it is the same
  if (known === undefined || known.fork !== null || known.at < other.from) return null;
  const { last } = other;
  if (last.seal < known.at)
    throw new SojournError(
      'object.behind',
      `${other.name}: expected entries up to ${known.at}, which is known of it, found the last seal at ${last.seal}: find a newer copy`,
    );
  const { headAt } = other;
  if (headAt === known.head) return null;
  if (headAt !== null) return { first: known.at, seal: known.at };
  throw new SojournError(
    'object.chain',
    `${other.name}: expected a seal at entry ${known.at}, as it is known of it, found another entry: the two histories part before it`,
    { details: { index: known.at, reason: 'fork' } },
  );
}

/** That this object was given up; then the end, else the last cycle and the newest head: the earlier first, each once. */
function sectionsOf({ cancels, cycle, end, last }: Other, relation: Relation): readonly Section[] {
  const given = relation.kind === 'parent' ? (cancels.get(relation.name) ?? null) : null;
  const told = [given, ...(end === null ? [cycle, last] : [end])].filter((section) => section !== null);
  const bySeal = new Map(told.map((section) => [section.seal, section]));
  return [...bySeal.values()].toSorted((a, b) => a.seal - b.seal);
}

async function bodiesOf(
  other: Other,
  relation: Relation,
  fork: Section | null,
  { ports, limits }: { readonly ports: HostPorts; readonly limits: Limits },
): Promise<readonly WitnessBody[]> {
  const newest = other.end ?? other.last;
  const bodies: WitnessBody[] = [];
  for (const section of fork === null ? sectionsOf(other, relation) : [fork]) {
    const { receipt, items } = await readSection(other, section, ports, limits);
    const spent = section.seal === newest.seal ? spentOf(other.state) : null;
    const body = { id: other.state.id, receipt, items, spent };
    const fault = checkWitness(body, ports, limits.object);
    if (fault !== null) throw new SojournError('witness.invalid', `${other.name}: ${fault}`);
    bodies.push(body);
  }
  return bodies;
}

/** What an object has spent in all, in the words of budgets. */
export function spentOf({ spent }: State): Budgets {
  return { ...spent };
}
