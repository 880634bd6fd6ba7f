/** Makes one call of every operation, or the one it is told to make, and reports what came back, with the types it saw. */
import { now } from 'sojourn:object/clock@0.2.0';
import { send } from 'sojourn:object/http@0.2.0';
import * as kv from 'sojourn:object/kv@0.2.0';
import { write } from 'sojourn:object/log@0.2.0';
import { read as readMemory } from 'sojourn:object/memory@0.2.0';
import { bytes } from 'sojourn:object/random@0.2.0';
import { read as readSignals } from 'sojourn:object/signals@0.2.0';
import { call } from 'sojourn:object/tools@0.2.0';
import { list } from 'sojourn:object/children@0.2.0';
import { ask } from 'sojourn:object/advice@0.2.0';

const OPERATIONS = {
  'memory.read': () => readMemory(3, 10, 'call'),
  'log.write': () => write('warn', 'a line — with ü'),
  'clock.now': () => now(),
  'random.bytes': () => bytes(4),
  'http.send': () =>
    send({
      method: 'POST',
      url: 'http://vendor.test/orders',
      headers: [{ name: 'content-type', value: 'text/plain' }],
      body: new Uint8Array([0, 1, 255]),
      repetition: 'keyed',
    }),
  'kv.get': () => kv.get('key'),
  'kv.set': () => kv.set('key', '{"__proto__":{"polluted":1}}'),
  'kv.delete': () => kv['delete']('key'),
  'kv.keys': () => kv.keys('k', undefined, 10),
  'signals.read': () => readSignals(undefined, 2, 5),
  'tools.call': () => call('translate', '{"text":"hej"}'),
  'children.list': () => list(),
  'advice.ask': () =>
    ask({
      advisor: 'local',
      system: 'Be brief.',
      messages: [
        { role: 'user', content: 'Add', requested: [] },
        { role: 'assistant', content: '', requested: [{ id: '0', name: 'add', arguments: '{}' }] },
        { role: 'tool', content: '3', toolCall: '0', requested: [] },
      ],
      tools: [{ name: 'add', description: 'adds', parameters: '{"type":"object"}' }],
      maxTokens: 2 ** 20,
    }),
};

let evaluations = 0;

function plain(key, value) {
  if (typeof value === 'bigint') return Number(value);
  if (ArrayBuffer.isView(value)) return { bytes: [...value] };
  return value === undefined ? null : value;
}

function attempt(operation) {
  try {
    return { ok: operation() ?? null };
  } catch (error) {
    return { error: error.payload ?? String(error) };
  }
}

export function handle(situation) {
  evaluations += 1;
  globalThis.seen = (globalThis.seen ?? 0) + 1;
  const { only, spin, big } = JSON.parse(situation.intent.input);
  const names = only === undefined ? Object.keys(OPERATIONS) : only;
  const results = {};
  for (const name of names) results[name] = attempt(OPERATIONS[name]);
  let sum = 0;
  for (let turn = 0; turn < (spin ?? 0); turn += 1) sum = (sum + turn) % 1_000_003;
  const result = JSON.stringify(
    { results, evaluations, seen: globalThis.seen, sum, situation, rest: 'x'.repeat(big ?? 0) },
    plain,
  );
  return { action: { tag: 'termination', val: { achieved: true, result } }, rationale: 'told to', confidence: 0.5 };
}
