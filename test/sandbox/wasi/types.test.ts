/** The types that guests are checked against are those of WASI's own WIT files, and the validator holds every guest to them. */
import { parse } from '@bytecodealliance/jco';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { admitComponent } from '../../../host/sandbox/admission.ts';
import { DEFAULT_LIMITS } from '../../../host/limits.ts';
import { GENERATED, generateTypes } from './generate-types.ts';

const RUN = `
  (core module $m (func (export "run") (result i32) i32.const 0))
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $command))`;

async function admit(fields: string) {
  const bytes = await parse(`(component ${fields})`);
  return admitComponent(bytes, { limits: DEFAULT_LIMITS.component, memoryPages: 64, tableElements: 1_024 });
}

describe('the generated types', () => {
  it('are what the tools make of the WIT files', async () => {
    expect(readFileSync(GENERATED, 'utf8')).toBe(await generateTypes());
  });
});

describe('admission of a command', () => {
  it('takes one that imports nothing', async () => {
    expect((await admit(RUN)).program).toMatchObject({ entry: 'run', wasi: false });
  });

  it.each([
    ['a function of another type', '(instance (export "get-arguments" (func (result u32))))'],
    ['a function that WASI does not have', '(instance (export "get-secrets" (func (result string))))'],
    ['a function where an instance belongs', '(func)'],
  ])('refuses an import with %s', async (_what, type) => {
    const asked = admit(`(import "wasi:cli/environment@0.2.3" ${type})${RUN}`);
    await expect(asked).rejects.toMatchObject({
      code: 'component.import',
      details: { import: 'wasi:cli/environment@0.2.3' },
    });
  });

  it('refuses a resource of its own in place of WASI’s', async () => {
    const asked = admit(`(type $own (resource (rep i32)))
      (import "wasi:cli/stdin@0.2.3" (instance
        (export "input-stream" (type $stream (sub resource)))
        (export "get-stdin" (func (result (own $stream))))))
      (import "wasi:io/streams@0.2.3" (instance
        (export "input-stream" (type $stream (sub resource)))
        (export "[method]input-stream.read" (func (param "self" (borrow $stream)) (param "len" string) (result (list u8))))))
      ${RUN}`);
    await expect(asked).rejects.toMatchObject({ code: 'component.import' });
  });

  it.each([
    'wasi:cli/environment@0.3.0',
    'wasi:cli/environment@0.2.01',
    'wasi:cli/environment@0.2',
    'wasi:cli/Environment@0.2.0',
    'wasi:keyvalue/store@0.2.0',
    'wasi:http/incoming-handler@0.2.0',
  ])('refuses %s by name', async (name) => {
    const parsed = parse(`(component (import "${name}" (instance)) ${RUN})`).then(async (bytes) =>
      admitComponent(bytes, { limits: DEFAULT_LIMITS.component, memoryPages: 64, tableElements: 1_024 }),
    );
    // some are no names at all to the tools
    await expect(parsed).rejects.toThrow(/import|version|kebab/);
  });

  it('refuses a run of another type', async () => {
    const fields = RUN.replaceAll('(result (result))', '(result u32)');
    await expect(admit(fields)).rejects.toMatchObject({ code: 'component.export' });
  });

  it('refuses a run that is not there', async () => {
    const fields = RUN.replace('(export "run" (func $run))', '(export "walk" (func $run))');
    await expect(admit(fields)).rejects.toMatchObject({ code: 'component.export' });
  });
});
