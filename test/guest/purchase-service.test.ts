import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startService } from '../../guest/handlers/purchase-approval/service.ts';
import type { PurchaseService } from '../../guest/handlers/purchase-approval/service.ts';

/** What JSON.parse gives. */
type Parsed = ReturnType<typeof JSON.parse>;

const ORDER = {
  reference: 'PR-2026-1',
  vendor: 'V-20418',
  total: { minor: 5, currency: 'EUR' },
  lines: [{ sku: 'A' }],
};

let service: PurchaseService;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.close());

async function post(body: unknown, key?: string): Promise<{ status: number; answer: Parsed }> {
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${service.url}/orders`, { method: 'POST', headers, body: text });
  return { status: response.status, answer: await response.json() };
}

describe('the vendor service', () => {
  it.each([
    ['V-20418', 200, 'active'],
    ['V-20977', 200, 'blocked'],
    ['V-1', 404, 404],
  ])('answers for %s with %s', async (id, status, state) => {
    const response = await fetch(`${service.url}/vendors/${id}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status: state });
  });
});

describe('the ordering service', () => {
  it('makes one order of one key, however often it is sent', async () => {
    const first = await post(ORDER, 'k1');
    expect(first).toEqual({
      status: 201,
      answer: {
        number: 'PO-100001',
        reference: 'PR-2026-1',
        vendor: 'V-20418',
        total: { minor: 5, currency: 'EUR' },
        lines: 1,
        status: 'accepted',
      },
    });
    expect(await post(ORDER, 'k1')).toEqual(first);
    expect((await post(ORDER, 'k2')).answer.number).toBe('PO-100002');
    expect(service.orders().map(({ number, key }) => [number, key])).toEqual([
      ['PO-100001', 'k1'],
      ['PO-100002', 'k2'],
    ]);
    expect(service.received().map(({ key, status }) => [key, status])).toEqual([
      ['k1', 201],
      ['k1', 201],
      ['k2', 201],
    ]);
  });

  it('makes one order of many that come at once with one key', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(ORDER, 'same')));
    expect(new Set(answers.map(({ answer }) => answer.number)).size).toBe(1);
    expect(service.orders()).toHaveLength(1);
  });

  it('refuses another order under a used key', async () => {
    await post(ORDER, 'k1');
    expect((await post({ ...ORDER, reference: 'PR-2026-2' }, 'k1')).status).toBe(422);
    expect(service.orders()).toHaveLength(1);
  });

  it.each([
    ['without a key', ORDER, undefined, 400],
    ['that is not JSON', '{', 'k', 400],
    ['without lines', { ...ORDER, lines: [] }, 'k', 400],
    ['with a broken total', { ...ORDER, total: { minor: 0.5, currency: 'EUR' } }, 'k', 400],
    ['that is null', null, 'k', 400],
    ['that is too large', `"${'x'.repeat(2_000_000)}"`, 'k', 413],
  ])('refuses an order %s', async (_name, body, key, status) => {
    expect((await post(body, key)).status).toBe(status);
    expect(service.orders()).toEqual([]);
  });

  it.each([
    ['GET', '/orders', 405],
    ['POST', '/vendors/V-20418', 405],
    ['GET', '/', 404],
  ])('answers %s %s with %s', async (method, path, status) => {
    expect((await fetch(service.url + path, { method })).status).toBe(status);
  });
});

it('runs as a process of its own, and ends when it is told to', async () => {
  const script = fileURLToPath(new URL('../../guest/handlers/purchase-approval/service.ts', import.meta.url));
  const child = spawn(process.execPath, [script, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line.toString())![0];
  expect((await fetch(`${url}/vendors/V-20533`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
