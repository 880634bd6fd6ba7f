import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProposal } from '../../host/kernel/proposal.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { ValueMap } from '../../host/value.ts';

const done = { tag: 'termination', val: { achieved: true, result: '{"n":1}' } };

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
    ],
    [
      'delegation/handler',
      {
        action: {
          tag: 'delegation',
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
    ],
    ['dormancy/condition', { action: { tag: 'dormancy', val: { condition: [] } } }],
  ])('names the place that does not fit: %s', (path, part) => {
    expect(refused(part)).toContain(path);
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
