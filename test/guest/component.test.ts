import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildHandler } from '../../host/sandbox/build.ts';
import type { BuiltHandler } from '../../host/sandbox/build.ts';
import { mapStack } from '../../host/sandbox/source-map.ts';
import { NOW, codeError, openComponent, situationOf } from './component-host.ts';
import type { Answers, Component } from './component-host.ts';

/** The line, from 1, of the test handler where this stands. */
function lineOf(text: string): number {
  return (
    readFileSync(ENTRY, 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1
  );
}

const ENTRY = fileURLToPath(new URL('handlers/probe.ts', import.meta.url));

function createAnswers(lines: string[] = []): Answers {
  const state = new Map<string, string>();
  return {
    'log.write': (level: string, message: string) => {
      if (message === 'denied') throw codeError('denied');
      lines.push(`${level}: ${message}`);
    },
    'random.bytes': (length: number) => Uint8Array.from({ length }, (_, index) => index + 1),
    'kv.get': (key: string) => state.get(key),
    'kv.set': (key: string, value: string) => void state.set(key, value),
    'kv.delete': (key: string) => void state.delete(key),
    'kv.keys': (prefix: string, after: string | undefined, limit: number) =>
      [...state.keys()]
        .toSorted()
        .filter((key) => key.startsWith(prefix) && (after === undefined || key > after))
        .slice(0, limit),
    'http.send': ({
      method,
      headers,
      body,
      repetition,
    }: {
      method: string;
      headers: object;
      body: Uint8Array;
      repetition: string;
    }) => ({
      status: 201,
      headers: [{ name: 'content-type', value: 'application/json' }],
      body: new TextEncoder().encode(
        JSON.stringify({ method, headers, repetition, body: new TextDecoder().decode(body) }),
      ),
    }),
    'memory.read': (start: bigint, limit: number) => {
      const seqs = [1n, 2n, 3n].filter((seq) => seq >= start);
      const entries = seqs
        .slice(0, limit)
        .map((seq) => ({ seq, time: 5n, node: 'n', cycle: 1n, kind: 'call', body: `{"n":${seq}}` }));
      return { entries, next: seqs.length > limit ? seqs[limit] : undefined };
    },
    'signals.read': (name: string, after: bigint, limit: number) => [
      { seq: after + 1n, time: 6n, node: 'n', name, payload: JSON.stringify({ limit }) },
    ],
    'tools.call': (name: string, input: string) =>
      JSON.stringify({ name, sum: JSON.parse(input).a + JSON.parse(input).b }),
  };
}

const NEGATIVE = { operation: 'http.send', node: 'f'.repeat(32), zone: null, reason: 'timeout', because: 4 };

/** What the guest's platform must be on every engine. */
const PLATFORM = {
  dates: [NOW, new Date(NOW).toISOString(), Date.UTC(2026, 0, 2, 3), 0],
  dateAsText: [expect.stringMatching(/^\w{3} \w{3} \d{2} 2026 /), true, true, 86_400_000],
  random: [expect.any(Number), expect.any(Number), [1, 2, 3]],
  text: [[97, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xef, 0xbf, 0xbd], 'aé€😀\ufffd', '\ufffd('],
  base64: ['c29qb3Vybg==', 'sojourn'],
  cloned: [5, true, 13],
  url: 'http://h.example:8080/b?x=1&y=%20#f',
  absent: [],
};

describe.each(['quickjs', 'starlingmonkey'] as const)('a handler on %s', (engine) => {
  let built: BuiltHandler;
  let component: Component;
  beforeAll(async () => {
    built = await buildHandler({ entry: ENTRY, engine });
    component = await openComponent(built.component);
  });
  afterAll(() => component.close());

  const finishOf = async (input: unknown, rest: object = {}) => {
    const { action } = await component.handle(situationOf(input, rest), createAnswers());
    return JSON.parse(action.val['result'] as string);
  };
  const errorOf = async (input: unknown) => {
    const failed = await component.handle(situationOf(input), createAnswers()).catch((error: unknown) => error);
    return (failed as { payload: { message: string; stack: string } }).payload;
  };

  it('imports nothing but the contract', () => {
    expect(built.imports.length).toBeGreaterThan(0);
    expect(built.imports.filter((name) => !/^sojourn:object\/[a-z]+@0\.2\.0$/.test(name))).toEqual([]);
  });

  it('finds the same platform on every engine, with time and randomness of the cycle', async () => {
    const platform = await finishOf({ do: 'platform' });
    expect(platform).toEqual(PLATFORM);
    expect(await finishOf({ do: 'platform' })).toEqual(platform);
    expect(platform.random[0]).not.toBe(platform.random[1]);
    expect(
      platform.random.every((number: unknown) => Array.isArray(number) || (Number(number) >= 0 && Number(number) < 1)),
    ).toBe(true);
  });

  it('reaches every capability, values as JSON', async () => {
    expect(await finishOf({ do: 'capabilities' })).toEqual({
      kv: [{ one: 1 }, null, ['a/1', 'a/2']],
      http: [
        201,
        true,
        'application/json',
        {
          method: 'POST',
          headers: [{ name: 'content-type', value: 'application/json' }],
          repetition: 'keyed',
          body: '{"text":"é"}',
        },
      ],
      memory: [1, 2, 3].map((seq) => [seq, 'call', { n: seq }]),
      signals: [{ seq: 4, time: 6, node: 'n', name: 'approval', payload: { limit: 64 } }],
      tool: { name: 'adder', sum: 3 },
      now: NOW,
    });
  });

  it('reads failures, and what could not be done and has not been retired, out of its memory', async () => {
    const bodies: { readonly [kind: string]: readonly (readonly [bigint, object])[] } = {
      failure: [[4n, { class: 'timeout', operation: 'http.send', target: 'a.test', reason: null, because: 3 }]],
      negative: [
        [5n, { ...NEGATIVE, target: 'a.test', until: { tag: 'elapsed', ms: 5 } }],
        [7n, { ...NEGATIVE, target: '*', until: { tag: 'signal', name: 'go' } }],
      ],
      retire: [[9n, { negative: 5, reason: 'it answers' }]],
    };
    const read = (start: bigint, limit: number, kind: string) => {
      const found = bodies[kind]!.filter(([seq]) => seq >= start);
      const entries = found
        .slice(0, limit)
        .map(([seq, body]) => ({ seq, time: 5n, node: 'n', cycle: 1n, kind, body: JSON.stringify(body) }));
      return { entries, next: found[limit]?.[0] };
    };
    const situation = situationOf({ do: 'history' });
    const { action } = await component.handle(situation, { ...createAnswers(), 'memory.read': read });
    expect(JSON.parse(action.val['result'] as string)).toEqual({
      failures: [
        { seq: 4, time: 5, class: 'timeout', operation: 'http.send', target: 'a.test', reason: null, because: 3 },
      ],
      negatives: [{ ...NEGATIVE, target: '*', seq: 7, time: 5 }],
    });
  });

  it('sees the situation as plain values', async () => {
    const last = { seq: 9n, class: 'failure', action: 'execution', reason: undefined, value: '[1]' };
    const trigger = {
      tag: 'woken',
      val: { dormancy: 4n, signals: BigUint64Array.of(5n, 6n), witnesses: BigUint64Array.of(7n) },
    };
    expect(await finishOf({ do: 'task' }, { last, trigger })).toEqual({
      input: { do: 'task' },
      intent: { kind: 'probe', goal: 'test', input: { do: 'task' }, constraints: { cap: 1 } },
      context: {
        id: 'a'.repeat(64),
        creator: 'b'.repeat(32),
        capabilities: ['*'],
        zones: ['eu'],
        budgets: [{ name: 'fuel', limit: 10, spent: 4 }],
        trust: 500,
        continuousOver: 3,
        parent: null,
      },
      trigger: { tag: 'woken', dormancy: 4, signals: [5, 6], witnesses: [7] },
      last: { seq: 9, class: 'failure', action: 'execution', reason: null, value: [1] },
      cycle: 7,
      now: NOW,
      limits: { fuel: 2_000_000_000, memoryPages: 1024, calls: 256, bytes: 16_777_216, proposalBytes: 262_144 },
    });
  });

  const mutation = (kind: string, change: object) => ({
    tag: 'mutation',
    val: { kind, task: 'probe', goal: 'test', constraints: '{"cap":1}', ...change },
  });
  const execution = (operation: object, into: string | undefined) => ({
    tag: 'execution',
    val: { step: 's', operation, into },
  });
  const request = {
    method: 'POST',
    url: 'http://x.test/',
    headers: [{ name: 'content-type', value: 'application/json' }],
    body: new TextEncoder().encode('{"a":1}'),
    repetition: 'keyed',
  };
  it.each([
    ['http', execution({ tag: 'http', val: request }, 'k')],
    ['tool', execution({ tag: 'tool', val: { name: 'adder', input: '[1]' } }, undefined)],
    ['commit', execution({ tag: 'commit', val: 'null' }, 'k')],
    [
      'sleep',
      {
        tag: 'dormancy',
        val: {
          condition: [
            { tag: 'group', val: { need: 1, members: Uint32Array.of(1, 2, 5) } },
            { tag: 'signal', val: 'go' },
            { tag: 'group', val: { need: 2, members: Uint32Array.of(3, 4) } },
            { tag: 'elapsed', val: 2_592_000_000n },
            { tag: 'instant', val: 5n },
            { tag: 'group', val: { need: 2, members: Uint32Array.of(6, 7) } },
            { tag: 'signal', val: '*' },
            { tag: 'elapsed', val: 1_000n },
          ],
        },
      },
    ],
    ['refine', mutation('refine', { goal: 'a clearer goal' })],
    ['constrain', mutation('constrain', { constraints: '{"cap":1,"limit":5}' })],
    ['expand', mutation('expand', { goal: 'more' })],
    ['reclassify', mutation('reclassify', { task: 'other' })],
    [
      'delegate',
      {
        tag: 'delegation',
        val: {
          tag: 'spawn',
          val: {
            name: 'c',
            handler: undefined,
            task: 'k',
            goal: 'g',
            input: '1',
            capabilities: ['kv.get'],
            zones: [],
            budgets: [{ name: 'fuel', limit: 9n, spent: 0n }],
          },
        },
      },
    ],
    ['finish', { tag: 'termination', val: { achieved: true, result: '{"done":true}' } }],
    ['giveUp', { tag: 'termination', val: { achieved: false, result: '{"reason":"no use","details":[1]}' } }],
  ])('proposes %s in the words of the contract', async (name, action) => {
    const proposal = await component.handle(situationOf({ do: 'propose', name }), createAnswers());
    expect(proposal.action).toEqual(action);
    expect(proposal.confidence).toBe(name === 'http' ? 0.5 : 1);
    expect(proposal.rationale.length).toBeGreaterThan(3);
  });

  it('tells a thrown error with its message, its cause, and the file and line of its author', async () => {
    const { message, stack } = await errorOf({ do: 'throw' });
    expect(message).toBe('RangeError: went wrong');
    const mapped = mapStack(stack, built.sourceMap).split('\n');
    expect(mapped[0]).toMatch(new RegExp(`^ {4}at fail \\(probe\\.ts:${lineOf('throw new RangeError')}:\\d+\\)$`));
    expect(mapped[1]).toContain(`probe.ts:${lineOf('return fail()')}:`);
    expect(mapped).toContain('caused by TypeError: the reason');
    expect(stack).not.toContain('initializer');
  });

  it.each([
    ['throw-text', 'only a text'],
    ['denied', 'CapabilityError: log.write: denied'],
    ['nothing', 'TypeError: handler: expected a proposal, found undefined'],
    ['promise', 'TypeError: handler: expected a proposal, found a promise; handlers are synchronous'],
    ['else', "TypeError: result: expected a JSON value, found NaN at ''"],
  ])('tells the failure of %s', async (what, message) => {
    expect((await errorOf({ do: what })).message).toBe(message);
  });

  it('prints console lines as log lines', async () => {
    const lines: string[] = [];
    await component.handle(situationOf({ do: 'propose', name: 'finish' }), createAnswers(lines));
    expect(lines).toEqual(['info: cycle 7 {"of":"probe"}']);
  });
});
