/** Handlers in processes that share a cache on disk, and in ones that can't use theirs. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { buildScript } from './guest-builds.ts';
import type { Handler } from './guest-builds.ts';
import { runHandler, told } from './run-handler.ts';

const CHILD = fileURLToPath(new URL('cache-child.ts', import.meta.url));
const run = promisify(execFile);

let home: string;
let handler: Handler;
let component: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sojourn-cache-'));
  handler = await buildScript(new URL('guests/counted-calls.js', import.meta.url));
  component = join(home, 'handler.wasm');
  writeFileSync(component, handler.bytes);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function inProcess(name: string, path = component) {
  const { stdout } = await run(process.execPath, [CHILD, path, join(home, name), join(home, 'secret')]);
  return JSON.parse(stdout) as { result: unknown; asked: number; loaded: string[] };
}

function inHere(options: { folder: string; secret?: string }) {
  const programCache = { folder: options.folder, secret: options.secret ?? join(home, 'secret') };
  return createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1, programCache });
}

describe('a cache on disk', () => {
  it('gives the next process the same proposal and the same fuel, without the component and without jco', async () => {
    const first = await inProcess('shared');
    const second = await inProcess('shared');
    expect(first).toMatchObject({ asked: 1, result: { kind: expect.any(String), fuel: expect.any(Number) } });
    expect(second).toEqual({ result: first.result, asked: 0, loaded: [] });
  });

  it('is shared by processes that start at once', async () => {
    const both = await Promise.all([inProcess('race'), inProcess('race')]);
    expect(both[0].result).toEqual(both[1].result);
    expect(readdirSync(join(home, 'race'))).toHaveLength(1);
    expect((await inProcess('race')).asked).toBe(0);
  });

  it('is passed over where an entry was changed, and is right again afterwards', async () => {
    const sandbox = inHere({ folder: join(home, 'poisoned') });
    const sound = await runHandler(sandbox, handler, { situation: told({ calls: 0 }) });
    await sandbox.close();
    const [name = ''] = readdirSync(join(home, 'poisoned'));
    const path = join(home, 'poisoned', name);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
    const again = inHere({ folder: join(home, 'poisoned') });
    expect(await runHandler(again, handler, { situation: told({ calls: 0 }) })).toEqual(sound);
    await again.close();
    expect((await inProcess('poisoned')).asked).toBe(0);
  });

  it('holds apart what was admitted under other limits', async () => {
    const sandbox = inHere({ folder: join(home, 'limits') });
    const situation = told({ calls: 0 });
    await runHandler(sandbox, handler, { situation });
    await runHandler(sandbox, handler, { situation, limits: { memoryPages: 512 } });
    await sandbox.close();
    expect(readdirSync(join(home, 'limits'))).toHaveLength(2);
  });

  it.each(['/proc/nowhere', '/dev/null/x', '/dev/full'])('is done without where it would lie in %s', async (folder) => {
    const sandbox = inHere({ folder });
    expect(await runHandler(sandbox, handler, { situation: told({ calls: 0 }) })).toMatchObject({ kind: 'proposal' });
    await sandbox.close();
  });

  it('keeps no program of a component that is not the one it is called', async () => {
    const sandbox = inHere({ folder: join(home, 'misnamed') });
    const result = await runHandler(sandbox, { digest: 'ab'.repeat(32), bytes: handler.bytes });
    await sandbox.close();
    expect(result).toMatchObject({ kind: 'refused', code: 'component.malformed' });
    expect(readdirSync(join(home, 'misnamed'))).toEqual([]);
  });

  it('leaves the event loop free while a component is admitted', async () => {
    const sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
    const limits = DEFAULT_LIMITS.cycle;
    let turns = 0;
    let next = setImmediate(function turn() {
      turns += 1;
      next = setImmediate(turn);
    });
    const refusal = await sandbox.admit({ handler: handler.digest, component: async () => handler.bytes, limits });
    clearImmediate(next);
    expect(refusal).toBeNull();
    await sandbox.close();
    // an admission on this thread would leave a handful
    expect(turns).toBeGreaterThan(200);
  });
});
