/** Commands of WASI run as handlers: the situation in, the proposal out, and every way to end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandbox } from '../../../host/sandbox/runner.ts';
import { DEFAULT_LIMITS } from '../../../host/limits.ts';
import type { GuestCall, HandlerRunner } from '../../../host/ports.ts';
import { runHandler, told } from '../run-handler.ts';
import type { RunOptions } from '../run-handler.ts';
import { buildCommand, buildPreview1, readCoreImports } from './commands.ts';
import type { CoreImports } from './commands.ts';

let sandbox: HandlerRunner;
let imports: CoreImports;

beforeAll(async () => {
  sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
  imports = await readCoreImports();
});
afterAll(async () => sandbox.close());

/** Runs the command whose `$main` this is. */
async function run(body: string, options: RunOptions = {}) {
  return runHandler(sandbox, await buildCommand(imports, body), options);
}

const ECHO = `(func $main (local $at i32) (local $left i32) (local $piece i32)
  (call $io/streams.input-stream.blocking-read (call $cli/stdin.get-stdin) (i64.const -1) (i32.const 16))
  (local.set $at (i32.load (i32.const 20)))
  (local.set $left (i32.load (i32.const 24)))
  (call $say (local.get $at) (local.get $left)))`;

describe('a command', () => {
  it('ends with the proposal that it writes', async () => {
    const result = await run('(func $main (call $report (i32.const 42)))');
    expect(result).toMatchObject({
      kind: 'proposal',
      proposal: {
        action: { tag: 'termination', val: { achieved: true, result: '42' } },
        rationale: 'reported',
        confidence: 1,
      },
    });
  });

  it('reads the situation as one JSON document', async () => {
    const result = await run(ECHO, { situation: told({ way: '__proto__', amount: 12 }) });
    // an echo of the situation is no proposal
    expect(result).toMatchObject({
      kind: 'error',
      message: 'standard output: proposal/action: expected an object, found nothing',
    });
  });

  it.each(['0.2.0', '0.2.3', '0.2.6', '0.2.12', '0.2.99'])('may be built for WASI %s', async (version) => {
    const handler = await buildCommand(imports, '(func $main (call $report (i32.const 7)))', { version });
    expect(await runHandler(sandbox, handler)).toMatchObject({ kind: 'proposal' });
  });

  it('may be built for the first preview', async () => {
    const handler = await buildPreview1(`(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (data (i32.const 64) "out of paper\\n")
      (func (export "_start")
        (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 13))
        (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 32)))
        (call $exit (i32.const 3))))`);
    const calls: GuestCall[] = [];
    expect(await runHandler(sandbox, handler, { calls })).toMatchObject({
      kind: 'error',
      message: 'exit: expected status 0, found status 1: out of paper',
      stack: 'out of paper',
    });
    expect(calls).toEqual([{ operation: 'log.write', request: { level: 'info', message: 'out of paper' } }]);
  });
});

describe('an exit', () => {
  it('with status 0 ends with what was written so far', async () => {
    const body = '(func $main (call $report (i32.const 1)) (call $cli/exit.exit (i32.const 0)) unreachable)';
    expect(await run(body)).toMatchObject({ kind: 'proposal' });
  });

  it('with another status is the handler’s error', async () => {
    const body = '(func $main (call $report (i32.const 1)) (call $cli/exit.exit-with-code (i32.const 200)))';
    expect(await run(body)).toMatchObject({ kind: 'error', message: 'exit: expected status 0, found status 200' });
  });
});

describe('standard error', () => {
  const lines = (count: number) => `(data (i32.const 2048) "${'a\\0a'.repeat(count)}") (func $main
    (call $io/streams.output-stream.blocking-write-and-flush
      (call $cli/stderr.get-stderr) (i32.const 2048) (i32.const ${2 * count}) (i32.const 16))
    (drop (call $random/random.get-random-u64))
    (call $report (i32.const 1)))`;
  const answer = ({ operation }: GuestCall) => ({
    ok: true as const,
    value: operation === 'random.bytes' ? new Uint8Array(32) : null,
  });

  it.each([
    [256, 3, ['log.write', 'log.write', 'log.write', 'random.bytes']],
    [8, 3, ['log.write', 'log.write', 'random.bytes', 'log.write']],
    [4, 3, ['log.write', 'random.bytes', 'log.write']],
    [1, 3, ['random.bytes']],
  ])('of a guest with %d calls becomes no more entries than leave it its own', async (limit, count, operations) => {
    const calls: GuestCall[] = [];
    const result = await run(lines(count), { calls, answer, limits: { calls: limit } });
    expect(result).toMatchObject({ kind: 'proposal' });
    expect(calls.map(({ operation }) => operation)).toEqual(operations);
  });
});
