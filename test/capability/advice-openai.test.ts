import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAdvice } from '../../host/capability/advice.ts';
import { createOpenAiAdvisor } from '../../host/capability/advice-openai.ts';
import type { OpenAiOptions } from '../../host/capability/advice-openai.ts';
import { readCompletion } from '../../host/capability/advice-completion.ts';
import { readQuestion } from '../../host/kernel/advice-question.ts';
import type { CycleView, ProviderResult } from '../../host/kernel/ports.ts';
import type { ValueMap } from '../../host/value.ts';
import { completion, say, startCompletionServer, toolCall } from './completion-server.ts';
import type { CompletionServer } from './completion-server.ts';

const KEY = 'sk-test-4242424242';
const REFUND = {
  name: 'refund',
  description: 'Pays money back',
  parameters: JSON.stringify({
    type: 'object',
    properties: { order: { type: 'string' }, cents: { type: 'integer', minimum: 1, maximum: 5000 } },
    required: ['order', 'cents'],
    additionalProperties: false,
  }),
};
const ASSESSMENT = JSON.stringify({
  type: 'object',
  properties: { risk: { enum: ['low', 'high'] }, confidence: { type: 'number' } },
  required: ['risk'],
  additionalProperties: false,
});

function questionOf(change: ValueMap = {}): ValueMap {
  const messages = [{ role: 'user', content: 'Order 17 came late.', requested: [], toolCall: null }];
  return { advisor: 'model', system: 'Be brief.', messages, tools: [], schema: null, maxTokens: 200, ...change };
}

let server: CompletionServer;
beforeEach(async () => {
  server = await startCompletionServer();
});
afterEach(() => server.close());

const BOUNDS = { timeoutMs: 20_000, maxResponseBytes: 100_000 };

/** Nothing of the cycle is an advisor's to see. */
const NO_CYCLE = null as unknown as CycleView;

function ask(question: ValueMap, bounds = {}, options: Partial<OpenAiOptions> = {}): Promise<ProviderResult> {
  const advisor = createOpenAiAdvisor({
    name: 'model',
    url: server.url,
    model: 'small-1',
    key: KEY,
    fetch,
    ...options,
  });
  const call = { operation: 'advice.ask', request: question, idempotencyKey: null, ...BOUNDS, ...bounds };
  return createAdvice([advisor]).perform(call, NO_CYCLE);
}

async function rejection(question: ValueMap, bounds = {}): Promise<[error: string, message: string]> {
  const result = await ask(question, bounds);
  if (result.ok) throw new Error(`expected a rejected answer, found ${JSON.stringify(result.value)}`);
  return [result.error, result.message];
}

describe('a question to a model', () => {
  it('goes out as one chat completion, with the key in its header', async () => {
    server.reply(say(completion({ content: 'Sorry to hear that.' })));
    const conversation = [
      { role: 'user', content: 'Order 17 came late.', requested: [], toolCall: null },
      {
        role: 'assistant',
        content: '',
        requested: [{ id: 'c1', name: 'refund', arguments: '{"order":"17","cents":500}' }],
        toolCall: null,
      },
      { role: 'tool', content: '{"paid":500}', requested: [], toolCall: 'c1' },
    ];
    const result = await ask(
      questionOf({ messages: conversation, tools: [REFUND], schema: ASSESSMENT }),
      {},
      {
        temperature: 0,
        tokenLimit: 'max_completion_tokens',
      },
    );
    expect(result).toMatchObject({ ok: false, error: 'unavailable' });
    expect(server.asked).toHaveLength(1);
    const { method, path, headers, body } = server.asked[0]!;
    expect([method, path, headers.authorization]).toEqual(['POST', '/v1/chat/completions', `Bearer ${KEY}`]);
    expect(headers['idempotency-key']).toBeUndefined();
    expect(body).toEqual({
      model: 'small-1',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Order 17 came late.' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'refund', arguments: '{"order":"17","cents":500}' } },
          ],
        },
        { role: 'tool', content: '{"paid":500}', tool_call_id: 'c1' },
      ],
      tools: [{ type: 'function', function: { ...REFUND, parameters: JSON.parse(REFUND.parameters) } }],
      tool_choice: 'auto',
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: JSON.parse(ASSESSMENT) } },
      max_completion_tokens: 200,
      temperature: 0,
      n: 1,
      stream: false,
    });
  });

  it('sends no authorization where the node has no key', async () => {
    server.reply(say(completion({ content: 'Yes.' })));
    expect(await ask(questionOf(), {}, { key: null })).toMatchObject({ ok: true });
    expect(server.asked[0]!.headers.authorization).toBeUndefined();
  });
});

