/**
 * What is tried again, as the contract's records. Pure.
 */
import type { Envelope, Poll as ContractPoll, Test } from 'sojourn:object/situation@0.2.0';
import { encodeJson } from './json.ts';
import type { Predicate } from './predicate.ts';
import type { Poll, Retry } from './retry.ts';
import type { OutcomeClass } from './task.ts';
import { encodeU32, encodeU64 } from './u64.ts';

/** Throws a RangeError where a number is not whole, negative or too large. */
export function encodeRetry(retry: Retry): Envelope {
  const rules = Object.entries(retry.rules ?? {}).map(([name, response]) => ({
    class: name as OutcomeClass, // the type of the record has no other names
    response,
  }));
  const envelope: Envelope = {
    maxAttempts: encodeU32(retry.maxAttempts, 'retry.maxAttempts'),
    maxElapsed: encodeU64(retry.maxElapsed, 'retry.maxElapsed'),
    minDelay: encodeU64(retry.minDelay, 'retry.minDelay'),
    maxDelay: encodeU64(retry.maxDelay, 'retry.maxDelay'),
    rules,
  };
  return retry.latency === undefined ? envelope : { ...envelope, latency: encodeU64(retry.latency, 'retry.latency') };
}

export function encodePoll(poll: Poll): ContractPoll {
  const predicate = flattenPredicate(poll.predicate);
  return poll.cursor === undefined ? { predicate } : { predicate, cursor: { ...poll.cursor } };
}

/** The contract's list: the root first, each group before its members. */
export function flattenPredicate(root: Predicate): Test[] {
  const nodes: Test[] = [];
  const place = (test: Predicate): number => {
    const index = nodes.length;
    if (test.tag !== 'group') {
      nodes.push(encodeLeaf(test));
      return index;
    }
    const members = new Uint32Array(test.members.length);
    nodes.push({ tag: 'group', val: { need: test.need, members } });
    test.members.forEach((member, position) => {
      members[position] = place(member);
    });
    return index;
  };
  place(root);
  return nodes;
}

function encodeLeaf(test: Exclude<Predicate, { tag: 'group' }>): Test {
  const { pointer } = test;
  switch (test.tag) {
    case 'exists':
      return { tag: test.tag, val: pointer };
    case 'at-least':
    case 'at-most':
      if (!Number.isFinite(test.value)) throw new RangeError(`predicate: expected a number, found ${test.value}`);
      return { tag: test.tag, val: { pointer, value: test.value } };
    default:
      return { tag: test.tag, val: { pointer, value: encodeJson(test.value, `predicate at '${pointer}'`) } };
  }
}
