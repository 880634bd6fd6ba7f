/**
 * Wake conditions: reading them from a proposal, and deciding whether one holds. Pure: time and signals are handed in (R41).
 */
import type { Condition } from '../object/model.ts';
import type { SignalNote } from '../object/state.ts';
import { isList, isMap } from '../value.ts';
import type { Value } from '../value.ts';

export interface WakeInputs {
  readonly now: number;
  /** When the object fell asleep, by the entry's own time. */
  readonly since: number;
  /** Signals that came in after it fell asleep. */
  readonly signals: readonly SignalNote[];
}

export interface WakeCheck {
  readonly satisfied: boolean;
  /** `seq` of the signals that helped, in order, each once. */
  readonly signals: readonly number[];
}

/** A clock that went back makes no time pass: the object sleeps on until its own clock is there. */
export function checkWake(condition: Condition, inputs: WakeInputs): WakeCheck {
  switch (condition.tag) {
    case 'instant':
      return { satisfied: inputs.now >= condition.at, signals: [] };
    case 'elapsed':
      return { satisfied: inputs.now - inputs.since >= condition.ms, signals: [] };
    case 'signal': {
      const hits = inputs.signals.filter((signal) => condition.name === '*' || condition.name === signal.name);
      return { satisfied: hits.length > 0, signals: hits.map((signal) => signal.seq) };
    }
    case 'outcomes':
    case 'context':
    case 'object':
      return { satisfied: false, signals: [] };
    case 'group':
      return checkGroup(condition.need, condition.members, inputs);
  }
}

function checkGroup(need: number, members: readonly Condition[], inputs: WakeInputs): WakeCheck {
  const held = members.map((member) => checkWake(member, inputs)).filter((check) => check.satisfied);
  const signals = [...new Set(held.flatMap((check) => check.signals))].toSorted((a, b) => a - b);
  return { satisfied: held.length >= need, signals };
}

/** The earliest time at which time alone could make the condition hold; null where it never does. */
export function nextWakeTime(condition: Condition, since: number): number | null {
  switch (condition.tag) {
    case 'instant':
      return condition.at;
    case 'elapsed':
      return since + condition.ms;
    case 'signal':
    case 'outcomes':
    case 'context':
    case 'object':
      return null;
    case 'group': {
      const times = condition.members.map((member) => nextWakeTime(member, since)).filter((time) => time !== null);
      return times.toSorted((a, b) => a - b)[condition.need - 1] ?? null;
    }
  }
}

export type ConditionResult =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly message: string };

export const SIGNAL_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Reads the flat list of wit/situation.wit into a tree. Members stand after their group, each in one group only: no loop, no sharing. */
export function parseCondition(list: Value, maxNodes: number): ConditionResult {
  if (!isList(list) || list.length === 0) return refuse('condition', 'a list with at least one node', 'none');
  if (list.length > maxNodes) return refuse('condition', `at most ${maxNodes} nodes`, String(list.length));
  const built: (Condition | null)[] = list.map(() => null);
  for (let index = list.length - 1; index >= 0; index--) {
    const result = parseNode(list[index] ?? null, index, built);
    if (!result.ok) return result;
    built[index] = result.condition;
  }
  const stray = built.findIndex((node, index) => index > 0 && node !== null);
  if (stray > 0) return refuse(`condition/${stray}`, 'a node that belongs to a group', 'one that no group names');
  const root = built[0];
  return root ? { ok: true, condition: root } : refuse('condition', 'a root', 'none');
}

function parseNode(node: Value, index: number, built: (Condition | null)[]): ConditionResult {
  const path = `condition/${index}`;
  if (!isMap(node)) return refuse(path, 'a variant', typeof node);
  const { tag, val } = node;
  if (tag === 'instant' && isTime(val)) return { ok: true, condition: { tag, at: val } };
  if (tag === 'elapsed' && isTime(val)) return { ok: true, condition: { tag, ms: val } };
  if (tag === 'signal' && typeof val === 'string' && (val === '*' || SIGNAL_NAME.test(val)))
    return { ok: true, condition: { tag, name: val } };
  if (tag === 'group' && isMap(val)) return parseGroup(val['need'], val['members'], index, built);
  return refuse(path, 'instant, elapsed, signal or group with a value in range', String(tag));
}

function parseGroup(
  need: Value | undefined,
  members: Value | undefined,
  index: number,
  built: (Condition | null)[],
): ConditionResult {
  const path = `condition/${index}`;
  if (!isList(members) || members.length === 0) return refuse(`${path}/members`, 'at least one member', 'none');
  const taken: Condition[] = [];
  for (const member of members) {
    const child = typeof member === 'number' && member > index ? built[member] : undefined;
    if (typeof member !== 'number' || !child)
      return refuse(`${path}/members`, 'a later node that no other group has', String(member));
    taken.push(child);
    built[member] = null;
  }
  if (typeof need !== 'number' || need < 1 || need > taken.length)
    return refuse(`${path}/need`, `1 to ${taken.length}`, String(need));
  return { ok: true, condition: { tag: 'group', need, members: taken } };
}

function isTime(value: Value | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function refuse(path: string, expected: string, found: string): ConditionResult {
  return { ok: false, message: `${path}: expected ${expected}, found ${found}` };
}
