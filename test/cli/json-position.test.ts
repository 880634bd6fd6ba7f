import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonFault } from '../../host/cli/json-position.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the place of a fault in JSON', () => {
  it.each([
    ['a comma too many', '{\n  "a": 1,\n}', { offset: 12, line: 3, column: 1 }],
    ['a key without quotes', '{ a: 1 }', { offset: 2, line: 1, column: 3 }],
    ['a missing colon', '{"a" 1}', { offset: 5, line: 1, column: 6 }],
    ['a missing comma', '[1 2]', { offset: 3, line: 1, column: 4 }],
    ['the end within a list', '[1,', { offset: 3, line: 1, column: 4 }],
    ['a text that does not end', '{"a": "b}', { offset: 6, line: 1, column: 7 }],
    ['more behind the value', '1\n2', { offset: 2, line: 2, column: 1 }],
    ['a number with a leading zero', '[01]', { offset: 2, line: 1, column: 3 }],
    ['the wrong bracket', '[1}', { offset: 2, line: 1, column: 3 }],
    ['nothing at all', '', { offset: 0, line: 1, column: 1 }],
    ['a comment', '{"a":1} // no', { offset: 8, line: 1, column: 9 }],
  ])('is found: %s', (_what, text, place) => {
    expect(findJsonFault(text)).toEqual(place);
  });

  it('finds none in JSON', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), fc.constantFrom(0, 2), (text, indent) => {
        expect(findJsonFault(JSON.stringify(JSON.parse(text), null, indent))).toBeNull();
        expect(findJsonFault(` ${text}\n`)).toBeNull();
      }),
    );
  });

  it('agrees with the engine on what is JSON, for texts with a character changed', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 3 }),
        fc.nat(),
        fc.constantFrom(...Array.from('[]{}",:0-e.\\ x\u0001')),
        (text, seed, character) => {
          const at = seed % text.length;
          const changed = text.slice(0, at) + character + text.slice(at + 1);
          expect(findJsonFault(changed) === null).toBe(isJson(changed));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
