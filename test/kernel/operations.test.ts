import { describe, expect, test } from 'vitest';
import { operationSpec, OPERATIONS, sentUrl } from '../../host/kernel/operations.ts';

const get = { method: 'GET', url: 'https://example.org/a', headers: [], body: null, repetition: 'safe' };

function checkHttp(part: object): string | null | undefined {
  return operationSpec('http.send')?.check({ ...get, ...part });
}

describe('operations', () => {
  test('an unknown operation does not exist, nor does one that every object inherits', () => {
    expect(operationSpec('fs.read')).toBeNull();
    expect(operationSpec('constructor')).toBeNull();
    expect(operationSpec('__proto__')).toBeNull();
  });

  test('every operation has a class, a check and a resource', () => {
    for (const operation of OPERATIONS) expect(operationSpec(operation)?.class).toMatch(/^(effect|write|derived)$/);
  });

  test('http takes a plain request', () => {
    expect(checkHttp({})).toBeNull();
    expect(
      checkHttp({
        method: 'POST',
        body: new Uint8Array(1),
        repetition: 'keyed',
        headers: [{ name: 'content-type', value: 'text/plain' }],
      }),
    ).toBeNull();
  });

  test.each([
    ['a lower-case method', { method: 'get' }],
    ['CONNECT', { method: 'CONNECT', repetition: 'never' }],
    ['a relative URL', { url: '/a' }],
    ['another scheme', { url: 'file:///etc/passwd' }],
    ['credentials in the URL', { url: 'https://user:secret@example.org/' }],
    ['a fragment', { url: 'https://example.org/#a' }],
    ['a line break in a header', { headers: [{ name: 'a', value: 'b\r\nc: d' }] }],
    ['a host header', { headers: [{ name: 'Host', value: 'other' }] }],
    ['an idempotency key of its own', { headers: [{ name: 'Idempotency-Key', value: 'x' }] }],
    ['a body with GET', { body: new Uint8Array(1) }],
    ['a safe POST', { method: 'POST' }],
    ['65 headers', { headers: Array.from({ length: 65 }, () => ({ name: 'a', value: 'b' })) }],
  ])('http refuses %s', (_what, part) => {
    expect(checkHttp(part)).toEqual(expect.any(String));
  });

  test('policy is asked about the URL that will be sent, not about how it was written', () => {
    const url = 'HTTPS://EXAMPLE.org:443/a/%2e%2e/b/./c?q=1';
    const resource = operationSpec('http.send')?.resource({ ...get, url });
    expect(resource).toEqual({
      type: 'Http',
      scheme: 'https',
      host: 'example.org',
      port: 443,
      path: '/b/c',
      query: '?q=1',
      method: 'GET',
    });
    expect(sentUrl({ ...get, url: 'http://①②⑦.⓪.⓪.①/' })?.hostname).toBe('127.0.0.1');
    expect(sentUrl({ ...get, url: 'http://2130706433/' })?.hostname).toBe('127.0.0.1');
  });

  test('facts come from the body that leaves', () => {
    const body = new TextEncoder().encode('{"total":{"minor":5}}');
    expect(operationSpec('http.send')?.data({ ...get, body })).toEqual({ total: { minor: 5 } });
    expect(operationSpec('http.send')?.data({ ...get, body: new Uint8Array([0xff]) })).toBeNull();
  });
});
