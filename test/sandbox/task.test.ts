/** The record of an evaluation's calls, over several attempts at it. */
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createTask } from '../../host/sandbox/task.ts';
import { SITUATION } from './run-handler.ts';

const program = {
  script: '',
  modules: [],
  entry: 'handle',
  wasi: false,
  snapshot: { obstacle: null, tables: false },
} as const;

function begin(calls = 8) {
  const made: string[] = [];
  const run = {
    handler: 'h',
    component: () => Promise.resolve(new Uint8Array()),
    situation: SITUATION,
    limits: { ...DEFAULT_LIMITS.cycle, calls },
    onCall: ({ operation }: { operation: string }) => {
      made.push(operation);
      return Promise.resolve({ ok: true, value: null } as const);
    },
  };
  return { task: createTask({ key: 'k', program, run }), made };
}

const call = (operation: string, key = 'a') =>
  ({ type: 'call', attempt: 1, operation, request: { key }, fuel: 1, bytes: 0 }) as const;

it('a repeated attempt gets the replies again, and makes no call twice', async () => {
  const { task, made } = begin(2);
  for (const name of ['kv.get', 'kv.set']) {
    const next = task.call(call(name));
    if (next.step !== 'wait' || next.perform === null) throw new Error('expected a call to be made');
    expect(task.replied(await next.perform())).toBeNull();
  }
  task.begin();
  expect(task.call(call('kv.get'))).toMatchObject({ step: 'reply', reply: { ok: true } });
  expect(task.caughtUp()).toBe(false);
  expect(task.call(call('kv.set'))).toMatchObject({ step: 'reply' });
  expect(task.caughtUp()).toBe(true);
  expect(task.call(call('kv.get'))).toMatchObject({ step: 'passed', passed: { bound: 'calls' } });
  expect(made).toEqual(['kv.get', 'kv.set']);
});

it('a repeated attempt that comes to a call under way waits for it', () => {
  const { task } = begin();
  task.call(call('kv.get'));
  task.begin();
  expect(task.call(call('kv.get'))).toEqual({ step: 'wait', perform: null });
  expect(task.awaitsHost()).toBe(true);
});

it.each([call('kv.set'), call('kv.get', 'b')])('a repeated attempt that calls otherwise is a failure: %j', (other) => {
  const { task } = begin();
  task.call(call('kv.get'));
  task.begin();
  expect(() => task.call(other)).toThrow(expect.objectContaining({ code: 'internal' }));
});
