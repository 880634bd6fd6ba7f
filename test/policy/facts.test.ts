import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFacts } from '../../host/policy/facts.ts';
import { parsePointer } from '../../host/policy/settings.ts';
import type { FactType } from '../../host/policy/settings.ts';
import type { Value } from '../../host/value.ts';

function read(pointer: string, type: FactType, data: Value) {
  const steps = parsePointer(pointer);
  if (steps === null) throw new Error(`no pointer: ${pointer}`);
  return readFacts(new Map([['fact', { pointer: steps, type }]]), data);
}

test('a fact is read from where its pointer says', () => {
  expect(read('/total/minor', 'Long', { total: { minor: 12 } })).toEqual({ fact: 12 });
  expect(read('/lines/1/sku', 'String', { lines: [{}, { sku: 'x' }] })).toEqual({ fact: 'x' });
  expect(read('', 'Bool', false)).toEqual({ fact: false });
  expect(read('/a~1b/m~0n/', 'Long', { 'a/b': { 'm~n': { '': 3 } } })).toEqual({ fact: 3 });
});

test('a fact whose place is not there is absent', () => {
  const nothing = {};
  expect(read('/total/minor', 'Long', null)).toEqual(nothing);
  expect(read('/total/minor', 'Long', { total: 5 })).toEqual(nothing);
  expect(read('/lines/2', 'Long', { lines: [1, 2] })).toEqual(nothing);
  expect(read('/lines/-', 'Long', { lines: [1, 2] })).toEqual(nothing);
  expect(read('/lines/01', 'Long', { lines: [1, 2] })).toEqual(nothing);
  expect(read('/lines/length', 'Long', { lines: [1, 2] })).toEqual(nothing);
  expect(read('/body/0', 'Long', { body: Uint8Array.of(7) })).toEqual(nothing);
});

test('names of prototypes are names as any other', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    expect(read(`/${name}`, 'String', {})).toEqual({});
    expect(read(`/a/${name}/name`, 'String', { a: {} })).toEqual({});
    expect(read(`/${name}/x`, 'Long', JSON.parse(`{"${name}":{"x":4}}`))).toEqual({ fact: 4 });
  }
});

test.each([
  ['Long', '12'],
  ['Long', 1.5],
  ['Long', true],
  ['Long', null],
  ['Long', 2 ** 53],
  ['Long', [1]],
  ['Long', {}],
  ['String', 12],
  ['String', null],
  ['String', '\ud800'],
  ['Bool', 'true'],
  ['Bool', 0],
] as const)('where %s is declared, %j is no fact', (type, value) => {
  expect(read('/x', type, { x: value })).toBeNull();
});

test('any data gives facts of the declared type or none', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.array(fc.constantFrom('a', '0', '__proto__', ''), { maxLength: 4 }),
      (json, steps) => {
        const facts = readFacts(new Map([['fact', { pointer: steps, type: 'Long' }]]), json as Value);
        const value = facts?.['fact'];
        expect(value === undefined || Number.isSafeInteger(value)).toBe(true);
      },
    ),
  );
});

test('text that is no pointer is refused', () => {
  for (const text of ['a', 'a/b', '/~', '/~2', '/a~', `/${'x'.repeat(1024)}`]) expect(parsePointer(text)).toBeNull();
});
