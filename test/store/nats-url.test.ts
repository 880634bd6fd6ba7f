import { expect, test } from 'vitest';
import { readNatsUrl, showNatsUrl } from '../../host/store/nats/url.ts';

test.each([
  ['nats://localhost:4222', { servers: ['localhost:4222'], connection: {} }],
  ['nats://a:1,b:2,c', { servers: ['a:1', 'b:2', 'c'], connection: {} }],
  ['tls://a', { servers: ['a'], connection: { tls: {} } }],
  ['nats://me:p%40ss@a', { servers: ['a'], connection: { user: 'me', pass: 'p@ss' } }],
  ['nats://secret@a:4222', { servers: ['a:4222'], connection: { token: 'secret' } }],
  [
    'nats://a?prefix=eu-1&replicas=3&lease=2000',
    { servers: ['a'], prefix: 'eu-1', replicas: 3, leaseMs: 2000, connection: {} },
  ],
])('%s is read', (text, options) => {
  expect(readNatsUrl(text)).toEqual(options);
});

test.each([
  'nats:',
  'nats://',
  'http://a',
  'nats://a?password=x',
  'nats://a?replicas=0',
  'nats://a?lease=1e9',
  'nats://a?prefix=a.b',
])('%s is refused', (text) => {
  expect(() => readNatsUrl(text)).toThrow(/^store: expected/);
});

test('credentials are not shown', () => {
  expect(showNatsUrl('nats://me:secret@a:1,b:2')).toBe('nats://…@a:1,b:2');
  expect(() => readNatsUrl('nats://me:secret@')).toThrow(/^(?!.*secret)/);
  expect(() => readNatsUrl('nats://a?creds=/no/such/file')).toThrow('expected a file of credentials');
});
