/** Misbehaves in the way it is told to, in JavaScript. */
import { send } from 'sojourn:object/http@0.1.0';
import { get, keys, set } from 'sojourn:object/kv@0.1.0';
import { write } from 'sojourn:object/log@0.1.0';

const WAYS = {
  'spin': () => {
    for (;;);
  },
  'recurse': () => WAYS.recurse() + 1,
  'allocate': () => {
    const kept = [];
    for (;;) kept.push(new Uint8Array(65536).fill(1));
  },
  'flood-calls': () => {
    for (;;) get('key');
  },
  'flood-calls-swallowing': () => {
    for (;;) {
      try {
        get('key');
      } catch {
        continue;
      }
    }
  },
  'flood-bytes-out': () => {
    for (;;) set('key', JSON.stringify('x'.repeat(100_000)));
  },
  'flood-bytes-in': () => {
    for (;;) get('key');
  },
  'giant-argument': () => write('info', 'x'.repeat(3_000_000)),
  'giant-argument-swallowing': () => {
    for (;;) {
      try {
        write('info', 'x'.repeat(3_000_000));
      } catch {
        continue;
      }
    }
  },
  'giant-answer': () => get('key'),
  'many-headers': () => {
    const headers = Array.from({ length: 100_000 }, () => ({ name: 'a', value: 'b' }));
    return send({ method: 'GET', url: 'http://a.test/', headers, body: undefined, repetition: 'safe' });
  },
  'giant-body': () =>
    send({ method: 'PUT', url: 'http://a.test/', headers: [], body: new Uint8Array(3_000_000), repetition: 'never' }),
  'giant-proposal': () => 'x'.repeat(1_000_000),
  'giant-error': () => {
    throw { message: 'x'.repeat(1_000_000), stack: '' };
  },
  'waits-for-ever': () => keys('', undefined, 1),
  'pollutes-by-text': () => {
    set('__proto__', '{"polluted":true}');
    return '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
  },
  'pollutes-its-own-realm': () => {
    Object.prototype.polluted = true;
    Array.prototype.map = () => ['polluted'];
    globalThis.JSON = null;
    return 'done';
  },
};

export function handle(situation) {
  const { way } = JSON.parse(situation.intent.input);
  const result = WAYS[way]();
  return {
    action: { tag: 'termination', val: { achieved: true, result: String(result) } },
    rationale: way,
    confidence: 1,
  };
}
