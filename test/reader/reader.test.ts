/** A second implementation, written from docs/format.md in another language, must find the same in every frozen vector. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const READER = join(import.meta.dirname, 'read.py');
const VECTORS = join(import.meta.dirname, '..', 'vectors');
const names = readdirSync(VECTORS)
  .filter((file) => file.endsWith('.sojourn'))
  .map((file) => file.replace(/\.sojourn$/, ''));

interface Expected {
  readonly ok: boolean;
  readonly needs?: string;
  readonly receipt?: string;
  readonly [name: string]: unknown;
}

/** What it says where the fault is in something that it does not know: the vector's `needs`. */
const BEYOND_IT: { readonly [needs: string]: { readonly ok: boolean; readonly index?: number } } = {
  ed25519: { ok: true },
  fold: { ok: true },
  // but it sees that the genesis was altered
  schema: { ok: false, index: 0 },
};

interface Reading {
  readonly status: number | null;
  readonly result: { readonly ok: boolean; readonly index?: number; readonly signatures?: string };
}

function readWithPython(...words: readonly string[]): Reading {
  const { status, stdout, stderr } = spawnSync('python3', [READER, ...words], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return { status, result: JSON.parse(stdout) as Reading['result'] };
}

const version = spawnSync('python3', ['--version'], { encoding: 'utf8' });
const missing = version.error === undefined ? null : `python3 cannot be run here: ${version.error.message}`;
if (missing !== null) process.stdout.write(`test/reader: not run: ${missing}\n`);

describe.skipIf(missing !== null)('the Python reader', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-reader-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(names)('finds in %s what it should', (name) => {
    const {
      title: _,
      state: __,
      reader: ___,
      needs,
      receipt,
      ...expected
    } = JSON.parse(readFileSync(join(VECTORS, `${name}.json`), 'utf8')) as Expected;
    const { status, result } = readWithPython(
      join(VECTORS, `${name}.sojourn`),
      ...(receipt === undefined ? [] : [receipt]),
    );
    const found = needs === undefined ? expected : BEYOND_IT[needs]!;
    expect(result).toMatchObject(found);
    expect(status).toBe(found.ok ? 0 : 1);
    if (result.ok) expect(result.signatures).toContain('not checked');
  });

  it('finds every altered byte of a sealed object', () => {
    const bytes = readFileSync(join(VECTORS, 'minimal.sojourn'));
    // Bytes of the signature are beyond it; each 20th of the others, so that it takes seconds.
    for (let at = 0; at < bytes.length - 64; at += 20) {
      const path = join(folder, 'altered.sojourn');
      writeFileSync(
        path,
        bytes.map((byte, i) => (i === at ? byte ^ 0x10 : byte)),
      );
      expect(readWithPython(path), `byte ${at}`).toMatchObject({ status: 1, result: { ok: false } });
    }
  });
});
