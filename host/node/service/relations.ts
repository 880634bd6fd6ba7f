/**
 * Which objects of a store should look at which: a parent at a child that ended, children at a parent that ended or gave them up, those
 * that wait for another at that one. From the index alone; whether there is anything to tell is judged where both are read.
 */
import { FLAGS } from './note.ts';
import type { WakeIndex } from './wake-index.ts';

/** One object to be told of another, by their slots. */
export interface News {
  readonly to: number;
  readonly of: number;
}

/** What an object may have to be told, as it stands now. */
export function newsFor(index: WakeIndex, slot: number): readonly News[] {
  const status = index.statusOf(slot);
  if (status !== 'active' && status !== 'dormant') return [];
  const flags = index.flagsOf(slot);
  const others: number[] = [];
  const parent = index.parentOf(slot);
  const hears = (flags & FLAGS.hears) !== 0;
  const lost = index.statusOf(parent) === 'terminated' || (flags & FLAGS.givenUp) !== 0;
  if (parent >= 0 && (hears || (lost && (flags & FLAGS.orphaned) === 0))) others.push(parent);
  const children = index.childrenOf(slot);
  const ended = children.filter((child) => index.statusOf(child) === 'terminated');
  if (hears) others.push(...children);
  else if (ended.length > index.returnedTo(slot)) others.push(...ended);
  for (const { slot: other, until } of index.waits.of(slot).objects)
    if (hears || isThere(index, other, until)) others.push(other);
  return others.filter((other) => index.isHere(other)).map((of) => ({ to: slot, of }));
}

/** Who may have to be told of an object that has changed. */
export function newsOf(index: WakeIndex, slot: number): readonly News[] {
  const ended = index.statusOf(slot) === 'terminated';
  const to: number[] = [];
  const parent = index.parentOf(slot);
  if (parent >= 0 && (ended || hearsOutcomes(index, parent))) to.push(parent);
  for (const child of index.childrenOf(slot)) if (isToldOfParent(index, child, ended)) to.push(child);
  for (const { slot: watcher, until } of index.waits.watchersOf(slot))
    if (hearsOutcomes(index, watcher) || isThere(index, slot, until)) to.push(watcher);
  const goesOn = (other: number): boolean => index.statusOf(other) === 'active' || index.statusOf(other) === 'dormant';
  return to.filter(goesOn).map((other) => ({ to: other, of: slot }));
}

function isThere(index: WakeIndex, slot: number, until: number): boolean {
  return until === 0 ? index.statusOf(slot) === 'terminated' : index.seqOf(slot) >= until;
}

function hearsOutcomes(index: WakeIndex, slot: number): boolean {
  return (index.flagsOf(slot) & FLAGS.hears) !== 0;
}

function isToldOfParent(index: WakeIndex, child: number, ended: boolean): boolean {
  const flags = index.flagsOf(child);
  if (hearsOutcomes(index, child)) return true;
  return (ended || (flags & FLAGS.givenUp) !== 0) && (flags & FLAGS.orphaned) === 0;
}
