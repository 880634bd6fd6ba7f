/** Closing a sandbox in a process that nothing else keeps alive: a late word of a worker that is ending must not let the process go. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { buildScript } from './guest-builds.ts';

const CHILD = fileURLToPath(new URL('close-child.ts', import.meta.url));
const TIMES = 3;
const folder = mkdtempSync(join(tmpdir(), 'sojourn-close-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('close', () => {
  it('comes to its end while workers still answer', { timeout: 120_000 }, async () => {
    const { bytes } = await buildScript(new URL('guests/counted-calls.js', import.meta.url));
    const path = join(folder, 'handler.wasm');
    writeFileSync(path, bytes);
    const start = () => promisify(execFile)(process.execPath, [CHILD, path, String(TIMES)]);
    // beside each other, so that workers answer late
    for (const { stdout } of await Promise.all([start(), start(), start()]))
      expect(stdout.trim().split('\n')).toHaveLength(TIMES);
  });
});