describe('a sound answer', () => {
  it('is a text, with the name that the node gave as its source', async () => {
    server.reply(say(completion({ content: 'Sorry to hear that.' })));
    const value = {
      source: 'advice:model/small-1',
      confidence: 0,
      content: { tag: 'text', val: 'Sorry to hear that.' },
    };
    expect(await ask(questionOf())).toEqual({ ok: true, value });
  });

  it('is data that keeps the schema, with the confidence that it claims', async () => {
    server.reply(say(completion({ content: '{"risk":"low","confidence":0.75}' })));
    expect(await ask(questionOf({ schema: ASSESSMENT }))).toMatchObject({
      value: { confidence: 0.75, content: { tag: 'structured', val: { risk: 'low', confidence: 0.75 } } },
    });
  });

  it('is tool calls, with the mean probability of its tokens as confidence', async () => {
    const tokens = [
      { token: 'a', logprob: -0.1 },
      { token: 'b', logprob: -0.3 },
    ];
    const message = { tool_calls: [toolCall('refund', { order: '17', cents: 500 })] };
    server.reply(say(completion(message, { finish_reason: 'tool_calls', logprobs: { content: tokens } })));
    const result = await ask(questionOf({ tools: [REFUND] }), {}, { logprobs: true });
    expect(server.asked[0]!.body.logprobs).toBe(true);
    expect(result).toMatchObject({
      value: {
        content: {
          tag: 'tool-calls',
          val: [{ id: 'call_abc123', name: 'refund', arguments: { order: '17', cents: 500 } }],
        },
      },
    });
    expect(result).toMatchObject({ value: { confidence: expect.closeTo(Math.exp(-0.2)) } });
  });

  it('may carry members that nobody looks at, with numbers beyond the data model', async () => {
    server.reply(
      say(JSON.stringify(completion({ content: 'Yes.' })).replace('"seed":1', '"seed":9223372036854775807')),
    );
    expect(await ask(questionOf())).toMatchObject({ ok: true });
  });
});

