import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProposal } from '../../host/kernel/proposal.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { ValueMap } from '../../host/value.ts';

const done = { tag: 'termination', val: { achieved: true, result: '{"n":1}' } };

const TOOL = { tag: 'tool', val: { name: 'pay', input: '1' } };
const RETRY = { maxAttempts: 3, maxElapsed: 100, minDelay: 1, maxDelay: 5, latency: null, rules: [] };
const POLL = { predicate: [{ tag: 'exists', val: '/a' }], cursor: null };

function proposal(part: object): ValueMap {
  return { action: done, rationale: 'because', confidence: 1, ...part };
}

function refused(part: object): string {
  const result = parseProposal(proposal(part), DEFAULT_LIMITS);
  return result.ok ? 'accepted' : result.message;
}

describe('a proposal', () => {
  test('is read into plain data', () => {
    expect(parseProposal(proposal({}), DEFAULT_LIMITS)).toMatchObject({
      ok: true,
      proposal: {
        action: { name: 'termination', achieved: true, result: { n: 1 } },
        rationale: 'because',
        confidence: 1,
      },
    });
  });

  test.each([
    ['confidence', { confidence: 1.01 }],
    ['confidence', { confidence: Number.NaN }],
    ['confidence', { confidence: '1' }],
    ['rationale', { rationale: 'x'.repeat(300_000) }],
    ['rationale', { rationale: '\ud800' }],
    ['action', { action: null }],
    ['action/tag', { action: { tag: 'constructor', val: null } }],
    ['termination/result', { action: { tag: 'termination', val: { achieved: true, result: '{' } } }],
    [
      'termination/result',
      { action: { tag: 'termination', val: { achieved: true, result: '['.repeat(40) + ']'.repeat(40) } } },
    ],
    ['termination/achieved', { action: { tag: 'termination', val: { achieved: 'yes', result: 'null' } } }],
    [
      'execution/operation',
      { action: { tag: 'execution', val: { step: 'a', operation: { tag: 'shell', val: 'rm' }, into: null } } },
    ],
    [
      'execution/step',
      { action: { tag: 'execution', val: { step: '', operation: { tag: 'commit', val: '1' }, into: null } } },
    ],
    [
      'mutation/constraints',
      { action: { tag: 'mutation', val: { kind: 'constrain', task: 'a', goal: 'b', constraints: '[]' } } },
    ],
    [
      'delegation/budgets',
      {
        action: {
          tag: 'delegation',
          val: {
            tag: 'spawn',
            val: {
              name: 'a',
              handler: null,
              task: 'a',
              goal: 'b',
              input: '1',
              capabilities: [],
              zones: [],
              budgets: [
                { name: 'fuel', limit: 1 },
                { name: 'fuel', limit: 2 },
              ],
            },
          },
        },
      },
    ],
    [
      'delegation/handler',
      {
        action: {
          tag: 'delegation',
          val: {
            tag: 'spawn',
            val: {
              name: 'a',
              handler: '../x',
              task: 'a',
              goal: 'b',
              input: '1',
              capabilities: [],
              zones: [],
              budgets: [],
            },
          },
        },
      },
    ],
    [
      'mutation/task',
      { action: { tag: 'mutation', val: { kind: 'reclassify', task: 'Another Kind', goal: 'b', constraints: '{}' } } },
    ],
    ['delegation:', { action: { tag: 'delegation', val: { tag: 'adopt', val: {} } } }],
    [
      'delegation/cancel/name',
      { action: { tag: 'delegation', val: { tag: 'cancel', val: { name: '', reason: 'a' } } } },
    ],
    [
      'execution/poll',
      { action: { tag: 'execution', val: { step: 'a', operation: TOOL, into: null, retry: null, poll: POLL } } },
    ],
    [
      'execution/retry',
      {
        action: {
          tag: 'execution',
          val: { step: 'a', operation: { tag: 'commit', val: '1' }, into: null, retry: RETRY, poll: null },
        },
      },
    ],
    ['dormancy/condition', { action: { tag: 'dormancy', val: { condition: [] } } }],
  ])('names the place that does not fit: %s', (path, part) => {
    expect(refused(part)).toContain(path);
  });

  test('a budget may bound counters of its own, which are none of the four', () => {
    const budgets = [
      { name: 'cents', limit: 500 },
      { name: 'fuel', limit: 1 },
    ];
    const child = { name: 'a', handler: null, task: 'a', goal: 'b', input: '1', capabilities: [], zones: [], budgets };
    const raw = proposal({ action: { tag: 'delegation', val: { tag: 'spawn', val: child } } });
    expect(parseProposal(raw, DEFAULT_LIMITS)).toMatchObject({
      proposal: { action: { tag: 'spawn', delegation: { budgets: { fuel: 1, counters: { cents: 500 } } } } },
    });
    const bad = { ...child, budgets: [{ name: '__proto__', limit: 1 }] };
    expect(refused({ action: { tag: 'delegation', val: { tag: 'spawn', val: bad } } })).toContain('delegation/budgets');
  });

  test('an execution may say how it is tried again, and until when it is asked', () => {
    const val = { step: 'a', operation: TOOL, into: null, retry: RETRY, poll: POLL };
    expect(parseProposal(proposal({ action: { tag: 'execution', val } }), DEFAULT_LIMITS)).toMatchObject({
      proposal: { action: { retry: RETRY, poll: { predicate: { tag: 'exists', pointer: ['a'] }, cursor: null } } },
    });
  });

  test('whatever comes, it is a value and never an exception', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('action', 'rationale', 'confidence'), fc.anything({ maxDepth: 4 })),
        (raw) => {
          expect(typeof parseProposal(raw as ValueMap, DEFAULT_LIMITS).ok).toBe('boolean');
        },
      ),
    );
  });
});
