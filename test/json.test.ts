import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JSON_DEPTH, parseJson, stringifyJson } from '../host/json.ts';

function refusal(text: string, max = 1000): string {
  const result = parseJson(text, max);
  return result.ok ? 'accepted' : result.message;
}

describe('JSON from untrusted hands', () => {
  test.each([
    ['{"a":1,"a":2}', 'twice'],
    ['{"a":{"b":1},"a":2}', 'twice'],
    ['{"a":1,"\\u0061":2}', 'twice'],
    ['[{"x":{}, "x" : 1}]', 'twice'],
    ['"\\ud800"', 'lone surrogate'],
    ['{"\\ufeffa":1}', 'byte order mark'],
    ['1e999', 'finite'],
    ['9007199254740993', 'whole number'],
    ['{', 'expected JSON'],
    ['', 'expected JSON'],
    ['['.repeat(JSON_DEPTH + 1) + ']'.repeat(JSON_DEPTH + 1), 'levels'],
    ['['.repeat(900), 'levels'],
    [JSON.stringify('x'.repeat(1000)), 'bytes'],
  ])('refuses %.40s', (text, why) => {
    expect(refusal(text)).toContain(why);
  });

  test.each([
    '{"a":1,"b":{"a":2}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a:"}',
    '{"a\\"b":1,"a":2}',
    '-0',
    '{"":{"":1}}',
  ])('takes %s', (text) => {
    expect(refusal(text)).toBe('accepted');
  });

  test('a key called __proto__ is data', () => {
    const result = parseJson('{"__proto__":{"polluted":1},"constructor":2}', 1000);
    expect(result.ok && Object.keys(result.value as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('what JSON.stringify writes is read back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), (value) => {
        const text = JSON.stringify(value);
        const result = parseJson(text, text.length * 4);
        if (result.ok) expect(JSON.parse(stringifyJson(result.value))).toEqual(JSON.parse(text));
        else expect(result.message).toMatch(/lone surrogate|whole number|byte order mark/);
      }),
    );
  });

  test('whatever comes, it is a value and never an exception', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'a', '1', ' ') }),
        (text) => {
          expect(typeof parseJson(text, 1000).ok).toBe('boolean');
        },
      ),
    );
  });
});
