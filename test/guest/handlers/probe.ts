/** A handler for tests: its input says what to do. */
import * as sdk from 'sojourn/guest';
import { defineHandler, execute, finish, http, kv, log, memory, signals, tools } from 'sojourn/guest';
import type { Json, Proposal, Task } from 'sojourn/guest';

interface Input {
  readonly do: string;
  readonly name?: string;
}

function fail(): never {
  throw new RangeError('went wrong', { cause: new TypeError('the reason') });
}

function readPlatform(): { readonly [name: string]: unknown } {
  const bytes = new TextEncoder().encode('a\u00e9\u20ac\u{1f600}\ud800');
  const cloned = structuredClone({ when: new Date(5), set: new Set([1]), bytes });
  return {
    dates: [Date.now(), new Date().toISOString(), new Date(2026, 0, 2, 3).getTime(), new Date(0).getTimezoneOffset()],
    dateAsText: [
      Date().slice(0, 24),
      new Date() instanceof Date,
      new Date(1).constructor === Date,
      Date.UTC(1970, 0, 2),
    ],
    random: [Math.random(), Math.random(), [...sdk.randomBytes(3)]],
    text: [[...bytes], new TextDecoder().decode(bytes), new TextDecoder().decode(Uint8Array.of(0xc3, 0x28))],
    base64: [btoa('sojourn'), atob('c29qb3Vybg==')],
    cloned: [cloned.when.getTime(), cloned.set.has(1), cloned.bytes.length],
    url: new URL('../b?x=1&y=%20#f', 'http://h.example:8080/a/c').href,
    absent: ['fetch', 'setTimeout', 'crypto', 'performance', 'process', 'SharedArrayBuffer'].filter(
      (name) => name in globalThis,
    ),
  };
}

function readCapabilities(): { readonly [name: string]: unknown } {
  kv.set('a/1', { one: 1 });
  kv.set('a/2', [2]);
  kv.set('b', 'three');
  kv.delete('b');
  const answer = http.post('http://service.test/echo', { text: '\u00e9' });
  return {
    kv: [kv.get('a/1'), kv.get('b'), [...kv.keys('a/', 1)]],
    http: [answer.status, answer.ok, answer.header('Content-Type'), answer.json<Json>()],
    memory: [...memory.read({ start: 1, pageSize: 2 })].map(({ seq, kind, body }) => [seq, kind, body]),
    signals: signals.read<Json>({ name: 'approval', after: 3 }),
    tool: tools.call<Json>('adder', { a: 1, b: 2 }),
    now: sdk.now(),
  };
}

function propose(name: string): Proposal {
  const rationale = 'for the test';
  const { after, all, any, atLeast, at, days, seconds, signal } = sdk;
  const proposals: { readonly [name: string]: () => Proposal } = {
    http: () =>
      execute({ step: 's', http: { url: 'http://x.test/', json: { a: 1 } }, into: 'k', rationale, confidence: 0.5 }),
    tool: () => execute({ step: 's', tool: { name: 'adder', input: [1] }, rationale }),
    commit: () => execute({ step: 's', commit: null, into: 'k', rationale }),
    sleep: () =>
      sdk.sleep({
        until: any(signal('go'), all(after(days(30)), at(5)), atLeast(2, signal('*'), after(seconds(1)))),
        rationale,
      }),
    refine: () => sdk.refine({ goal: 'a clearer goal', rationale }),
    constrain: () => sdk.constrain({ constraints: { limit: 5 }, rationale }),
    expand: () => sdk.expand({ goal: 'more', rationale }),
    reclassify: () => sdk.reclassify({ kind: 'other', rationale }),
    delegate: () =>
      sdk.delegate({
        name: 'c',
        kind: 'k',
        goal: 'g',
        input: 1,
        capabilities: ['kv.get'],
        budgets: [{ name: 'fuel', limit: 9 }],
        rationale,
      }),
    finish: () => finish({ done: true }),
    giveUp: () => sdk.giveUp('no use', [1]),
  };
  return proposals[name]!();
}

export default defineHandler<Input>((task: Task<Input>) => {
  console.log('cycle', task.cycle, { of: task.intent.kind });
  switch (task.input.do) {
    case 'platform':
      return finish(readPlatform());
    case 'capabilities':
      return finish(readCapabilities());
    case 'history':
      return finish({ failures: [...memory.failures({ start: 2 })], negatives: memory.negatives() });
    case 'task':
      return finish(task);
    case 'propose':
      return propose(task.input.name ?? '');
    case 'throw':
      return fail();
    case 'throw-text':
      // oxlint-disable-next-line typescript/only-throw-error -- what a careless author might do
      throw 'only a text';
    case 'denied':
      log.info('denied');
      return finish(null);
    case 'nothing':
      return undefined as unknown as Proposal;
    case 'promise':
      return Promise.resolve(finish(null)) as unknown as Proposal;
    default:
      return finish(Number.NaN);
  }
});
