import { expect, test } from 'vitest';
import { anyOf, countNodes, parseWake } from '../../host/policy/wake.ts';

const DAY = 86_400_000;
const read = (text: string) => parseWake(text, 64);

test('each kind of condition is read', () => {
  expect(read('signal approval')).toEqual({ ok: true, condition: { tag: 'signal', name: 'approval' } });
  expect(read('after P30D')).toEqual({ ok: true, condition: { tag: 'elapsed', ms: 30 * DAY } });
  expect(read('at 2027-01-01T00:00:00Z')).toEqual({
    ok: true,
    condition: { tag: 'instant', at: Date.UTC(2027, 0, 1) },
  });
  for (const facet of ['policy', 'node', 'zone', 'capabilities'])
    expect(read(`changed ${facet}`)).toEqual({ ok: true, condition: { tag: 'context', facet, was: '' } });
  expect(read('outcomes no-response 256')).toEqual({
    ok: true,
    condition: { tag: 'outcomes', classes: ['no-response'], count: 256 },
  });
  expect(read('outcomes any 1')).toEqual({ ok: true, condition: { tag: 'outcomes', classes: [], count: 1 } });
});

test('`and` binds tighter than `or`', () => {
  const a = { tag: 'signal', name: 'a' };
  const b = { tag: 'signal', name: 'b' };
  const c = { tag: 'signal', name: 'c' };
  const both = { tag: 'group', need: 2, members: [b, c] };
  expect(read('signal a or signal b and signal c')).toEqual({
    ok: true,
    condition: { tag: 'group', need: 1, members: [a, both] },
  });
  const either = { tag: 'group', need: 1, members: [a, b] };
  expect(read('(signal a or signal b) and signal c')).toEqual({
    ok: true,
    condition: { tag: 'group', need: 2, members: [either, c] },
  });
});

test.each([
  ['', 'character 1: expected `signal`, `after`, `at`, `changed`, `outcomes` or `(`, found the end'],
  ['signal', 'character 7: expected a signal name of 1 to 64 characters a-z, 0-9, `-`, `.`, `_`, found the end'],
  [
    'signal Approval',
    'character 8: expected a signal name of 1 to 64 characters a-z, 0-9, `-`, `.`, `_`, found "Approval"',
  ],
  ['signal a signal b', 'character 10: expected `or`, `and` or the end, found "signal"'],
  ['signal a or', 'character 12: expected `signal`, `after`, `at`, `changed`, `outcomes` or `(`, found the end'],
  ['(signal a', 'character 10: expected `)`, found the end'],
  ['signal a)', 'character 9: expected `or`, `and` or the end, found ")"'],
  ['after 30 days', 'character 7: expected a duration such as P30D or PT12H, found "30"'],
  ['after P1M', 'character 7: expected a duration such as P30D or PT12H, found "P1M"'],
  ['after P0D', 'character 7: expected a duration such as P30D or PT12H, found "P0D"'],
  [
    'at 2027-02-30T00:00:00Z',
    'character 4: expected an instant such as 2027-01-01T00:00:00Z, found "2027-02-30T00:00:00Z"',
  ],
  ['at 2027-01-01', 'character 4: expected an instant such as 2027-01-01T00:00:00Z, found "2027-01-01"'],
  ['changed Policy', 'character 9: expected one of policy, node, zone, capabilities, found "Policy"'],
  ['changed', 'character 8: expected one of policy, node, zone, capabilities, found the end'],
  ['outcomes failure 0', 'character 18: expected a number from 1 to 256, found "0"'],
  ['outcomes failure 257', 'character 18: expected a number from 1 to 256, found "257"'],
  ['outcomes failure -1', 'character 18: expected a number from 1 to 256, found "-1"'],
  ['outcomes failure 1e2', 'character 18: expected a number from 1 to 256, found "1e2"'],
])('%j is refused with its place', (text, message) => {
  expect(read(text)).toEqual({ ok: false, message });
});

test('a condition with too many nodes, and a text that is too long, are refused', () => {
  expect(parseWake('signal a or signal b', 3).ok).toBe(true);
  expect(parseWake('signal a or signal b', 2)).toEqual({
    ok: false,
    message: 'expected at most 2 conditions and groups, found 3',
  });
  expect(read('('.repeat(2000))).toEqual({ ok: false, message: 'expected at most 1024 characters, found 2000' });
  expect(read('('.repeat(1024)).ok).toBe(false);
});

test('several conditions become one that any of them fulfils, equal ones once', () => {
  const a = { tag: 'signal', name: 'a' } as const;
  const later = { tag: 'elapsed', ms: DAY } as const;
  expect(anyOf([])).toBeNull();
  expect(anyOf([a])).toEqual(a);
  expect(anyOf([a, a])).toEqual(a);
  expect(anyOf([{ tag: 'group', need: 1, members: [a, later] }, a])).toEqual({
    tag: 'group',
    need: 1,
    members: [a, later],
  });
  const both = { tag: 'group', need: 2, members: [a, later] } as const;
  expect(anyOf([both, a])).toEqual({ tag: 'group', need: 1, members: [both, a] });
  expect(countNodes({ tag: 'group', need: 1, members: [both, a] })).toBe(5);
});
