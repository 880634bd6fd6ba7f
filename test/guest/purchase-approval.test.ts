import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startService } from '../../guest/handlers/purchase-approval/service.ts';
import type { PurchaseService } from '../../guest/handlers/purchase-approval/service.ts';
import { buildHandler } from '../../host/sandbox/build.ts';
import { checkSchema, validate } from '../../host/object/schema.ts';
import type { ValueMap } from '../../host/value.ts';
import { codeError, openComponent, situationOf } from './component-host.ts';
import type { Answers, Component, GuestProposal } from './component-host.ts';

/** What JSON.parse gives. */
type Parsed = ReturnType<typeof JSON.parse>;

const FOLDER = new URL('../../guest/handlers/purchase-approval/', import.meta.url);
const readJson = (name: string) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));

let component: Component;
let service: PurchaseService;
let state: Map<string, string>;
let lines: string[];
beforeAll(async () => {
  const { component: bytes } = await buildHandler({
    entry: fileURLToPath(new URL('handler.ts', FOLDER)),
    engine: 'quickjs',
  });
  component = await openComponent(bytes);
});
afterAll(() => component.close());
beforeEach(async () => {
  service = await startService();
  state = new Map();
  lines = [];
});
afterEach(() => service.close());

interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: Uint8Array | undefined;
}

async function sendRequest({ method, url, headers, body }: WireRequest, extra: object = {}): Promise<object> {
  const pairs = headers.map(({ name, value }): [string, string] => [name, value]);
  const init = {
    method,
    headers: { ...Object.fromEntries(pairs), ...extra },
    ...(body === undefined ? {} : { body: Uint8Array.from(body) }),
  };
  const response = await fetch(url, init).catch(() => {
    throw codeError('unavailable');
  });
  const found = [...response.headers].map(([name, value]) => ({ name, value }));
  return { status: response.status, headers: found, body: new Uint8Array(await response.arrayBuffer()) };
}

/** What the object's context grants, and nothing else. */
function createAnswers(): Answers {
  return {
    'http.send': sendRequest,
    'kv.get': (key: string) => state.get(key),
    'kv.set': (key: string, value: string) => void state.set(key, value),
    'log.write': (level: string, message: string) => void lines.push(`${level}: ${message}`),
  };
}

/** One cycle on the sample request, changed. */
async function runCycle(change: (intent: Parsed) => void = () => undefined, rest: object = {}): Promise<GuestProposal> {
  const intent = readJson('request.json');
  intent.input.services = { vendor: service.url, orders: service.url };
  change(intent);
  const { kind, goal } = intent;
  const texts = { input: JSON.stringify(intent.input), constraints: JSON.stringify(intent.constraints) };
  return component.handle(situationOf(null, { intent: { kind, goal, ...texts }, ...rest }), createAnswers());
}

function ending({ action }: GuestProposal): { achieved: unknown; result: Parsed } {
  expect(action.tag).toBe('termination');
  return { achieved: action.val['achieved'], result: JSON.parse(action.val['result'] as string) };
}

describe('a request that is in order', () => {
  it('is checked, then proposed as an order for the whole sum', async () => {
    const { action, rationale } = await runCycle();
    expect(action).toMatchObject({
      tag: 'execution',
      val: { step: 'order', into: 'order', operation: { tag: 'http' } },
    });
    const { val: request } = action.val['operation'] as { val: WireRequest };
    expect(request).toMatchObject({ method: 'POST', url: `${service.url}/orders`, repetition: 'keyed' });
    const order = JSON.parse(new TextDecoder().decode(request.body));
    expect(order).toMatchObject({
      reference: 'PR-2026-1187',
      vendor: 'V-20418',
      total: { minor: 2_536_116, currency: 'EUR' },
    });
    expect(order.total.minor).toBeGreaterThan(500_000);
    expect(order.lines).toHaveLength(17);
    expect(order.lines.reduce((sum: number, line: Parsed) => sum + line.converted.minor, 0)).toBe(order.total.minor);
    expect(rationale).toContain('25,361.16 EUR');
    expect(lines).toEqual(['info: PR-2026-1187: 17 lines, 25,361.16 EUR']);
    expect(service.received()).toEqual([{ method: 'GET', path: '/vendors/V-20418', key: null, status: 200 }]);
  });

  it('is proposed again after a sleep, and finished once the order stands in memory', async () => {
    const first = await runCycle();
    const woken = {
      tag: 'woken',
      val: { dormancy: 9n, signals: BigUint64Array.of(11n), witnesses: new BigUint64Array(0) },
    };
    const last = { seq: 12n, class: 'success', action: 'reentry', reason: undefined, value: 'null' };
    const second = await runCycle(undefined, { trigger: woken, last });
    expect(second.action).toEqual(first.action);
    const { val: request } = second.action.val['operation'] as { val: WireRequest };
    const { body } = (await sendRequest(request, { 'idempotency-key': 'k' })) as { body: Uint8Array };
    state.set('order', new TextDecoder().decode(body));
    expect(ending(await runCycle(undefined, { trigger: { tag: 'continued' } }))).toEqual({
      achieved: true,
      result: { order: 'PO-100001', total: { minor: 2_536_116, currency: 'EUR' } },
    });
    expect(service.orders()).toHaveLength(1);
  });

  it('keeps to the memory schema', async () => {
    const schema = readJson('schema.json') as ValueMap;
    checkSchema(schema);
    const { action } = await runCycle();
    const { val: request } = action.val['operation'] as { val: WireRequest };
    const { body } = (await sendRequest(request, { 'idempotency-key': 'k' })) as { body: Uint8Array };
    const memory = { check: JSON.parse(state.get('check')!), order: JSON.parse(new TextDecoder().decode(body)) };
    expect(validate(schema, memory)).toBeNull();
    expect(validate(schema, { ...memory, order: { ...memory.order, number: 5 } })).toMatchObject({
      path: '/order/number',
    });
  });

  it('asks for no more than its context grants', () => {
    const { capabilities } = readJson('context.json');
    expect(Object.keys(createAnswers()).toSorted()).toEqual(capabilities);
  });
});

