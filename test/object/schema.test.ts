import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSchema, validate } from '../../host/object/schema.ts';
import type { Value } from '../../host/value.ts';
import { values } from './value-arbitrary.ts';

describe('a memory schema', () => {
  it.each([
    [{ pattern: 'x' }, '/pattern: expected one of type, properties'],
    [{ $ref: '#/x' }, '/$ref'],
    [{ type: 'text' }, '/type: expected null, boolean'],
    [{ type: [] }, '/type'],
    [{ type: ['null', 'array', 'null'] }, '/type: expected each type once'],
    [{ properties: { a: { typ: 'string' } } }, '/properties/a/typ'],
    [{ properties: [] }, '/properties: expected a map of schemas, found a list of 0'],
    [{ items: { items: { maxItems: -1 } } }, '/items/items/maxItems: expected a count, found -1'],
    [{ additionalProperties: 'no' }, '/additionalProperties'],
    [{ required: [1] }, '/required: expected a list of names'],
    [{ required: ['a', 'a'] }, '/required: expected each name once'],
    [{ enum: [] }, '/enum'],
    [{ minimum: '1' }, '/minimum'],
    [{ __proto__: null, constructor: 1 }, '/constructor'],
  ] as const)('with %j is refused with its path', (schema, message) => {
    expect(() => checkSchema(schema as unknown as Value)).toThrow(`schema ${message}`);
    expect(() => checkSchema(schema as unknown as Value)).toThrow(
      expect.objectContaining({ code: 'object.schema' }) as Error,
    );
  });

  it('goes through a list of choices once, however many values are held against it', () => {
    let looks = 0;
    const choices = new Proxy([[1], [2], [3]], {
      get(list, name): unknown {
        looks += name === '0' ? 1 : 0;
        return Reflect.get(list, name);
      },
    });
    const value = Array.from({ length: 500 }, () => [3]);
    expect(validate({ items: { enum: choices } }, value)).toBeNull();
    expect(looks).toBe(1);
  });

  it.each([
    [{}, { anything: 1 }, null],
    [{ type: 'integer' }, 1.5, ['', 'integer', '1.5']],
    [{ type: ['integer', 'null'] }, null, null],
    [{ type: 'number' }, 1, null],
    [{ type: 'object' }, [], ['', 'object', 'a list of 0']],
    [{ minimum: 2, maximum: 4 }, 5, ['', 'at most 4', '5']],
    [{ minimum: 2 }, 1, ['', 'at least 2', '1']],
    [{ maxLength: 2 }, '\u{1f600}\u{1f600}', null],
    [{ maxLength: 2 }, 'abc', ['', 'at most 2 characters', '3']],
    [{ minLength: 1 }, '', ['', 'at least 1 characters', '0']],
    [{ minItems: 1 }, [], ['', 'at least 1 items', '0']],
    [{ items: { type: 'string' } }, ['a', 1], ['/1', 'string', '1']],
    [{ enum: ['a', { b: [1] }] }, { b: [1] }, null],
    [{ enum: ['a'] }, 'b', ['', 'one of "a"', '"b"']],
    [{ const: 3 }, 4, ['', '3', '4']],
    [{ const: 3 }, '3', ['', '3', '"3"']],
    [{ const: null }, null, null],
    [{ const: { a: [1], b: 2 } }, { b: 2, a: [1] }, null],
    [{ items: { enum: [1, 'a'], const: 'a' } }, ['a', 1], ['/1', '"a"', '1']],
    [{ items: { enum: [true, null, '1'] } }, [null, true, '1', 1], ['/3', 'one of true, null, "1"', '1']],
    [{ required: ['a/b'] }, {}, ['/a~1b', 'a value', 'none']],
    [{ properties: { a: { type: 'string' } } }, { a: 1, b: 1 }, ['/a', 'string', '1']],
    [{ properties: { a: {} }, additionalProperties: false }, { b: 1 }, ['/b', 'no such key', '1']],
    [{ additionalProperties: { type: 'null' } }, { b: 1 }, ['/b', 'null', '1']],
    [
      { properties: {}, additionalProperties: false },
      JSON.parse('{"__proto__":1}'),
      ['/__proto__', 'no such key', '1'],
    ],
    [{ required: ['toString'] }, {}, ['/toString', 'a value', 'none']],
  ] as const)('%j on %j gives %j', (schema, value, violation) => {
    checkSchema(schema);
    const found = validate(schema, value);
    expect(found).toEqual(
      violation === null ? null : { path: violation[0], expected: violation[1], found: violation[2] },
    );
  });

  it('accepts what an equal const or enum demands, whatever it is', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(validate({ const: value }, value)).toBe(null);
        expect(validate({ enum: [0, value] }, value)).toBe(null);
      }),
    );
  });
});