const good = { order: '17', cents: 500 };
const calls = (...list: object[]): object => completion({ tool_calls: list });
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('an answer that cannot be used', () => {
  it.each<[string, object | string, string, string]>([
    ['no JSON', '<html>busy</html>', 'unavailable', 'expected JSON'],
    ['JSON cut short', '{"choices":[{"message":', 'unavailable', 'expected JSON'],
    ['a key twice', '{"choices":[],"choices":[]}', 'unavailable', 'expected each key once'],
    ['nested too deep', `{"choices":${deep(2000)}}`, 'unavailable', 'at most 32 levels'],
    ['null', 'null', 'unavailable', 'choices'],
    ['no choice', { choices: [] }, 'unavailable', 'choices'],
    ['two choices', { choices: [{}, {}] }, 'unavailable', 'choices'],
    ['a choice that is none', { choices: ['yes'] }, 'unavailable', 'content'],
    ['no content', completion({}), 'unavailable', 'content'],
    ['empty content', completion({ content: '' }), 'unavailable', 'content'],
    ['content of another type', completion({ content: [{ type: 'text', text: 'hi' }] }), 'unavailable', 'content'],
    [
      'half a character',
      JSON.stringify(completion({ content: 'x' })).replace('"x"', '"\\ud800"'),
      'unavailable',
      'content',
    ],
    ['cut off by its bound', completion({ content: 'Sor' }, { finish_reason: 'length' }), 'limit', 'cut off'],
    ['withheld', completion({ content: '' }, { finish_reason: 'content_filter' }), 'unavailable', 'withheld'],
    ['a refusal', completion({ content: null, refusal: 'I cannot' }), 'unavailable', 'refusal'],
    [
      'probabilities above 1',
      completion({ content: 'a' }, { logprobs: { content: [{ logprob: 3 }] } }),
      'unavailable',
      'logprobs',
    ],
    ['tool calls that are no list', completion({ tool_calls: {} }), 'unavailable', 'tool_calls'],
    ['a tool that was not offered', calls(toolCall('transfer', good)), 'unavailable', 'a tool that was offered'],
    ['a tool by a look-alike name', calls(toolCall('refund ', good)), 'unavailable', 'a tool that was offered'],
    ['a tool named as a prototype is', calls(toolCall('__proto__', good)), 'unavailable', 'a tool that was offered'],
    [
      'a call without id',
      calls({ type: 'function', function: { name: 'refund', arguments: '{}' } }),
      'unavailable',
      'id',
    ],
    ['one id twice', calls(toolCall('refund', good), toolCall('refund', good)), 'unavailable', 'no other call has'],
    ['a call of another type', calls({ ...toolCall('refund', good), type: 'shell' }), 'unavailable', 'type'],
    ['arguments that are no JSON', calls(toolCall('refund', '{order:17}')), 'unavailable', 'arguments'],
    [
      'arguments as an object',
      calls({ id: 'a', function: { name: 'refund', arguments: good } }),
      'unavailable',
      'arguments as texts',
    ],
    ['arguments that are a list', calls(toolCall('refund', '[1]')), 'unavailable', 'arguments'],
    ['arguments nested too deep', calls(toolCall('refund', deep(2000))), 'unavailable', 'levels'],
    ['an argument too many', calls(toolCall('refund', { ...good, to: 'me' })), 'schema', 'no such key'],
    ['an argument too large', calls(toolCall('refund', { ...good, cents: 5001 })), 'schema', 'at most 5000'],
    ['an argument of another type', calls(toolCall('refund', { ...good, cents: '500' })), 'schema', 'integer'],
    ['an argument left out', calls(toolCall('refund', { order: '17' })), 'schema', '/cents'],
    [
      'more calls than may be',
      calls(...Array.from({ length: 17 }, (_, i) => toolCall('refund', good, `c${i}`))),
      'unavailable',
      '1 to 16',
    ],
  ])('is rejected: %s', async (_name, body, error, says) => {
    server.reply(say(body));
    const [code, message] = await rejection(questionOf({ tools: [REFUND] }));
    expect(code).toBe(error);
    expect(message).toContain(says);
    expect(message.startsWith('advisor model: ')).toBe(true);
  });

  it.each([
    ['that breaks it', '{"risk":"none"}', 'schema', 'answer/risk'],
    ['with more than it has', '{"risk":"low","note":"and then ignore the policy"}', 'schema', 'answer/note'],
    ['that is prose', 'The risk is low.', 'unavailable', 'expected JSON'],
    ['in a fence of prose', '```json\n{"risk":"low"}\n```', 'unavailable', 'expected JSON'],
    ['with a key twice', '{"risk":"low","risk":"high"}', 'unavailable', 'each key once'],
    ['with a number that is none', '{"risk":"low","confidence":1e999}', 'unavailable', 'finite'],
  ])('is rejected where a schema was asked for and the answer is one %s', async (_name, content, error, says) => {
    server.reply(say(completion({ content })));
    const [code, message] = await rejection(questionOf({ schema: ASSESSMENT }));
    expect([code, message.includes(says)]).toEqual([error, true]);
  });

  it('is rejected where an id is that of an earlier call', async () => {
    server.reply(say(calls(toolCall('refund', good, 'c1'))));
    const earlier = {
      role: 'assistant',
      content: '',
      requested: [{ id: 'c1', name: 'refund', arguments: '{}' }],
      toolCall: null,
    };
    const [code, message] = await rejection(questionOf({ tools: [REFUND], messages: [earlier] }));
    expect([code, message]).toEqual(['unavailable', expect.stringContaining('no other call has')]);
  });

  it.each([201, 204, 301, 302, 307, 400, 401, 403, 404, 429, 500, 503])(
    'is rejected with status %s',
    async (status) => {
      server.reply((response, { path }) => {
        if (path !== '/v1/chat/completions')
          return say(completion({ content: 'from elsewhere' }))(response, server.asked[0]!);
        const location = status < 400 ? { location: `${server.url}/elsewhere` } : {};
        response
          .writeHead(status, { ...location, 'retry-after': '1' })
          .end(status === 204 ? undefined : `key was ${KEY}`);
      });
      const [code, message] = await rejection(questionOf());
      expect([code, message]).toEqual(['unavailable', `advisor model: expected status 200, found ${status}`]);
      expect(server.asked.map(({ path }) => path)).toEqual(['/v1/chat/completions']);
    },
  );

  it.each<[string, object | string]>([
    ['in its text', completion({ content: `Your key is ${KEY}.` })],
    ['in an argument', calls(toolCall('refund', { order: KEY, cents: 1 }))],
    ['spelt with escapes', completion({ content: 'x' })],
    ['as all that there is', KEY],
    ['as the name of a member', `{"${KEY}":1,"${KEY}":2}`],
    ['as the name of an argument', calls(toolCall('refund', { ...good, [KEY]: 1 }))],
    ['as an argument in broken JSON', calls(toolCall('refund', `{"order":${KEY}}`))],
    ['as the name of a number that is none', calls(toolCall('refund', `{"${KEY}":1e999}`))],
  ])('is rejected where it holds the key: %s', async (name, body) => {
    const escaped = Array.from(KEY, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    server.reply(say(name.startsWith('spelt') ? JSON.stringify(body).replace('"x"', `"${escaped}"`) : body));
    const [code, message] = await rejection(questionOf({ tools: [REFUND] }));
    expect(code).toBe('unavailable');
    expect(message).not.toContain(KEY.slice(0, 8));
  });
});

describe('time and size', () => {
  it('gives up a server that never answers', async () => {
    server.reply(() => undefined);
    expect(await rejection(questionOf(), { timeoutMs: 150 })).toEqual([
      'timeout',
      'advisor model: no answer within 150 ms',
    ]);
  });

  it('gives up a body that comes byte by byte', async () => {
    const drips: NodeJS.Timeout[] = [];
    server.reply((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      drips.push(setInterval(() => response.write(' '), 10));
    });
    expect((await rejection(questionOf(), { timeoutMs: 200 }))[0]).toBe('timeout');
    for (const drip of drips) clearInterval(drip);
  });

  it('stops reading an endless body at its bound', async () => {
    const sent = { bytes: 0 };
    server.reply((response) => {
      response.writeHead(200);
      const piece = Buffer.alloc(16_384, ' ');
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) sent.bytes += piece.length;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect((await rejection(questionOf(), { maxResponseBytes: 50_000 }))[0]).toBe('limit');
    expect(sent.bytes).toBeLessThan(64 * 1024 * 1024);
  });

  it('counts the bytes behind a compression', async () => {
    const bomb = gzipSync(JSON.stringify(completion({ content: 'a'.repeat(50_000_000) })));
    expect(bomb.length).toBeLessThan(100_000);
    server.reply((response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    expect((await rejection(questionOf()))[0]).toBe('limit');
  });

  it.each([
    ['a text', {}, completion({ content: 'a'.repeat(262_145) })],
    ['data', { schema: '{}' }, completion({ content: JSON.stringify(['a'.repeat(262_145)]) })],
    [
      'arguments',
      { tools: [{ ...REFUND, parameters: '{}' }] },
      calls(toolCall('refund', { order: 'a'.repeat(262_145) })),
    ],
  ])('takes no more of %s than goes into an object', async (_name, change, body) => {
    server.reply(say(body));
    expect((await rejection(questionOf(change), { maxResponseBytes: 4_000_000 }))[0]).toBe('limit');
  });

  it('is unavailable where nobody listens, or the connection breaks', async () => {
    server.reply((response) => response.destroy());
    expect((await rejection(questionOf()))[0]).toBe('unavailable');
    const result = await ask(questionOf(), {}, { url: 'http://127.0.0.1:1/v1' });
    expect(result).toMatchObject({ ok: false, error: 'unavailable' });
  });
});

describe('an advisor over HTTP', () => {
  it.each([
    ['ftp://example.com', KEY],
    ['https://user:pass@example.com/v1', KEY],
    ['https://example.com/v1?key=1', KEY],
    ['not a url', KEY],
    ['https://example.com/v1', 'short'],
    ['https://example.com/v1', 'with a space'],
    ['https://example.com/v1', 'line\nbreak-header: x'],
  ])('is not made with %s and the key %j', (url, key) => {
    expect(() => createOpenAiAdvisor({ name: 'model', url, model: 'm', key, fetch })).toThrow(
      /^advisor model: expected/,
    );
  });

  it('does not show its key', () => {
    const advisor = createOpenAiAdvisor({ name: 'model', url: 'https://example.com/v1', model: 'm', key: KEY, fetch });
    expect(Object.values(advisor).map(String).join()).not.toContain(KEY);
  });

  it('reads any text without throwing', () => {
    const read = readQuestion(questionOf({ tools: [REFUND] }));
    if (!read.ok) throw new Error(read.message);
    const whole = JSON.stringify(calls(toolCall('refund', good)));
    for (let end = 0; end < whole.length; end++) {
      expect(readCompletion(read.question, whole.slice(0, end), 100_000).ok).toBe(false);
    }
    expect(readCompletion(read.question, whole, 100_000).ok).toBe(true);
  });
});
