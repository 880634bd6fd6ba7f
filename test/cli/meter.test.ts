/** `sojourn meter`, and the example of docs/fuel.md under wasmtime. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from '@bytecodealliance/jco';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METER_VERSION } from '../../host/wasm/component.ts';
import { needTools } from '../toolchain/tools.ts';
import { createDesk, type Desk, expectDone, MAIN, ROOT, runProcess } from './run-cli.ts';

/** The component of the example: `work` goes round so many times. */
const WORK = `(component
  (core module $m (memory 1) (func (export "work") (param $turns i32)
    (loop $l (br_if $l (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))))
  (core instance $i (instantiate $m))
  (func (export "work") (param "turns" u32) (canon lift (core func $i "work"))))`;

let desk: Desk;
beforeAll(async () => {
  desk = await createDesk();
  desk.write('work.wasm', await parse(WORK));
});
afterAll(() => desk.close());

describe('sojourn meter', () => {
  it('writes a component that starts with the limits of one cycle', async () => {
    const { code, json } = await desk.json('meter', 'work.wasm', '-o', 'metered.wasm');
    expect(code).toBe(0);
    expect(json).toMatchObject({
      component: 'metered.wasm',
      meterVersion: METER_VERSION,
      meter: 'sojourn:meter/meter@1.0.0',
      coreModules: 1,
      fuel: 2_000_000_000,
    });
    expect(readFileSync(desk.path('metered.wasm')).length).toBe(json.bytes);
  });

  it('says what it wrote', async () => {
    const { stdout } = await expectDone(desk.run('meter', 'work.wasm', '-o', 'metered.wasm', '--fuel', '77'));
    expect(stdout).toMatch(/^metered metered\.wasm\n[^]*starts with 77 units of fuel/);
  });

  it.each([
    ['its own output over the component', ['work.wasm', '-o', './work.wasm'], 2, 'usage'],
    ['a metered component again', ['metered.wasm', '-o', 'twice.wasm'], 3, 'component.import'],
    ['more fuel than the meter holds', ['work.wasm', '-o', 'x.wasm', '--fuel', '9000000000000000'], 2, 'usage'],
    ['no component', ['a.pem', '-o', 'x.wasm'], 3, 'component.malformed'],
    ['a file that is not there', ['none.wasm', '-o', 'x.wasm'], 3, 'store.missing'],
  ])('refuses %s', async (_, args, exit, code) => {
    await expectDone(desk.run('meter', 'work.wasm', '-o', 'metered.wasm'));
    const refused = await desk.json('meter', ...args);
    expect({ exit: refused.code, code: refused.json.error.code }).toEqual({ exit, code });
  });
});

const tools = needTools('the wasmtime example of docs/fuel.md', ['wasmtime']);
describe.skipIf(tools === null)('docs/fuel.md', () => {
  it('has an example for wasmtime that gives what it says', async () => {
    const manual = readFileSync(join(ROOT, 'docs', 'fuel.md'), 'utf8');
    const lines = (/```sh\n([^]*?)```/.exec(manual)?.[1] ?? '').trim().split('\n');
    expect(lines.length).toBeGreaterThan(3);
    const env = {
      NODE: process.execPath,
      MAIN,
      PATH: `${dirname(tools?.wasmtime ?? '')}:${process.env['PATH'] ?? ''}`,
    };
    for (const line of lines) {
      const [command = '', said = ''] = line.split(/\s+# /);
      const shell = command.replace(/^npx sojourn /, '"$NODE" "$MAIN" ');
      const { stdout, stderr, code } = await runProcess('sh', ['-c', shell], { cwd: desk.folder, env });
      if (said === '') expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
      else if (/^[\d(]/.test(said)) expect({ line, said: stdout.trim() }).toEqual({ line, said });
      else expect({ line, failed: code !== 0 && stderr.includes(said) }).toEqual({ line, failed: true });
    }
  });
});
