/** The count of what is lifted, and the decoder that counts. */
import { describe, expect, it } from 'vitest';
import { createLiftBudget, createTextDecoder } from '../../host/sandbox/lift-budget.ts';

describe('the lift budget', () => {
  it('lets through what the limit allows, to the byte, and says so once it is passed', () => {
    const budget = createLiftBudget();
    let passed = 0;
    budget.start(
      () => 30,
      () => (passed += 1),
    );
    budget.take(10);
    budget.take(4);
    expect(passed).toBe(0);
    expect(() => budget.take(0)).toThrow(RangeError);
    expect(passed).toBe(1);
  });

  it('counts something for what is empty', () => {
    const budget = createLiftBudget();
    budget.start(
      () => 8_000,
      () => undefined,
    );
    for (let turn = 0; turn < 1_000; turn += 1) budget.take(0);
    expect(() => budget.take(0)).toThrow(RangeError);
  });

  it('begins again', () => {
    const budget = createLiftBudget();
    for (let turn = 0; turn < 10; turn += 1) {
      budget.start(
        () => 100,
        () => undefined,
      );
      expect(() => budget.take(92)).not.toThrow();
    }
  });

  it('asks for the limit as it is at the moment', () => {
    const budget = createLiftBudget();
    let limit = 100;
    budget.start(
      () => limit,
      () => undefined,
    );
    budget.take(50);
    limit = 60;
    expect(() => budget.take(0)).toThrow(RangeError);
  });
});

describe('the decoder', () => {
  const Decoder = createTextDecoder(createLiftBudget());

  it('keeps a byte order mark', () => {
    expect(new Decoder().decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });

  it.each([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]])(
    'refuses malformed text: %j',
    (...bytes) => {
      expect(() => new Decoder().decode(Uint8Array.from(bytes))).toThrow(TypeError);
    },
  );
});
