/**
 * A wake condition as the contract's list. Pure.
 */
import type { Condition as ContractCondition } from 'sojourn:object/situation@0.1.0';
import type { Condition } from './condition.ts';
import { encodeU64 } from './u64.ts';

/** The contract's list: the root first, each group before its members, so that no loop is possible. */
export function flattenCondition(root: Condition): ContractCondition[] {
  const nodes: ContractCondition[] = [];
  const place = (condition: Condition): number => {
    const index = nodes.length;
    if (condition.tag !== 'group') {
      nodes.push(encodeLeaf(condition));
      return index;
    }
    const members = new Uint32Array(condition.members.length);
    nodes.push({ tag: 'group', val: { need: condition.need, members } });
    condition.members.forEach((member, position) => {
      members[position] = place(member);
    });
    return index;
  };
  place(root);
  return nodes;
}

function encodeLeaf(condition: Exclude<Condition, { tag: 'group' }>): ContractCondition {
  if (condition.tag === 'instant') return { tag: 'instant', val: encodeU64(condition.at, 'at') };
  if (condition.tag === 'elapsed') return { tag: 'elapsed', val: encodeU64(condition.ms, 'after') };
  return { tag: 'signal', val: condition.name };
}
