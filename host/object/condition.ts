/**
 * Wake conditions as they are stored: [`instant`, ms], [`elapsed`, ms], [`signal`, name], [`group`, need, members].
 */
import { describe, Mismatch, text, uint } from './shape.ts';
import { isList } from '../value.ts';
import type { Condition } from './model.ts';
import type { Shape } from './shape.ts';
import type { Value } from '../value.ts';

const EXPECTED = 'a condition: [instant, ms], [elapsed, ms], [signal, name] or [group, need, members]';
const milliseconds = uint();
const signalName = text(1, 64);

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
    case 'group':
      return ['group', condition.need, condition.members.map(toList)];
    default:
      throw new Mismatch(EXPECTED, describe((condition as { tag: unknown }).tag)); // from plain JavaScript
  }
}

function readCondition(value: Value, budget: { left: number; readonly most: number }): Condition {
  if (budget.left-- === 0) throw new Mismatch(`at most ${budget.most} nodes`, 'more');
  if (!isList(value)) throw new Mismatch(EXPECTED, describe(value));
  const [tag, first, second] = value;
  if (value.length === 2 && first !== undefined) {
    if (tag === 'instant') return { tag, at: milliseconds.read(first) };
    if (tag === 'elapsed') return { tag, ms: milliseconds.read(first) };
    if (tag === 'signal') return { tag, name: signalName.read(first) };
  }
  if (value.length === 3 && tag === 'group' && first !== undefined && isList(second)) {
    if (second.length === 0) throw new Mismatch('a group with members', 'none');
    const members = second.map((member) => readCondition(member, budget));
    return { tag, need: uint(members.length, 1).read(first), members };
  }
  throw new Mismatch(EXPECTED, describe(value));
}
