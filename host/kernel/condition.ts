/**
 * Wake conditions as a handler proposes them. What such a draft cannot say (the ids behind names, what the node's surroundings
 * are at this moment) is filled in when the object falls asleep: the stored condition needs nothing but itself.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { DEFAULT_LIMITS } from '../limits.ts';
import { equalBytes } from '../object/codec.ts';
import type { Condition, ContextFacet, ObjectState, OutcomeClass } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Value } from '../value.ts';
import type { Facets } from './facets.ts';
import { readTree } from './flat-tree.ts';
import { map, Misfit, misfit, oneOf, text, whole } from './misfit.ts';
import { SIGNAL_NAME } from './wake.ts';

/** A condition with names where the stored one has ids, and without what a facet `was`. */
export type ConditionDraft =
  | Exclude<Condition, { readonly tag: 'group' | 'context' | 'object' }>
  | { readonly tag: 'context'; readonly facet: ContextFacet }
  /** 64 hexadecimal digits, `child:` and a name, or `parent`. */
  | { readonly tag: 'object'; readonly object: string; readonly state: ObjectState; readonly seq: number }
  | { readonly tag: 'group'; readonly need: number; readonly members: readonly ConditionDraft[] };

export type DraftResult =
  | { readonly ok: true; readonly condition: ConditionDraft }
  | { readonly ok: false; readonly message: string };

export type SettledResult =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly message: string };

const FACETS: readonly ContextFacet[] = ['policy', 'node', 'zone', 'capabilities'];
const STATES: readonly ObjectState[] = ['reached', 'ended', 'achieved'];
const CHILD = 'child:';
const OBJECT = /^(?:[0-9a-f]{64}|parent|child:[a-z0-9._-]{1,64})$/;
const MAX_COUNT = DEFAULT_LIMITS.object.outcomesAwaited;

/** The contract's flags, as the glue gives them, with the classes that they stand for. */
const CLASS_FLAGS: readonly (readonly [string, OutcomeClass])[] = [
  ['success', 'success'],
  ['partial', 'partial'],
  ['failure', 'failure'],
  ['deferral', 'deferral'],
  ['refusal', 'refusal'],
  ['timeout', 'timeout'],
  ['latency', 'latency'],
  ['noResponse', 'no-response'],
  ['nodeLoss', 'node-loss'],
  ['capabilityMissing', 'capability-missing'],
];

/** Reads the flat list of wit/situation.wit. */
export function parseCondition(list: Value, maxNodes: number): DraftResult {
  try {
    const group = (need: number, members: readonly ConditionDraft[]): ConditionDraft => ({
      tag: 'group',
      need,
      members,
    });
    return { ok: true, condition: readTree(list, 'condition', maxNodes, { leaf: readLeaf, group }) };
  } catch (error) {
    if (error instanceof Misfit) return { ok: false, message: error.message };
    throw error;
  }
}

function readLeaf(tag: Value | undefined, val: Value, path: string): ConditionDraft {
  switch (tag) {
    case 'instant':
      return { tag, at: whole(val, path) };
    case 'elapsed':
      return { tag, ms: whole(val, path) };
    case 'signal': {
      const name = text(val, path, 64, 1);
      if (name !== '*' && !SIGNAL_NAME.test(name)) throw misfit(path, 'the name of a signal, or *', val);
      return { tag, name };
    }
    case 'outcomes': {
      const { classes, count } = map(val, path);
      return {
        tag,
        classes: readClasses(classes, `${path}/classes`),
        count: whole(count, `${path}/count`, MAX_COUNT, 1),
      };
    }
    case 'context':
      return { tag, facet: oneOf(val, path, FACETS) };
    case 'object':
      return readPrerequisite(map(val, path), path);
    default:
      throw misfit(path, 'instant, elapsed, signal, outcomes, context, object or group', tag);
  }
}

function readClasses(value: Value | undefined, path: string): readonly OutcomeClass[] {
  const flags = map(value, path);
  return CLASS_FLAGS.filter(([flag]) => Object.hasOwn(flags, flag) && flags[flag] === true).map(([, name]) => name);
}

function readPrerequisite({ object, state, seq }: { readonly [name: string]: Value }, path: string): ConditionDraft {
  const named = text(object, `${path}/object`, 128, 1);
  if (!OBJECT.test(named)) throw misfit(`${path}/object`, '64 hexadecimal digits, child:<name> or parent', named);
  const wanted = oneOf(state, `${path}/state`, STATES);
  const position = whole(seq, `${path}/seq`);
  if (wanted !== 'reached' && position !== 0) throw misfit(`${path}/seq`, `0 with ${wanted}`, position);
  return { tag: 'object', object: named, state: wanted, seq: position };
}

/** The condition as it is stored, for an object in this state that falls asleep in these surroundings. */
export function settleCondition(draft: ConditionDraft, state: State, facets: Facets): SettledResult {
  try {
    return { ok: true, condition: settle(draft, state, facets) };
  } catch (error) {
    if (error instanceof Misfit) return { ok: false, message: error.message };
    throw error;
  }
}

function settle(draft: ConditionDraft, state: State, facets: Facets): Condition {
  switch (draft.tag) {
    case 'context':
      return { ...draft, was: facets[draft.facet] };
    case 'object': {
      const { tag, object, state: wanted, seq } = draft;
      return { tag, id: findObject(object, state), state: wanted, seq };
    }
    case 'group':
      return { ...draft, members: draft.members.map((member) => settle(member, state, facets)) };
    default:
      return draft;
  }
}

function findObject(name: string, state: State): Uint8Array {
  if (name === 'parent') {
    const { parent } = state.genesis.context;
    if (parent === null) throw misfit('condition', 'an object with a parent', 'one without');
    return parent.id;
  }
  if (name.startsWith(CHILD)) {
    const child = state.children.get(name.slice(CHILD.length));
    if (child === undefined) throw misfit('condition', 'the name of a child', name.slice(CHILD.length));
    return hexToBytes(child.id);
  }
  const id = hexToBytes(name);
  if (equalBytes(id, state.id)) throw misfit('condition', 'another object', 'this one');
  return id;
}
