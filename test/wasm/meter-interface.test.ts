/** What a metered component exports of its meter, and that the functions say what the host in JavaScript reads. */
import { readFileSync } from 'node:fs';
import { componentEmbed, componentNew, transpile } from '@bytecodealliance/jco';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  armMeter,
  createMeterModule,
  isMeter,
  METER_EXPORTS,
  METER_MAXIMA,
  METER_VERSION,
  meterComponent,
  readMeter,
} from '../../host/wasm/component.ts';
import { createWasmtime } from './wasmtime.ts';
import { callExport, type Exports, fromText, OPTIONS } from './run-metered.ts';

const LOOP = `(component
  (core module $m (memory 1) (func (export "spin") (param $turns i32)
    (loop $l (local.set $turns (i32.sub (local.get $turns) (i32.const 1))) (br_if $l (local.get $turns)))))
  (core instance $i (instantiate $m))
  (func (export "spin") (param "turns" u32) (canon lift (core func $i "spin"))))`;
const CASES = ['nothing', 'fuel', 'call-depth', 'memory-pages', 'table-elements', 'host'];
const NAMES = {
  fuel: 'fuel',
  callDepth: 'call-depth',
  memoryPages: 'memory-pages',
  tableElements: 'table-elements',
  host: 'host',
};

function instantiate(bytes: Uint8Array): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes))).exports;
}

/** The types that jco gives to the exported meter, without its notes. */
async function describeInterface(component: Uint8Array): Promise<string> {
  const { files } = await transpile(component, { name: 'guest', instantiation: 'sync', wasiShim: false });
  const types = new Map(Object.entries(files)).get('interfaces/sojourn-meter-meter.d.ts');
  return new TextDecoder()
    .decode(types)
    .replaceAll(/\/\*\*[^]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ');
}

describe('the meter module', () => {
  it('reads in its functions what the host reads in its globals', () => {
    const exports = instantiate(createMeterModule());
    if (!isMeter(exports)) throw new Error('not a meter');
    const code = fc.constantFrom(0, 3, 4, 5);
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), code, (counter, bound) => {
        exports['sojourn:meter/counter'].value = counter;
        exports['sojourn:meter/bound'].value = bound;
        const reading = readMeter(exports);
        expect(callExport(exports, 'fuel-left', [])).toBe(BigInt(reading.fuel));
        const stopped = CASES[Number(callExport(exports, 'stopped-by', []))];
        expect(stopped).toBe(reading.bound === null ? 'nothing' : NAMES[reading.bound]);
      }),
    );
  });

  it('arms as the host does, and refuses what the host refuses', () => {
    const [one, other] = [instantiate(createMeterModule()), instantiate(createMeterModule())];
    if (!isMeter(one) || !isMeter(other)) throw new Error('not a meter');
    for (const allowance of [
      { fuel: 2 ** 42, callDepth: 2 ** 19 - 1, memoryPages: 2 ** 31 - 1 },
      { fuel: 7, callDepth: 0, memoryPages: 3 },
    ]) {
      armMeter(one, allowance);
      callExport(other, 'arm', [BigInt(allowance.fuel), allowance.callDepth, allowance.memoryPages]);
      const built = instantiate(createMeterModule(allowance));
      if (!isMeter(built)) throw new Error('not a meter');
      for (const name of Object.values(METER_EXPORTS)) {
        expect(other[name].value).toBe(one[name].value);
        expect(built[name].value).toBe(one[name].value);
      }
    }
    const { fuel, callDepth } = METER_MAXIMA;
    for (const values of [
      [BigInt(fuel) + 1n, 0, 0],
      [0n, callDepth + 1, 0],
      [0n, 0, -1],
    ])
      expect(() => callExport(other, 'arm', values)).toThrow(/unreachable/);
    expect(() => createMeterModule({ fuel: 0.5, callDepth: 0, memoryPages: 0 })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });
});

describe('a metered component', () => {
  it('exports its meter as docs/fuel.md says', async () => {
    const { bytes } = meterComponent(await fromText(LOOP), OPTIONS);
    const manual = readFileSync(new URL('../../docs/fuel.md', import.meta.url), 'utf8');
    const documented = /```wit\n([^]*?)```/.exec(manual)?.[1] ?? '';
    const like = await componentEmbed({ dummy: true, witSource: `${documented} world meters { export meter; }` });
    const found = await describeInterface(bytes);
    expect(found).toMatch(/arm\(fuel: bigint/);
    expect(found).toBe(await describeInterface(await componentNew(like)));
  });

  it('lists what the guest exports, and not the meter', async () => {
    expect(meterComponent(await fromText(LOOP), OPTIONS).exports).toEqual(['spin']);
  });
});

const wasmtime = createWasmtime('the exported meter');
describe.skipIf(wasmtime === null)('a metered component under wasmtime', () => {
  const allowance = { fuel: 1000, callDepth: 1000, memoryPages: 1 };

  it('shows its meter to the command line', async () => {
    const { bytes } = meterComponent(await fromText(LOOP), { ...OPTIONS, allowance });
    expect(wasmtime?.invoke(bytes, 'fuel-left()')).toEqual({ output: '1000' });
    expect(wasmtime?.invoke(bytes, 'stopped-by()')).toEqual({ output: 'nothing' });
    expect(wasmtime?.invoke(bytes, 'version()')).toEqual({ output: String(METER_VERSION) });
  });

  it('runs within what it was given, and stops beyond', async () => {
    const { bytes } = meterComponent(await fromText(LOOP), { ...OPTIONS, allowance });
    expect(wasmtime?.invoke(bytes, 'spin(100)')).toEqual({ output: '()' });
    expect(wasmtime?.invoke(bytes, 'spin(1000)')).toEqual({ trap: expect.stringContaining('unreachable') });
  });

  it('runs nothing when nobody gave it anything', async () => {
    const { bytes } = meterComponent(await fromText(LOOP), OPTIONS);
    expect(wasmtime?.invoke(bytes, 'spin(1)')).toEqual({ trap: expect.stringContaining('unreachable') });
  });
});
