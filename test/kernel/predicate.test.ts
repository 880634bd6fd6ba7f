import { describe, expect, test } from 'vitest';
import { parsePoll } from '../../host/kernel/predicate.ts';
import type { Value } from '../../host/value.ts';

const BOUNDS = { nodes: 4, valueBytes: 16 };

function predicate(...nodes: readonly Value[]): Value {
  return { predicate: nodes, cursor: null };
}

describe('a poll', () => {
  test('is read into a tree, its pointers taken apart and its values parsed', () => {
    const poll = {
      predicate: [
        { tag: 'group', val: { need: 2, members: [1, 2] } },
        { tag: 'equals', val: { pointer: '/a~1b/0', value: '{"x":null}' } },
        { tag: 'group', val: { need: 1, members: [3] } },
        { tag: 'exists', val: '' },
      ],
      cursor: { pointer: '/next', parameter: 'after' },
    };
    expect(parsePoll(poll, 'poll', BOUNDS)).toEqual({
      predicate: {
        tag: 'group',
        need: 2,
        members: [
          { tag: 'equals', pointer: ['a/b', '0'], value: { x: null } },
          { tag: 'group', need: 1, members: [{ tag: 'exists', pointer: [] }] },
        ],
      },
      cursor: { pointer: ['next'], parameter: 'after' },
    });
    expect(parsePoll(undefined, 'poll', BOUNDS)).toBeNull();
  });

  test.each<[string, Value]>([
    ['poll/predicate', predicate()],
    ['poll/predicate', predicate(...Array.from({ length: 5 }, () => ({ tag: 'exists', val: '' })))],
    ['poll/predicate/0/pointer', predicate({ tag: 'exists', val: 'a' })],
    ['poll/predicate/0/pointer', predicate({ tag: 'exists', val: '/~2' })],
    ['poll/predicate/0/pointer', predicate({ tag: 'exists', val: `/${'a'.repeat(1024)}` })],
    ['poll/predicate/0/value', predicate({ tag: 'equals', val: { pointer: '', value: '{' } })],
    ['poll/predicate/0/value', predicate({ tag: 'contains', val: { pointer: '', value: '"0123456789abcdef"' } })],
    ['poll/predicate/0/value', predicate({ tag: 'at-least', val: { pointer: '', value: Number.POSITIVE_INFINITY } })],
    ['poll/predicate/0/value', predicate({ tag: 'at-most', val: { pointer: '', value: '1' } })],
    ['poll/predicate/0/need', predicate({ tag: 'group', val: { need: 2, members: [1] } }, { tag: 'exists', val: '' })],
    ['poll/predicate/0/members', predicate({ tag: 'group', val: { need: 1, members: [0] } })],
    ['poll/predicate/1', predicate({ tag: 'exists', val: '' }, { tag: 'exists', val: '' })],
    ['poll/predicate/0', predicate({ tag: 'eval', val: 'x' })],
    ['poll/cursor/parameter', { predicate: [{ tag: 'exists', val: '' }], cursor: { pointer: '', parameter: '' } }],
    ['poll/cursor/pointer', { predicate: [{ tag: 'exists', val: '' }], cursor: { pointer: 'x', parameter: 'a' } }],
  ])('is refused at %s', (path, poll) => {
    expect(() => parsePoll(poll, 'poll', BOUNDS)).toThrow(`${path}: expected`);
  });
});
