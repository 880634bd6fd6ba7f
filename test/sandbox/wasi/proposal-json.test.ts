/** The JSON that a command writes means the same as what the SDK makes of the same proposal; what doesn't fit is refused with its path. */
import { describe, expect, it } from 'vitest';
import * as when from '../../../guest/sdk/condition.ts';
import { after, all, any, at, atLeast, signal } from '../../../guest/sdk/condition.ts';
import { encodeProposal } from '../../../guest/sdk/encode.ts';
import * as where from '../../../guest/sdk/predicate.ts';
import * as sdk from '../../../guest/sdk/proposal.ts';
import { readTask } from '../../../guest/sdk/read-task.ts';
import { toProposal } from '../../../host/sandbox/proposal.ts';
import { decodeProposal } from '../../../host/sandbox/wasi/proposal-json.ts';
import { encodeSituation } from '../../../host/sandbox/wasi/situation-json.ts';
import type { Situation } from '../../../host/ports.ts';
import { SITUATION } from '../run-handler.ts';

const INTENT = { ...SITUATION.intent, constraints: '{"max":3,"__proto__":1}' };
const why = { rationale: 'because' };

function decode(document: unknown) {
  return decodeProposal(new TextEncoder().encode(JSON.stringify(document)), INTENT);
}

describe('a proposal in JSON', () => {
  it.each<[string, sdk.Proposal]>([
    ['a GET', sdk.execute({ step: 'a', http: { url: 'https://a.example/' }, into: 'k', confidence: 0.25, ...why })],
    ['a POST of JSON', sdk.execute({ step: 'a', http: { url: 'https://a.example/', json: { b: [1, null] } }, ...why })],
    [
      'a PUT of text',
      sdk.execute({
        step: 'a',
        http: { method: 'put', url: 'https://a.example/', headers: { 'X-A': 'b' }, body: 'ü', repetition: 'never' },
        ...why,
      }),
    ],
    ['a tool call', sdk.execute({ step: 'a', tool: { name: 'pay', input: { amount: 1.5 } }, ...why })],
    ['a commit', sdk.execute({ step: 'a', commit: ['x'], into: 'k', ...why })],
    ['a sleep', sdk.sleep({ until: any(signal('ok'), all(after(1000), at(5)), atLeast(1, signal('*'))), ...why })],
    [
      'a sleep for others',
      sdk.sleep({
        until: any(
          when.outcomes(2, 'failure', 'no-response'),
          when.contextChange('zone'),
          when.childAchieved('a'),
          when.reached('a'.repeat(64), 7),
        ),
        ...why,
      }),
    ],
    [
      'a poll',
      sdk.execute({
        step: 'a',
        http: { url: 'https://a.example/' },
        retry: { maxAttempts: 3, maxElapsed: 9, minDelay: 1, maxDelay: 2, latency: 5, rules: { refusal: 'wait' } },
        poll: {
          predicate: where.some(
            2,
            where.exists('/a'),
            where.equals('/b', { c: [1] }),
            where.all(where.atLeast('/n', 0.5), where.contains('/l', 'x')),
          ),
          cursor: { pointer: '/next', parameter: 'after' },
        },
        ...why,
      }),
    ],
    ['a child given up', sdk.cancelChild({ name: 'child', reason: 'too late', ...why })],
    ['a refinement', sdk.refine({ goal: 'less', ...why })],
    ['a constraint', sdk.constrain({ constraints: { min: 1 }, ...why })],
    ['an expansion', sdk.expand({ goal: 'more', constraints: { max: 4 }, ...why })],
    ['a new kind', sdk.reclassify({ kind: 'other', ...why })],
    [
      'a delegation',
      sdk.delegate({
        name: 'child',
        kind: 'k',
        goal: 'g',
        input: { a: 1 },
        capabilities: ['kv.get'],
        zones: ['eu'],
        budgets: [{ name: 'fuel', limit: 10 }],
        handler: 'a'.repeat(64),
        ...why,
      }),
    ],
    ['an end', sdk.finish({ a: 'b' })],
    ['a failure', sdk.giveUp('no paper', { left: 0 })],
  ])('is what the SDK makes of %s', (_name, proposal) => {
    const task = readTask({ ...SITUATION, intent: INTENT } as never);
    const expected = toProposal(encodeProposal(proposal, task));
    const decoded = decode(proposal);
    expect(decoded.ok && withNulls(decoded.proposal)).toEqual(withNulls(expected));
  });

  it('may carry bytes in base64', () => {
    const http = { url: 'https://a.example/', bodyBase64: 'AP8=' };
    const proposal = { action: { tag: 'execution', step: 'a', operation: { http } }, rationale: '' };
    expect(decode(proposal)).toMatchObject({
      proposal: { action: { val: { operation: { val: { body: Uint8Array.of(0, 255), method: 'POST' } } } } },
    });
  });

  const end = { tag: 'termination', achieved: true, result: null };
  it.each<[string, unknown, string]>([
    ['a list', [], 'proposal: expected an object, found a list'],
    ['no action', { rationale: '' }, 'proposal/action: expected an object, found nothing'],
    ['no rationale', { action: end }, 'proposal/rationale: expected a text, found nothing'],
    ['an unknown member', { action: end, rationale: '', extra: 1 }, 'proposal/extra: expected no such member here'],
    [
      'a member of another action',
      { action: { ...end, until: 1 }, rationale: '' },
      'proposal/action/until: expected no such member here',
    ],
    [
      'reentry',
      { action: { tag: 'reentry' }, rationale: '' },
      'proposal/action/tag: expected execution, mutation, delegation, dormancy or termination, found "reentry"',
    ],
    [
      'a text for true',
      { action: { ...end, achieved: 'true' }, rationale: '' },
      'proposal/action/achieved: expected true or false, found "true"',
    ],
    [
      'two bodies',
      {
        action: { tag: 'execution', step: '', operation: { http: { url: '', json: 1, body: '' } } },
        rationale: '',
      },
      'proposal/action/operation/http: expected one of json and body, found both',
    ],
    [
      'two operations',
      { action: { tag: 'execution', step: '', operation: { commit: 1, tool: { name: '', input: 1 } } }, rationale: '' },
      'proposal/action/operation/commit: expected no such member here',
    ],
    [
      'a condition that is none',
      { action: { tag: 'dormancy', until: { tag: 'group', need: 1, members: [{ tag: 'when' }] } }, rationale: '' },
      'proposal/action/until/members/0/tag: expected instant, elapsed, signal, outcomes, context, object or group, found "when"',
    ],
  ])('is refused with %s', (_name, document, message) => {
    expect(decode(document)).toEqual({ ok: false, message: `standard output: ${message}` });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /expected JSON/],
    ['two documents', new TextEncoder().encode('{}\n{}'), /expected JSON/],
    ['bytes that are no text', Uint8Array.of(0x7b, 0xff, 0x7d), /expected UTF-8/],
    ['a member twice', new TextEncoder().encode('{"action":1,"action":2}'), /twice/],
    ['33 levels', new TextEncoder().encode('['.repeat(33) + ']'.repeat(33)), /32 levels/],
    ['a number beyond 2^53', new TextEncoder().encode('{"action":9007199254740993}'), /2\^53/],
  ])('is refused where it is %s', (_name, bytes, message) => {
    expect(decodeProposal(bytes, INTENT)).toEqual({ ok: false, message: expect.stringMatching(message) });
  });
});

describe('a situation in JSON', () => {
  it.each<[string, Situation]>([
    ['the first', SITUATION],
    [
      'a later one',
      {
        ...SITUATION,
        trigger: { tag: 'woken', val: { dormancy: 7, signals: [8, 9], witnesses: [10] } },
        last: { seq: 6, class: 'success', action: 'execution', reason: null, value: '{"__proto__":1}' },
      },
    ],
  ])('is the SDK’s task, in %s cycle', (_name, situation) => {
    const document: unknown = JSON.parse(new TextDecoder().decode(encodeSituation(situation)));
    const { input: _input, ...task } = readTask(situation as never);
    expect(document).toEqual(task);
  });
});

/** Absent options of both forms are null, and a record without a handler has none. */
function withNulls(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, item: unknown) => {
      if (item instanceof Uint8Array) return Array.from(item);
      if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
      return Object.fromEntries(Object.entries(item).filter(([, member]) => member !== null && member !== undefined));
    }),
  ) as unknown;
}