describe('a request that cannot be ordered', () => {
  it.each<[string, (intent: Parsed) => void, unknown]>([
    [
      'a field is missing',
      ({ input }) => delete input.requester.email,
      { at: 'requester/email', problem: 'expected a mail address, found none' },
    ],
    [
      'a total is wrong',
      ({ input }) => (input.total.minor += 100),
      { at: 'total', problem: 'expected 25,361.16 EUR, found 25,362.16 EUR' },
    ],
    [
      'the vendor may not supply it',
      ({ input }) => (input.lines[4].category = 'furniture'),
      { at: 'HL-GLV-NIT-M', problem: 'V-20418 may not supply furniture' },
    ],
    [
      'the intent allows less',
      ({ constraints }) => (constraints.maxTotal.minor = 2_536_115),
      { at: 'constraints/maxTotal', problem: 'expected at most 25,361.15 EUR, found 25,361.16 EUR' },
    ],
    [
      'a constraint is not understood',
      ({ constraints }) => (constraints.colour = 'red'),
      { at: 'constraints/colour', problem: 'this handler does not know it' },
    ],
  ])('is given up with the findings: %s', async (_name, change, finding) => {
    const { achieved, result } = ending(await runCycle(change));
    expect(achieved).toBe(false);
    expect(result).toEqual({ reason: 'the request cannot be ordered as it is', details: { findings: [finding] } });
    expect(state.size).toBe(0);
  });

  it.each([
    ['V-20977', 'vendor V-20977 is blocked'],
    ['V-999', 'vendor V-999 is not known'],
  ])('is given up where the vendor %s may not be used', async (vendor, reason) => {
    const { achieved, result } = ending(await runCycle(({ input }) => (input.vendor = vendor)));
    expect([achieved, result.reason]).toEqual([false, reason]);
  });
});

describe('trouble on the way', () => {
  it('waits where the vendor service cannot be reached', async () => {
    const { action } = await runCycle(({ input }) => (input.services.vendor = 'http://127.0.0.1:1'));
    expect(action).toEqual({ tag: 'dormancy', val: { condition: [{ tag: 'elapsed', val: 900_000n }] } });
  });

  const failed = (reason: string, outcome = 'failure') => ({
    trigger: { tag: 'continued' },
    last: { seq: 5n, class: outcome, action: 'execution', reason, value: 'null' },
  });

  it('waits where the ordering service could not be reached', async () => {
    const { action } = await runCycle(undefined, failed('unavailable'));
    expect(action.tag).toBe('dormancy');
  });

  it.each([
    ['timeout', 'timeout'],
    ['http-status', 'failure'],
    ['no-permit', 'refusal'],
  ])('orders nothing again after %s', async (reason, outcome) => {
    const { achieved, result } = ending(await runCycle(undefined, failed(reason, outcome)));
    expect(achieved).toBe(false);
    expect(result.details).toEqual({ outcome, reason });
    expect(service.received()).toEqual([]);
  });

  it('does not take an order for another sum', async () => {
    await runCycle();
    state.set('order', JSON.stringify({ number: 'PO-1', total: { minor: 1, currency: 'EUR' } }));
    const { achieved, result } = ending(await runCycle());
    expect([achieved, result.reason]).toEqual([false, 'order PO-1 is for 0.01 EUR, not for 25,361.16 EUR']);
  });
});
