import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloneStructured } from '../../guest/sdk/platform/clone.ts';
import { createConsole, formatValue } from '../../guest/sdk/platform/console.ts';
import { createRandom } from '../../guest/sdk/platform/random.ts';

describe('Math.random', () => {
  /** First words of xoshiro128** for the state 1, 2, 3, 4, as its authors' C code gives them. */
  const WORDS = [11_520, 0, 5_927_040, 70_819_200];

  it('follows xoshiro128**', () => {
    const random = createRandom(() => new Uint8Array(Uint32Array.of(1, 2, 3, 4).buffer));
    const toNumber = (high: number, low: number): number => ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
    expect(random()).toBe(toNumber(WORDS[0]!, WORDS[1]!));
    expect(random()).toBe(toNumber(WORDS[2]!, WORDS[3]!));
  });

  it('gives the same numbers of [0, 1) for the same seed, and draws it once', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (seed) => {
        let draws = 0;
        const draw = (): Uint8Array => {
          draws += 1;
          return seed;
        };
        const take = (random: () => number): number[] => Array.from({ length: 20 }, random);
        const numbers = take(createRandom(draw));
        expect(draws).toBe(1);
        expect(take(createRandom(draw))).toEqual(numbers);
        expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
        expect(new Set(numbers).size).toBe(20);
      }),
    );
  });

  it('draws nothing until a number is asked for', () => {
    expect(() =>
      createRandom(() => {
        throw new Error('drawn');
      }),
    ).not.toThrow();
  });
});

describe('structuredClone', () => {
  const value = fc.anything({
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withBigInt: true,
  });

  it('clones any value as Node does', () => {
    fc.assert(
      fc.property(value, (input) => {
        expect(cloneStructured(input)).toEqual(structuredClone(input));
      }),
    );
  });

  it('keeps cycles, shared members and what stands at __proto__', () => {
    const shared = { a: 1 };
    const input: { [name: string]: unknown } = { one: shared, other: shared, ...JSON.parse('{"__proto__":{"x":1}}') };
    input['self'] = input;
    const clone = cloneStructured(input);
    expect(clone['self']).toBe(clone);
    expect(clone['one']).toBe(clone['other']);
    expect(clone['one']).not.toBe(shared);
    expect(Object.getPrototypeOf(clone)).toBe(Object.prototype);
  });

  it('clones errors with name and cause', () => {
    const clone = cloneStructured(new TypeError('a', { cause: { b: 1 } }));
    expect([clone.name, clone.message, clone.cause]).toEqual(['TypeError', 'a', { b: 1 }]);
  });

  it.each([[() => 1], [Symbol('a')], [{ deep: [() => 1] }], [new WeakMap()], [Promise.resolve()]])(
    'refuses %o',
    (input) => {
      expect(() => cloneStructured(input as unknown)).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    },
  );
});

describe('console', () => {
  it('writes each call as one line of its level', () => {
    const lines: string[] = [];
    const console = createConsole((level, message) => lines.push(`${level}: ${message}`));
    console.debug('a', 1, null);
    console.log({ b: [1] }, undefined);
    console.warn(new TypeError('c'));
    console.assert(1 === 1, 'not shown');
    console.assert(false, 'd');
    expect(lines).toEqual([
      'debug: a 1 null',
      'info: {"b":[1]} undefined',
      'warn: TypeError: c',
      'error: assertion failed: d',
    ]);
  });

  it('drops a line that is refused', () => {
    const console = createConsole(() => {
      throw new Error('denied');
    });
    expect(() => console.error('a')).not.toThrow();
  });

  it('gives every value a text', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect([formatValue(cycle), formatValue(Symbol('s')), formatValue(5n), formatValue({ n: 5n })]).toEqual([
      '[object Object]',
      'Symbol(s)',
      '5',
      '[object Object]',
    ]);
  });
});
