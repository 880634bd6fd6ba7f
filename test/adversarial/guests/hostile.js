/** Misbehaves in the way it is told to, in JavaScript. */
import { send } from 'sojourn:object/http@0.2.0';
import { get, keys, set } from 'sojourn:object/kv@0.2.0';
import { write } from 'sojourn:object/log@0.2.0';

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
  'asks-the-time': () => Date.now(),
  'asks-the-date': () => new Date(),
  'asks-for-chance': () => [Math.random(), Math.random()].join(),
  'measures': () => performance.now(),
  'matches-backwards': () => /^(a+)+$/.test(`${'a'.repeat(60)}b`),
  'parses-a-deep-text': () => JSON.parse('['.repeat(200_000) + ']'.repeat(200_000)),
  'writes-a-deep-value': () => {
    let value = [];
    for (let level = 0; level < 100_000; level += 1) value = [value];
    return JSON.stringify(value);
  },
  'promises': () => {
    const again = () => Promise.resolve().then(again);
    again();
    return 'promised';
  },
  'never-settles': () => new Promise(() => {}),
  'getter': () =>
    ({
      get length() {
        for (;;);
      },
    }).length,
  'to-string': () => ({
    toString() {
      for (;;);
    },
  }),
  'value-of': () =>
    1 +
    {
      valueOf() {
        for (;;);
      },
    },
  'to-json': () =>
    JSON.stringify({
      toJSON() {
        for (;;);
      },
    }),
  'proxy': () =>
    Object.keys(
      new Proxy(
        {},
        {
          ownKeys() {
            for (;;);
          },
        },
      ),
    ),
  'generator': () => {
    const endless = function* () {
      for (;;) yield 1;
    };
    return [...endless()].length;
  },
  'doubling': () => {
    let text = 'xx';
    for (;;) text = `${text}${text}y`.replaceAll('y', 'yy');
  },
  'array-length': () => new Array(2 ** 32 - 1).fill(1).length,
  'comparator': () => [3, 1, 2].sort(() => WAYS.spin()),
  'big-power': () => String(3n ** 100_000_000n),
  'iterator': () => Math.max(...{ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) }),
  'flood-log': () => {
    for (;;) write('info', 'line');
  },
  'parallel-calls': () => Promise.all(Array.from({ length: 100_000 }, async () => get('key'))),
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
