/** What goes out of a guest and what comes back, for every operation of the contract. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { OPERATIONS } from '../../host/sandbox/contract.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { buildScript } from './guest-builds.ts';
import { runHandler, SITUATION, told } from './run-handler.ts';
import type { Handler } from './guest-builds.ts';
import type { RunOptions } from './run-handler.ts';
import type { GuestCall, HandlerRunner } from '../../host/ports.ts';
import type { Value } from '../../host/value.ts';

const ENTRY = { seq: 4, time: 1_700, node: 'n'.repeat(32), cycle: 2, kind: 'call', body: '{"a":1}' };
const SIGNAL = { seq: 9, time: 1_701, node: 'm'.repeat(32), name: 'approval', payload: '{"by":"eva"}' };

const ANSWERS: { readonly [operation: string]: Value } = {
  'memory.read': { entries: [ENTRY], next: 5 },
  'log.write': null,
  'clock.now': 1_700_000_000_123,
  'random.bytes': Uint8Array.of(1, 2, 3, 4),
  'http.send': { status: 201, headers: [{ name: 'etag', value: 'x' }], body: Uint8Array.of(7, 0, 255) },
  'kv.get': '{"v":1}',
  'kv.set': null,
  'kv.delete': null,
  'kv.keys': ['key', 'kilo'],
  'signals.read': [SIGNAL],
  'tools.call': '"hello"',
  'children.list': [
    { name: 'a', id: 'c'.repeat(64), status: 'running', achieved: null, result: null, seq: 7 },
    { name: 'b', id: 'd'.repeat(64), status: 'returned', achieved: true, result: '{"n":1}', seq: 2 ** 53 - 1 },
  ],
  'advice.ask': {
    source: 'advice:local',
    confidence: 0.75,
    content: { tag: 'tool-calls', val: [{ id: '1', name: 'add', arguments: '{"a":1}' }] },
    prompt: 'e'.repeat(64),
    seq: 12,
  },
};

const REQUESTS: { readonly [operation: string]: Value } = {
  'memory.read': { start: 3, limit: 10, kind: 'call' },
  'log.write': { level: 'warn', message: 'a line — with ü' },
  'clock.now': {},
  'random.bytes': { len: 4 },
  'http.send': {
    method: 'POST',
    url: 'http://vendor.test/orders',
    headers: [{ name: 'content-type', value: 'text/plain' }],
    body: Uint8Array.of(0, 1, 255),
    repetition: 'keyed',
  },
  'kv.get': { key: 'key' },
  'kv.set': { key: 'key', value: '{"__proto__":{"polluted":1}}' },
  'kv.delete': { key: 'key' },
  'kv.keys': { prefix: 'k', after: null, limit: 10 },
  'signals.read': { name: null, after: 2, limit: 5 },
  'tools.call': { name: 'translate', input: '{"text":"hej"}' },
  'children.list': {},
  'advice.ask': {
    advisor: 'local',
    system: 'Be brief.',
    messages: [
      { role: 'user', content: 'Add', toolCall: null, requested: [] },
      { role: 'assistant', content: '', toolCall: null, requested: [{ id: '0', name: 'add', arguments: '{}' }] },
      { role: 'tool', content: '3', toolCall: '0', requested: [] },
    ],
    tools: [{ name: 'add', description: 'adds', parameters: '{"type":"object"}' }],
    schema: null,
    maxTokens: 2 ** 20,
  },
};

/** What the guest saw: bytes are shown as lists, an absent option as null. */
const SEEN: { readonly [operation: string]: unknown } = {
  ...ANSWERS,
  'random.bytes': { bytes: [1, 2, 3, 4] },
  'http.send': { status: 201, headers: [{ name: 'etag', value: 'x' }], body: { bytes: [7, 0, 255] } },
};

interface Report {
  readonly results: { readonly [operation: string]: { readonly ok?: unknown; readonly error?: string } };
  readonly evaluations: number;
  readonly seen: number;
  readonly situation: unknown;
}

let sandbox: HandlerRunner;
let handler: Handler;

beforeAll(async () => {
  sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 2 });
  handler = await buildScript(new URL('guests/calls.js', import.meta.url));
});
afterAll(() => sandbox.close());

async function report(options: RunOptions): Promise<Report> {
  const result = await runHandler(sandbox, handler, options);
  expect(result).toMatchObject({ kind: 'proposal', proposal: { rationale: 'told to', confidence: 0.5 } });
  const { proposal } = result as unknown as {
    proposal: { action: { tag: string; val: { achieved: boolean; result: string } } };
  };
  expect(proposal.action).toMatchObject({ tag: 'termination', val: { achieved: true } });
  return JSON.parse(proposal.action.val.result) as Report;
}

describe('a handler', () => {
  it('calls every operation and sees every answer', async () => {
    const calls: GuestCall[] = [];
    const { results } = await report({
      situation: told({}),
      calls,
      answer: ({ operation }) => ({ ok: true, value: ANSWERS[operation] ?? null }),
    });
    expect(calls).toEqual(OPERATIONS.map(({ name }) => ({ operation: name, request: REQUESTS[name] })));
    expect(results).toEqual(Object.fromEntries(OPERATIONS.map(({ name }) => [name, { ok: SEEN[name] }])));
  });

  it('sees every error code of the contract as it is, at every operation', async () => {
    const codes = ['denied', 'limit', 'invalid', 'not-found', 'schema', 'timeout', 'unavailable', 'unknown'] as const;
    const seen = await Promise.all(
      codes.map((error) => report({ situation: told({}), answer: () => ({ ok: false, error }) })),
    );
    for (const [index, { results }] of seen.entries()) {
      expect(results).toEqual(Object.fromEntries(OPERATIONS.map(({ name }) => [name, { error: codes[index] }])));
    }
  });

  it('sees absent values as absent', async () => {
    const only = ['kv.get', 'memory.read'];
    const { results } = await report({
      situation: told({ only }),
      answer: ({ operation }) => ({ ok: true, value: operation === 'kv.get' ? null : { entries: [], next: null } }),
    });
    expect(results).toEqual({ 'kv.get': { ok: null }, 'memory.read': { ok: { entries: [], next: null } } });
  });

  it('is told its situation in full', async () => {
    const situation = {
      ...told({ only: [] }),
      trigger: { tag: 'woken', val: { dormancy: 3, signals: [4, 2 ** 53 - 1], witnesses: [5] } } as const,
      last: { seq: 2, class: 'no-response', action: 'execution', reason: null, value: '{"status":503}' },
    };
    const seen = await report({ situation });
    expect(seen.situation).toEqual(situation);
    const first = await report({ situation: { ...SITUATION, intent: { ...SITUATION.intent, input: '{"only":[]}' } } });
    expect(first.situation).toMatchObject({ last: null, trigger: { tag: 'created' }, context: { parent: null } });
  });

  it('begins every evaluation with nothing left of the one before', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await report({ situation: told({ only: [] }) })).toMatchObject({ evaluations: 1, seen: 1 });
    }
  });

  it('runs at once with others, each with answers of its own', async () => {
    const runs = Array.from({ length: 12 }, (_, index) =>
      report({ situation: told({ only: ['clock.now'] }), answer: () => ({ ok: true, value: index }) }),
    );
    const seen = await Promise.all(runs);
    expect(seen.map(({ results }) => results['clock.now']?.ok)).toEqual(runs.map((_, index) => index));
  });
});
