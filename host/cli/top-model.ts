/**
 * What `sojourn top` shows, from what a node answers. A node is untrusted: of its numbers only those are taken that are some, and texts
 * are cleaned where they are shown.
 */
import type { NodeEvent, ObjectLine } from '../node/service/node.ts';
import type { Tone } from './terminal.ts';

/** One piece of a line. */
export interface Piece {
  readonly text: string;
  readonly tone?: Tone;
}
export type Line = readonly Piece[];

export interface TopReading {
  /** When it was read: milliseconds since 1970, by this clock. */
  readonly at: number;
  readonly objects: { readonly [status: string]: number };
  readonly running: number;
  readonly waiting: number;
  readonly overdue: number;
  readonly lateMs: number;
  readonly next: number | null;
  readonly signals: number;
  readonly runs: number;
  /** Cycles by the class of their outcome. */
  readonly outcomes: { readonly [outcome: string]: number };
  readonly indexed: boolean;
  /** `seq` of the last event. */
  readonly lastEvent: number;
  /** Sleepers that are due next, the first one first. */
  readonly due: readonly ObjectLine[];
}

/** Between two readings of one node; null where there are no two. */
export interface TopRates {
  readonly cycles: number;
  readonly signals: number;
  readonly runs: number;
}

export interface TopModel {
  readonly url: string;
  readonly node: string;
  readonly reading: TopReading | null;
  readonly rates: TopRates | null;
  /** The newest last. */
  readonly events: readonly NodeEvent[];
  /** Why the node does not answer; null where it does. */
  readonly trouble: string | null;
}

/** Names of statuses in the order in which they are shown. */
export const STATUSES = ['active', 'dormant', 'terminated', 'left', 'set-aside'] as const;

/** From `GET /stats`. */
export function readStats(stats: unknown, at: number, due: readonly ObjectLine[]): TopReading {
  const map = mapOf(stats);
  const dueMap = mapOf(map['due']);
  return {
    at,
    objects: countsOf(map['objects']),
    running: countOf(map['running']),
    waiting: countOf(map['waiting']),
    overdue: countOf(dueMap['overdue']),
    lateMs: countOf(dueMap['lateMs']),
    next: typeof dueMap['next'] === 'number' ? countOf(dueMap['next']) : null,
    signals: countOf(map['signals']),
    runs: countOf(map['runs']),
    outcomes: countsOf(map['outcomes']),
    indexed: map['indexed'] === true,
    lastEvent: countOf(map['lastEvent']),
    due,
  };
}

/** A second: of a node that was started anew in between, nothing. */
export function ratesBetween(before: TopReading | null, now: TopReading): TopRates | null {
  const seconds = before === null ? 0 : (now.at - before.at) / 1_000;
  if (before === null || seconds <= 0) return null;
  const rate = (a: number, b: number): number => Math.max(0, b - a) / seconds;
  return {
    cycles: rate(cyclesOf(before), cyclesOf(now)),
    signals: rate(before.signals, now.signals),
    runs: rate(before.runs, now.runs),
  };
}

export function cyclesOf({ outcomes }: TopReading): number {
  return Object.values(outcomes).reduce((all, some) => all + some, 0);
}

export function mapOf(value: unknown): { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null ? (value as { readonly [name: string]: unknown }) : {};
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

function countsOf(value: unknown): { readonly [name: string]: number } {
  return Object.fromEntries(
    Object.entries(mapOf(value))
      .slice(0, 32)
      .map(([name, count]) => [name, countOf(count)]),
  );
}

/** `14:05:09`, UTC. */
export function clockOf(ms: number): string {
  return new Date(Math.min(Math.max(ms, 0), LAST_DATE_MS)).toISOString().slice(11, 19);
}

/** What a Date can hold. */
const LAST_DATE_MS = 8.64e15;
