/**
 * A wake condition as the contract's list. Pure.
 */
import type { Condition as ContractCondition, OutcomeClasses } from 'sojourn:object/situation@0.2.0';
import type { Condition } from './condition.ts';
import type { OutcomeClass } from './task.ts';
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
  switch (condition.tag) {
    case 'instant':
      return { tag: 'instant', val: encodeU64(condition.at, 'at') };
    case 'elapsed':
      return { tag: 'elapsed', val: encodeU64(condition.ms, 'after') };
    case 'signal':
      return { tag: 'signal', val: condition.name };
    case 'outcomes':
      return { tag: 'outcomes', val: { classes: encodeClasses(condition.classes), count: condition.count } };
    case 'context':
      return { tag: 'context', val: condition.facet };
    case 'object': {
      const { object, state, seq } = condition;
      return { tag: 'object', val: { object, state, seq: encodeU64(seq, 'reached') } };
    }
  }
}

/** A set of flags. Both engines want each of them said. */
function encodeClasses(classes: readonly OutcomeClass[]): Required<OutcomeClasses> {
  const has = (name: OutcomeClass): boolean => classes.includes(name);
  return {
    success: has('success'),
    partial: has('partial'),
    failure: has('failure'),
    deferral: has('deferral'),
    refusal: has('refusal'),
    timeout: has('timeout'),
    latency: has('latency'),
    noResponse: has('no-response'),
    nodeLoss: has('node-loss'),
    capabilityMissing: has('capability-missing'),
  };
}
