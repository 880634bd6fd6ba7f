import { describe, expect, it } from 'vitest';
import { createAdvice } from '../../host/capability/advice.ts';
import type { Advisor, AdvisorAnswer } from '../../host/capability/advice.ts';
import type { CycleView, ProviderResult } from '../../host/kernel/ports.ts';
import type { Value, ValueMap } from '../../host/value.ts';

const QUESTION: ValueMap = {
  advisor: 'own',
  system: '',
  messages: [{ role: 'user', content: 'hi', requested: [], toolCall: null }],
  tools: [{ name: 'look', description: '', parameters: '{"type":"object","properties":{"at":{"type":"string"}}}' }],
  schema: null,
  maxTokens: 10,
};
/** Nothing of the cycle is an advisor's to see. */
const NO_CYCLE = null as unknown as CycleView;

function advisorOf(answer: () => unknown): Advisor {
  return { name: 'own', model: 'made-1', ask: async () => answer() as AdvisorAnswer };
}

function ask(advisor: Advisor, change: ValueMap = {}, bounds = {}): Promise<ProviderResult> {
  const call = {
    operation: 'advice.ask',
    idempotencyKey: null,
    timeoutMs: 20_000,
    maxResponseBytes: 10_000,
    ...bounds,
  };
  return createAdvice([advisor]).perform({ ...call, request: { ...QUESTION, ...change } }, NO_CYCLE);
}

const sound = (val: Value, tag = 'text', confidence: unknown = 1): unknown => ({
  ok: true,
  content: { tag, val },
  confidence,
});

describe('the capability advice', () => {
  it('asks the advisor of that name', async () => {
    const value = { source: 'advice:own/made-1', confidence: 1, content: { tag: 'text', val: 'hello' } };
    expect(await ask(advisorOf(() => sound('hello')))).toEqual({ ok: true, value });
  });

  it('has nobody to ask on a node without that advisor', async () => {
    for (const provider of [createAdvice([]), createAdvice([{ ...advisorOf(() => sound('x')), name: 'other' }])]) {
      const call = {
        operation: 'advice.ask',
        request: QUESTION,
        idempotencyKey: null,
        timeoutMs: 1,
        maxResponseBytes: 1,
      };
      expect(await provider.perform(call, NO_CYCLE)).toEqual({
        ok: false,
        error: 'not-found',
        message: 'advisor own: this node has none of that name',
      });
    }
  });

  it('may ask again after a crash, for a question has no effect', () => {
    expect(createAdvice([]).repetition(QUESTION)).toBe('safe');
  });

  it.each([
    ['two of one name', [advisorOf(() => null), advisorOf(() => null)]],
    ['a name that none can have', [{ ...advisorOf(() => null), name: 'A b' }]],
    ['no model', [{ ...advisorOf(() => null), model: '' }]],
    ['a model that breaks a line', [{ ...advisorOf(() => null), model: 'a\nb' }]],
    ['a model beyond its length', [{ ...advisorOf(() => null), model: 'm'.repeat(81) }]],
  ])('is not made with %s', (_name, advisors) => {
    expect(() => createAdvice(advisors)).toThrow(/^advisor/);
  });
});

const cyclic: unknown[] = [];
cyclic.push(cyclic);
let nested: Value = 1;
for (let i = 0; i < 5_000; i++) nested = [nested];

describe('an advisor that keeps no promise', () => {
  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      'unavailable',
    ],
    ['answers nothing', () => undefined, 'unavailable'],
    ['answers something else', () => 'yes', 'unavailable'],
    ['gives no content', () => ({ ok: true, confidence: 1 }), 'unavailable'],
    ['gives a function', () => sound(JSON.parse as unknown as Value), 'unavailable'],
    ['gives a loop', () => sound(cyclic as Value, 'structured'), 'unavailable'],
    ['gives another kind', () => sound('rm -rf', 'command'), 'unavailable'],
    ['gives data where a text is wanted', () => sound({ a: 1 }, 'structured'), 'unavailable'],
    ['nests without end', () => sound(nested, 'structured'), 'unavailable'],
    ['calls nothing', () => sound([], 'tool-calls'), 'unavailable'],
    ['calls what it may not', () => sound([{ id: 'a', name: 'pay', arguments: {} }], 'tool-calls'), 'unavailable'],
    [
      'calls with other arguments',
      () => sound([{ id: 'a', name: 'look', arguments: { at: 1 } }], 'tool-calls'),
      'schema',
    ],
    ['calls with a list', () => sound([{ id: 'a', name: 'look', arguments: [] }], 'tool-calls'), 'schema'],
    ['is surer than sure', () => sound('x', 'text', 1.5), 'unavailable'],
    ['is less than not sure', () => sound('x', 'text', -1), 'unavailable'],
    ['is sure of nothing that is a number', () => sound('x', 'text', Number.NaN), 'unavailable'],
    ['answers too much', () => sound('x'.repeat(10_001)), 'limit'],
  ])('is not taken at its word: it %s', async (_name, answer, error) => {
    expect(await ask(advisorOf(answer))).toMatchObject({ ok: false, error });
  });

  it('is not waited for beyond its time', async () => {
    const never: Advisor = { name: 'own', model: 'm', ask: () => new Promise(() => undefined) };
    expect(await ask(never, {}, { timeoutMs: 50 })).toMatchObject({ ok: false, error: 'timeout' });
  });

  it('gives no more of a call than the contract has', async () => {
    const result = await ask(
      advisorOf(() => sound([{ id: 'a', name: 'look', arguments: {}, verdict: 'permit' }], 'tool-calls')),
    );
    expect(result).toMatchObject({ value: { content: { val: [{ id: 'a', name: 'look', arguments: {} }] } } });
    expect(JSON.stringify(result)).not.toContain('permit');
  });

  it('cannot make a prototype of what it says', async () => {
    const given = JSON.parse('{"__proto__":{"polluted":true},"at":"x"}');
    const result = await ask(advisorOf(() => sound([{ id: 'a', name: 'look', arguments: given }], 'tool-calls')));
    expect(result).toMatchObject({ ok: true });
    expect('polluted' in {}).toBe(false);
  });
});
