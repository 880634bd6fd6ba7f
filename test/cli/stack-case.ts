/** A handler that throws in a function of another file, built, run and shown with the command line: what people get to read. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createDesk, expectDone, ROOT } from './run-cli.ts';

export async function expectReadableStack(engine: 'quickjs' | 'starlingmonkey'): Promise<void> {
  const desk = await createDesk();
  try {
    const entry = join(ROOT, 'test/cli/guests/nested/handler.ts');
    await expectDone(desk.run('build', entry, '-o', 'nested.wasm', '--engine', engine));
    desk.write('intent.json', JSON.stringify({ kind: 'test', goal: 'fail', input: {} }));
    await expectDone(desk.run('new', '--handler', 'nested.wasm', '--intent', 'intent.json', '--embed', '-o', 'order'));
    const run = await desk.run('run', 'order', '--policy', 'all');
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/RangeError: offers: expected one, found none \([0-9,]+ fuel\)/);
    expect(run.stdout).toMatch(/at cheapestOf \(lib\/price\.ts:12:\d+\)/);
    expect(run.stdout).toMatch(/handler\.ts:4:\d+/);
    const shown = await expectDone(desk.run('show', 'order'));
    expect(shown.stdout).toMatch(/at cheapestOf \(lib\/price\.ts:12:\d+\)/);

    const { json } = await desk.json('show', 'order');
    expect(JSON.stringify(json)).toMatch(/at cheapestOf \(handler\.js:\d+:\d+\)/);

    const hostile = JSON.parse(readFileSync(desk.path('nested.wasm.map'), 'utf8')) as { sources: string[] };
    hostile.sources = hostile.sources.map(() => 'evil\u001b[2J\nline');
    desk.write('evil.map', JSON.stringify(hostile));
    const evil = await expectDone(desk.run('show', 'order', '--map', 'evil.map'));
    expect(evil.stdout).toMatch(/at cheapestOf \(evil\[2J line:12:\d+\)/);
    for (const text of ['no map', '[]', '{"version":3,"sources":[7],"mappings":"AAAA"}']) {
      desk.write('nested.wasm.map', text);
      const plain = await expectDone(desk.run('show', 'order'));
      expect(plain.stdout).toMatch(/at cheapestOf \(handler\.js:\d+:\d+\)/);
    }
    rmSync(desk.path('nested.wasm.map'));
    expect((await expectDone(desk.run('show', 'order'))).stdout).toMatch(/handler\.js:\d+:\d+/);
  } finally {
    desk.close();
  }
}
