/** Does what the intent's input tells it, by the number of the cycle: calls first, then a proposal, an error or a trap. */
import { now } from 'sojourn:object/clock@0.2.0';
import { send } from 'sojourn:object/http@0.2.0';
import * as kv from 'sojourn:object/kv@0.2.0';
import { write } from 'sojourn:object/log@0.2.0';
import { read as readMemory } from 'sojourn:object/memory@0.2.0';
import { bytes } from 'sojourn:object/random@0.2.0';
import { read as readSignals } from 'sojourn:object/signals@0.2.0';
import { call } from 'sojourn:object/tools@0.2.0';
import { list as listChildren } from 'sojourn:object/children@0.2.0';
import { ask } from 'sojourn:object/advice@0.2.0';

const OPERATIONS = {
  'memory.read': ({ start, limit, kind }) => readMemory(start, limit, kind),
  'log.write': ({ message }) => write('info', message),
  'clock.now': () => now(),
  'random.bytes': ({ len }) => [...bytes(len)],
  'http.send': (request) => {
    const { status, body } = send({ headers: [], repetition: 'keyed', ...request, body: encode(request.body) });
    return { status, body: String.fromCharCode(...body) };
  },
  'kv.get': ({ key }) => kv.get(key),
  'kv.set': ({ key, value }) => kv.set(key, JSON.stringify(value)),
  'kv.delete': ({ key }) => kv['delete'](key),
  'kv.keys': ({ prefix }) => kv.keys(prefix, undefined, 100),
  'signals.read': ({ after }) => readSignals(undefined, after, 100),
  'tools.call': ({ name, input }) => call(name, JSON.stringify(input)),
  'children.list': () => listChildren(),
  'advice.ask': (question) => {
    const answer = ask({ advisor: 'test', system: '', tools: [], maxTokens: 100, ...question });
    return JSON.parse(JSON.stringify(answer, plain));
  },
};

function encode(text) {
  return text === undefined ? undefined : Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function plain(_key, value) {
  return typeof value === 'bigint' ? Number(value) : value;
}

function attempt([operation, argument]) {
  try {
    return { ok: OPERATIONS[operation](argument ?? {}) ?? null };
  } catch (error) {
    return { error: error.payload ?? String(error) };
  }
}

/** JSON members of a proposal's body are written as values in a script. */
const JSON_FIELDS = ['result', 'constraints', 'input'];

function toContract(tag, val) {
  if (val === undefined || val === null) return { tag };
  const out = { ...val };
  for (const field of JSON_FIELDS) if (field in out) out[field] = JSON.stringify(out[field]);
  if (tag === 'execution') out.operation = toOperation(val.operation);
  if (tag === 'delegation') return { tag, val: toDelegation(out) };
  return { tag, val: out };
}

function toDelegation({ cancel, ...child }) {
  if (cancel !== undefined) return { tag: 'cancel', val: cancel };
  const budgets = (child.budgets ?? []).map(({ name, limit }) => ({ name, limit, spent: 0 }));
  return { tag: 'spawn', val: { ...child, budgets } };
}

function toOperation({ tag, val }) {
  if (tag === 'commit') return { tag, val: JSON.stringify(val) };
  if (tag === 'tool') return { tag, val: { ...val, input: JSON.stringify(val.input) } };
  return { tag, val: { headers: [], repetition: 'keyed', ...val, body: encode(val.body) } };
}

export function handle(situation) {
  const script = JSON.parse(situation.intent.input);
  const step = script[String(situation.cycle)] ?? script['*'];
  const results = (step.calls ?? []).map(attempt);
  for (let i = 0; i < (step.spin ?? 0); i++) step.x = i;
  const held = [];
  for (let i = 0; i < (step.pages ?? 0); i++) held.push(new Uint8Array(65536).fill(i));
  if (step.fail !== undefined) throw { payload: { message: step.fail, stack: 'scripted.js:1:1' } };
  const { tag, val } = step.propose;
  const filled =
    step.report === true
      ? { ...val, result: { results, situation: JSON.parse(JSON.stringify(situation, plain)) } }
      : val;
  return {
    action: toContract(tag, filled),
    rationale: step.rationale ?? 'the script says so',
    confidence: step.confidence ?? 1,
  };
}
