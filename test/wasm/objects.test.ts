/**
 * Garbage-collected objects: all that a guest ever makes counts as memory, collected or not. An engine's own bound is no help:
 * V8 lets large arrays grow far beyond the heap that a worker is given.
 */
import { describe, expect, it } from 'vitest';
import { meterModule, METER_EXPORTS } from '../../host/wasm/component.ts';
import { ALLOWANCE, fromText, OPTIONS, run, start, startText } from './run-metered.ts';

const RICH = { ...ALLOWANCE, fuel: 2 ** 42 };
const PAGE = 65_536;
const TYPES = `(type $bytes (array (mut i8))) (type $wide (array (mut v128))) (type $pair (struct (field (mut i64)) (field (mut i64))))
  (type $list (struct (field (ref null $list)))) (type $refs (array (mut (ref null $pair))))`;

async function bytesTaken(code: string, fields = ''): Promise<number> {
  const { meter, call } = await startText(`(module ${TYPES} ${fields} (func (export "run") ${code}))`, RICH);
  const before = meter[METER_EXPORTS.memory].value as bigint;
  call('run');
  return Number(before - (meter[METER_EXPORTS.memory].value as bigint));
}

describe('an object', () => {
  it.each([
    ['struct.new', '(drop (struct.new $pair (i64.const 1) (i64.const 2)))', 16 + 16],
    ['struct.new_default', '(drop (struct.new_default $pair))', 16 + 16],
    ['array.new', '(drop (array.new $bytes (i32.const 7) (i32.const 900)))', 16 + 900],
    ['array.new_default', '(drop (array.new_default $wide (i32.const 900)))', 16 + 900 * 16],
    ['array.new_fixed', '(drop (array.new_fixed $bytes 3 (i32.const 1) (i32.const 2) (i32.const 3)))', 16 + 3],
    ['array.new_data', '(drop (array.new_data $bytes $d (i32.const 0) (i32.const 5)))', 16 + 5],
    ['array.new_elem', '(drop (array.new_elem $refs $e (i32.const 0) (i32.const 2)))', 16 + 2 * 8],
  ])('of %s takes its bytes and those of its header', async (_, code, bytes) => {
    const fields = '(data $d "hello") (elem $e (ref null $pair) (ref.null $pair) (ref.null $pair))';
    expect(await bytesTaken(code, fields)).toBe(bytes);
  });

  it.each([
    ['kept lists', '(local $l (ref null $list)) (loop $a (local.set $l (struct.new $list (local.get $l))) (br $a))'],
    ['arrays that nothing keeps', '(loop $a (drop (array.new_default $bytes (i32.const 1000000))) (br $a))'],
    ['one array of 4 billion elements', '(drop (array.new_default $bytes (i32.const -1)))'],
    ['an array beyond 2^32 bytes', '(drop (array.new_default $wide (i32.const 0x10000001)))'],
  ])('is bounded together with linear memory, however much fuel there is: %s', async (_, code) => {
    const metered = await startText(`(module ${TYPES} (memory 2) (func (export "run") ${code}))`, RICH);
    expect(run(metered, 'run')).toMatchObject({ ended: 'trapped', bound: 'memoryPages' });
  });

  it('leaves less for linear memory', async () => {
    const text = `(module ${TYPES} (memory 1) (func (export "run") (result i32)
      (drop (array.new_default $bytes (i32.const ${60 * PAGE}))) (memory.grow (i32.const 3))))`;
    expect(run(await startText(text, RICH), 'run')).toMatchObject({ bound: 'memoryPages' });
    expect(run(await startText(text.replace('grow (i32.const 3)', 'grow (i32.const 2)'), RICH), 'run')).toMatchObject({
      ended: 'returned',
      value: 1,
    });
  });
});

describe('a constant expression', () => {
  it.each([
    ['a global', '(global (ref $wide) (array.new_default $wide (i32.const 100)))', 16 + 1600],
    ['a table', '(table 1 (ref null $bytes) (array.new $bytes (i32.const 1) (i32.const 100)))', 16 + 100],
    ['a segment', '(elem (ref null $pair) (struct.new_default $pair) (struct.new_default $pair))', 64],
  ])('takes the bytes of its objects when it is instantiated: %s', async (_, fields, bytes) => {
    const metered = meterModule(await fromText(`(module ${TYPES} ${fields})`), OPTIONS);
    const { meter } = start(metered, RICH);
    expect(meter[METER_EXPORTS.memory].value).toBe(BigInt(RICH.memoryPages * PAGE - bytes));
  });

  it('is refused where all of them together make more than 1 MiB', async () => {
    const make = (globals: number) =>
      fromText(
        `(module ${TYPES} ${'(global (ref $wide) (array.new_default $wide (i32.const 4096)))'.repeat(globals)})`,
      );
    const few = await make(15);
    expect(() => meterModule(few, OPTIONS)).not.toThrow();
    const many = await make(16);
    expect(() => meterModule(many, OPTIONS)).toThrow(
      'objects of all constant expressions, bytes: expected at most 1048576',
    );
  });
});
