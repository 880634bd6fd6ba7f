/**
 * Programs that know nothing of sojourn, from the compilers of others: their standard libraries find a situation, a recorded time,
 * recorded randomness, and every other door shut.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../host/limits.ts';
import type { GuestCall, GuestReply, HandlerRunner } from '../../../host/ports.ts';
import { createSandbox } from '../../../host/sandbox/runner.ts';
import { needTools } from '../../toolchain/tools.ts';
import { toHandler } from '../guest-builds.ts';
import type { Handler } from '../guest-builds.ts';
import { SITUATION, runHandler } from '../run-handler.ts';
import { adaptPreview1 } from './commands.ts';

const RUST_TARGET = 'wasm32-wasip2';
const clang = needTools('commands in C', ['clang', 'wasm-ld']);
const rust = needTools('commands in Rust', ['rustc']);
const hasTarget = rust !== null && hasRustTarget(rust.rustc);

let sandbox: HandlerRunner;
let folder: string;

beforeAll(() => {
  sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
  folder = mkdtempSync(join(tmpdir(), 'sojourn-wasi-'));
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

function hasRustTarget(rustc: string): boolean {
  const { stdout } = spawnSync(rustc, ['--print', 'target-libdir', '--target', RUST_TARGET], { encoding: 'utf8' });
  const found = existsSync(stdout.trim());
  if (!found) process.stderr.write(`commands in Rust: left out, because the target ${RUST_TARGET} is not installed\n`);
  return found;
}

/** Compiles `guests/<source>` with this command line, which ends with where to put the result. */
function compile(source: string, command: string, args: readonly string[]): Uint8Array {
  const output = join(folder, `${source}.wasm`);
  execFileSync(command, [...args, fileURLToPath(new URL(`guests/${source}`, import.meta.url)), '-o', output]);
  return readFileSync(output);
}

/** Every answer twice the same, so that two runs can be compared. */
async function open(handler: Handler) {
  const calls: GuestCall[] = [];
  const answer = ({ operation }: GuestCall): GuestReply =>
    operation === 'random.bytes' ? { ok: true, value: new Uint8Array(32).fill(9) } : { ok: true, value: null };
  return { result: await runHandler(sandbox, handler, { calls, answer }), calls };
}

async function expectShut(handler: Handler, now: number): Promise<void> {
  const { result, calls } = await open(handler);
  expect(result).toMatchObject({ kind: 'proposal', proposal: { rationale: 'looked everywhere' } });
  expect(JSON.stringify(result)).toContain(`{\\"doors\\":0,\\"now\\":${now},`);
  expect(calls).toEqual([
    { operation: 'random.bytes', request: { len: 32 } },
    { operation: 'log.write', request: { level: 'info', message: `0 doors, goal ${SITUATION.intent.goal}` } },
  ]);
  expect(await open(handler)).toEqual({ result, calls });
}

describe.skipIf(clang === null)('a program in C', () => {
  it('finds every door shut, the same in each run', async () => {
    const core = compile('doors.c', clang?.clang ?? '', ['--target=wasm32-wasi', '-O1']);
    await expectShut(await adaptPreview1(core), SITUATION.now / 1000);
  });
});

describe.skipIf(!hasTarget)('a program in Rust', () => {
  it('finds every door shut, the same in each run', async () => {
    const component = compile('doors.rs', rust?.rustc ?? '', ['--target', RUST_TARGET, '-O', '--edition', '2021']);
    await expectShut(toHandler(component), SITUATION.now);
  });
});
