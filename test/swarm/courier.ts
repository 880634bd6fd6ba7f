/**
 * What a node takes from a courier who loses, repeats and delays. One copy of a living object is evaluated at a time: who hands it over
 * keeps the bytes as they left, takes only longer ones back, and hands over only what it made longer. An ended object may lie anywhere.
 */
import { compareHistories } from './histories.ts';

/** The files of one node. */
export interface Place {
  bytes(name: string): Uint8Array | null;
  /** True while a run holds it. */
  isHeld(name: string): boolean;
  put(name: string, bytes: Uint8Array): void;
  remove(name: string): void;
}

/** Objects that a node gave away, as they left. Survives the node. */
export type Gone = Map<string, Uint8Array>;

/** `known`: the node has as much or more. `behind`: it gave more away. `busy`: to be brought again. `fork` must never be. */
export type Arrival = 'taken' | 'known' | 'behind' | 'busy' | 'fork';

/** Puts a delivered copy into its place, unless the node knows better. */
export function receive(place: Place, gone: Gone, name: string, bytes: Uint8Array): Arrival {
  const left = gone.get(name);
  const sinceLeft = left === undefined ? 'longer' : compareHistories(left, bytes);
  if (sinceLeft !== 'longer') return sinceLeft === 'fork' ? 'fork' : 'behind';
  const mine = place.bytes(name);
  const news = mine === null ? 'longer' : compareHistories(mine, bytes);
  if (news !== 'longer') return news === 'fork' ? 'fork' : 'known';
  if (place.isHeld(name)) return 'busy';
  gone.delete(name);
  place.put(name, bytes);
  return 'taken';
}
