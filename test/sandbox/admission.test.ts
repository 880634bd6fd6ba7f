/** Which components are let in, by the names and the types of what they import and export. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { admitComponent } from '../../host/sandbox/admission.ts';
import { CONTRACT_WAT } from '../../host/sandbox/contract-wat.ts';
import { buildCore, buildText } from './guest-builds.ts';
import type { Admission } from '../../host/sandbox/admission.ts';

/** A `handle` of another type, so that only the import under test or the export can be at fault. */
const HANDLE = `
  (core module $m (func (export "handle") (result i32) (i32.const 0)))
  (core instance $m (instantiate $m))
  (func (export "handle") (result u32) (canon lift (core func $m "handle")))`;

async function admit(wat: string): Promise<Admission> {
  const { bytes } = await buildText(wat);
  return admitComponent(bytes, { limits: DEFAULT_LIMITS.component, memoryPages: 64, tableElements: 1_024 });
}

function clock(type: string): string {
  return `(component (import "sojourn:object/clock@0.2.0" ${type}) ${HANDLE})`;
}

describe('admission', () => {
  it('takes a component that imports fewer than all', async () => {
    const { bytes } = await buildCore('(func (export "handle") (param i32) (result i32) (unreachable))');
    const { program } = await admitComponent(bytes, {
      limits: DEFAULT_LIMITS.component,
      memoryPages: 64,
      tableElements: 1_024,
    });
    expect(program.modules.filter(({ meter }) => meter)).not.toHaveLength(0);
    expect(program.modules.filter(({ meter }) => !meter)).not.toHaveLength(0);
  });

  it('refuses a core module that is invalid as it came, though its metered form would not be', async () => {
    const core = '(module (type (func (param i32))) (memory 1) (func (type 0) (drop (ref.null 1))))';
    await expect(admit(`(component (core module ${core.slice('(module '.length)} ${HANDLE})`)).rejects.toMatchObject({
      code: 'component.malformed',
      message: expect.stringContaining('core module 0: expected a valid one'),
    });
  });

  it.each([
    [
      'another result',
      clock('(instance (export "now" (func (result u32))))'),
      /clock@0\.2\.0 as in the contract.*expected u32/,
    ],
    [
      'another parameter',
      clock('(instance (export "now" (func (param "zone" string) (result u64))))'),
      /clock@0\.2\.0/,
    ],
    [
      'a function that it lacks',
      clock('(instance (export "yesterday" (func (result u64))))'),
      /missing expected export `yesterday`/,
    ],
    ['a resource in place of a function', clock('(instance (export "now" (type (sub resource))))'), /clock@0\.2\.0/],
    ['a function in place of an interface', clock('(func)'), /expected func, found instance/],
    [
      'another type by a known name',
      `(component (import "situation" (type (sub resource))) ${HANDLE})`,
      /situation as in/,
    ],
    ['a function by the name of a type', `(component (import "proposal" (func)) ${HANDLE})`, /proposal as in/],
  ])('refuses an import of the right name with %s', async (_, wat, says) => {
    await expect(admit(wat)).rejects.toMatchObject({ code: 'component.import', message: expect.stringMatching(says) });
  });

  it.each([
    ['has another type', `(component ${HANDLE})`, /expected 1 parameters, found 0/],
    ['is no function', '(component (instance $i) (export "handle" (instance $i)))', /not a func/],
    ['is missing', '(component)', /expected an export named handle/],
  ])('refuses a component whose handle %s', async (_, wat, says) => {
    await expect(admit(wat)).rejects.toMatchObject({ code: 'component.export', message: expect.stringMatching(says) });
  });

  it('refuses the asynchronous ABI', async () => {
    const lift = `${CONTRACT_WAT}
      (core module $m
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
        (func (export "handle") (param i32) (result i32) (unreachable))
        (func (export "resume") (param i32 i32 i32) (result i32) (unreachable)))
      (core instance $m (instantiate $m))
      (alias core export $m "memory" (core memory $memory))
      (type $answer (result $proposal (error $handler-error)))
      (type $handle (func (param "situation" $situation) (result $answer)))
      (func $handle (type $handle) (canon lift (core func $m "handle")
        async (memory $memory) (realloc (core func $m "realloc")) (callback (core func $m "resume"))))
      (export "handle" (func $handle)))`;
    await expect(admit(lift)).rejects.toMatchObject({
      code: 'component.opcode',
      message: expect.stringMatching(/^canonical option at offset \d+: expected a synchronous one, found 0x06$/),
    });
  });

  it.each([
    ['task.cancel', '(core func (canon task.cancel))'],
    ['backpressure', '(core func (canon backpressure.inc))'],
    ['waitable sets', '(core func (canon waitable-set.new))'],
  ])('refuses %s in a nested component', async (_, definition) => {
    await expect(admit(`(component (component ${definition}) ${HANDLE})`)).rejects.toMatchObject({
      code: 'component.opcode',
      message: expect.stringMatching(/^canonical definition at offset/),
    });
  });

  it('refuses a core module that no engine compiles', async () => {
    const broken = buildCore('(func (result i32)) (func (export "handle") (param i32) (result i32) (unreachable))');
    const { bytes } = await broken;
    await expect(
      admitComponent(bytes, { limits: DEFAULT_LIMITS.component, memoryPages: 64, tableElements: 1_024 }),
    ).rejects.toMatchObject({ code: 'component.malformed' });
  });
});
