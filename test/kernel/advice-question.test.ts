import { describe, expect, it } from 'vitest';
import { questionData, readQuestion } from '../../host/kernel/advice-question.ts';
import { operationSpec } from '../../host/kernel/operations.ts';
import type { Value, ValueMap } from '../../host/value.ts';

const user = (content: string): Value => ({ role: 'user', content, requested: [], toolCall: null });
const asks = (...ids: string[]): Value => ({
  role: 'assistant',
  content: '',
  requested: ids.map((id) => ({ id, name: 'look', arguments: '{}' })),
  toolCall: null,
});
const gives = (toolCall: Value): Value => ({ role: 'tool', content: '{"found":true}', requested: [], toolCall });
const tool = (name: string, parameters = '{}'): Value => ({ name, description: 'Looks', parameters });

function questionOf(change: ValueMap = {}): ValueMap {
  return { advisor: 'triage', system: '', messages: [user('hi')], tools: [], schema: null, maxTokens: 1, ...change };
}

describe('a question', () => {
  it('is read with its schemas and arguments as data', () => {
    const read = readQuestion(
      questionOf({
        messages: [user('hi'), asks('a'), gives('a')],
        tools: [tool('look', '{"type":"object"}')],
        schema: '{}',
      }),
    );
    expect(read).toEqual({
      ok: true,
      question: {
        advisor: 'triage',
        system: '',
        messages: [
          { role: 'user', content: 'hi', requested: [], toolCall: null },
          { role: 'assistant', content: '', requested: [{ id: 'a', name: 'look', arguments: {} }], toolCall: null },
          { role: 'tool', content: '{"found":true}', requested: [], toolCall: 'a' },
        ],
        tools: [{ name: 'look', description: 'Looks', parameters: { type: 'object' } }],
        schema: {},
        maxTokens: 1,
      },
    });
  });

  it.each<[string, ValueMap, string]>([
    ['no advisor', { advisor: '' }, 'advisor'],
    ['an advisor in capitals', { advisor: 'Triage' }, 'advisor'],
    ['an advisor with a look-alike letter', { advisor: 'tri\u0430ge' }, 'advisor'],
    ['a system of half a character', { system: '\ud800' }, 'system'],
    ['no message', { messages: [] }, 'messages'],
    ['too many messages', { messages: Array.from({ length: 257 }, () => user('x')) }, 'messages'],
    ['a message of the system', { messages: [{ role: 'system', content: '', requested: [], toolCall: null }] }, 'role'],
    [
      'calls of a user',
      {
        messages: [{ role: 'user', content: '', requested: [{ id: 'a', name: 'b', arguments: '{}' }], toolCall: null }],
      },
      'requested',
    ],
    ['a result of nothing', { messages: [gives('a')] }, 'toolCall'],
    ['a result before its call', { messages: [gives('a'), asks('a')] }, 'toolCall'],
    ['two results of one call', { messages: [asks('a'), gives('a'), gives('a')] }, 'toolCall'],
    ['a result without a call', { messages: [gives(null)] }, 'toolCall'],
    ['one id twice', { messages: [asks('a', 'a')] }, 'requested'],
    ['one id in two messages', { messages: [asks('a'), asks('a')] }, 'requested'],
    [
      'more calls than one message may have',
      { messages: [asks(...Array.from({ length: 17 }, (_, i) => `c${i}`))] },
      'requested',
    ],
    ['a tool with a name of its own kind', { tools: [tool('look it up')] }, 'tools/0/name'],
    ['two tools of one name', { tools: [tool('look'), tool('look')] }, 'tools/1/name'],
    ['too many tools', { tools: Array.from({ length: 65 }, (_, i) => tool(`t${i}`)) }, 'tools'],
    ['parameters that are no JSON', { tools: [tool('look', '{')] }, 'parameters'],
    ['parameters that are no object', { tools: [tool('look', '[]')] }, 'parameters'],
    ['a reference in a schema', { schema: '{"$ref":"#/x"}' }, '$ref'],
    ['a regular expression in a schema', { schema: '{"pattern":"(a+)+$"}' }, 'pattern'],
    ['a choice of schemas', { schema: '{"anyOf":[{},{}]}' }, 'anyOf'],
    ['a schema that is too long', { schema: JSON.stringify({ description: 'x'.repeat(65_536) }) }, 'at most 65536'],
    ['a schema that is too deep', { schema: `${'{"items":'.repeat(40)}{}${'}'.repeat(40)}` }, 'levels'],
    ['a schema with a key twice', { schema: '{"type":"null","type":"object"}' }, 'each key once'],
    ['no tokens', { maxTokens: 0 }, 'maxTokens'],
    ['half a token', { maxTokens: 1.5 }, 'maxTokens'],
    ['too many tokens', { maxTokens: 1_000_001 }, 'maxTokens'],
  ])('is refused with %s', (_name, change, says) => {
    const read = readQuestion(questionOf(change));
    expect(read).toMatchObject({ ok: false });
    expect(read.ok ? '' : read.message).toContain(says);
    expect(operationSpec('advice.ask')?.check(questionOf(change))).not.toBeNull();
    expect(questionData(questionOf(change))).toBeNull();
  });

  it('is refused where a member is missing or of another type', () => {
    for (const name of Object.keys(questionOf())) {
      for (const value of [undefined, 7, true, { a: 1 }, new Uint8Array(1)] as Value[]) {
        if (name === 'maxTokens' && value === 7) continue;
        expect([name, readQuestion({ ...questionOf(), [name]: value }).ok]).toEqual([name, false]);
      }
    }
  });

  it('shows policy whom it asks, and what of', () => {
    const question = questionOf({
      messages: [user('{"order":{"cents":5}}')],
      tools: [tool('look')],
      system: 'Be brief',
    });
    const spec = operationSpec('advice.ask');
    expect(spec?.resource(question)).toEqual({ type: 'Advisor', name: 'triage' });
    expect(spec?.data(question)).toEqual({
      advisor: 'triage',
      system: 'Be brief',
      messages: [{ role: 'user', content: '{"order":{"cents":5}}' }],
      tools: ['look'],
      maxTokens: 1,
      last: { role: 'user', content: '{"order":{"cents":5}}', data: { order: { cents: 5 } } },
    });
  });
});
