/**
 * Wake conditions as they are stored: a list of the tag and the fields, in the order of model.ts.
 */
import { byteString, describe, list, Mismatch, oneOf, text, uint } from './shape.ts';
import { isList } from '../value.ts';
import type { Condition, ContextFacet, ObjectState, OutcomeClass } from './model.ts';
import type { Shape } from './shape.ts';
import type { Value } from '../value.ts';

const EXPECTED =
  'a condition: [instant, ms], [elapsed, ms], [signal, name], [outcomes, classes, count], [context, facet, was], [object, id, state, seq] or [group, need, members]';

/** The classes of outcomes, in the order of the format. */
export const OUTCOME_CLASSES: readonly OutcomeClass[] = [
  'success',
  'partial',
  'failure',
  'deferral',
  'refusal',
  'timeout',
  'latency',
  'no-response',
  'node-loss',
  'capability-missing',
];
export const outcomeClass: Shape<OutcomeClass> = oneOf<OutcomeClass>(...OUTCOME_CLASSES);

const milliseconds = uint();
const signalName = text(1, 64);
const classes = list(outcomeClass, OUTCOME_CLASSES.length);
const count = uint(Number.MAX_SAFE_INTEGER, 1);
const facet = oneOf<ContextFacet>('policy', 'node', 'zone', 'capabilities');
const facetValue = text(0, 64);
const objectId = byteString(32);
const objectState = oneOf<ObjectState>('reached', 'ended', 'achieved');
const position = uint();

/** A condition of at most `nodes` nodes. A group needs at least one of its members, and no more than it has. */
export function conditionShape(nodes: number): Shape<Condition> {
  return {
    write: (condition) => {
      const stored = toList(condition);
      readCondition(stored, { left: nodes, most: nodes });
      return stored;
    },
    read: (value) => readCondition(value, { left: nodes, most: nodes }),
  };
}

function toList(condition: Condition): Value {
  switch (condition.tag) {
    case 'instant':
      return ['instant', condition.at];
    case 'elapsed':
      return ['elapsed', condition.ms];
    case 'signal':
      return ['signal', condition.name];
    case 'outcomes':
      return ['outcomes', condition.classes, condition.count];
    case 'context':
      return ['context', condition.facet, condition.was];
    case 'object':
      return ['object', condition.id, condition.state, condition.seq];
    case 'group':
      return ['group', condition.need, condition.members.map(toList)];
    default:
      throw new Mismatch(EXPECTED, describe((condition as { tag: unknown }).tag)); // from plain JavaScript
  }
}

function readCondition(value: Value, budget: { left: number; readonly most: number }): Condition {
  if (budget.left-- === 0) throw new Mismatch(`at most ${budget.most} nodes`, 'more');
  if (!isList(value)) throw new Mismatch(EXPECTED, describe(value));
  const [tag, first = null, second = null, third = null] = value;
  switch (`${String(tag)}/${value.length}`) {
    case 'instant/2':
      return { tag: 'instant', at: milliseconds.read(first) };
    case 'elapsed/2':
      return { tag: 'elapsed', ms: milliseconds.read(first) };
    case 'signal/2':
      return { tag: 'signal', name: signalName.read(first) };
    case 'outcomes/3':
      return { tag: 'outcomes', classes: classes.read(first), count: count.read(second) };
    case 'context/3':
      return { tag: 'context', facet: facet.read(first), was: facetValue.read(second) };
    case 'object/4':
      return { tag: 'object', id: objectId.read(first), state: objectState.read(second), seq: position.read(third) };
    case 'group/3':
      return readGroup(first, second, budget);
    default:
      throw new Mismatch(EXPECTED, describe(value));
  }
}

function readGroup(need: Value, list: Value, budget: { left: number; readonly most: number }): Condition {
  if (!isList(list) || list.length === 0) throw new Mismatch('a group with members', 'none');
  const members = list.map((member) => readCondition(member, budget));
  return { tag: 'group', need: uint(members.length, 1).read(need), members };
}
