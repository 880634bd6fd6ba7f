import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createCedarSet } from '../../host/policy/cedar.ts';
import { buildRequest } from '../../host/policy/request.ts';
import { question, setOf } from './fixtures.ts';

const REQUEST = buildRequest(question('evaluate'), {})!;
const PERMIT = 'permit(principal, action, resource);';
const FORBID = 'forbid(principal, action, resource);';

test('sets that share a slot of the engine never answer for one another', () => {
  // Equal first digits: the same slot.
  const sets = [
    { ask: createCedarSet(`aaaa${'0'.repeat(28)}`, new Map([['one', PERMIT]])), satisfied: ['one'] },
    { ask: createCedarSet(`aaaa${'1'.repeat(28)}`, new Map([['two', FORBID]])), satisfied: ['two'] },
    { ask: createCedarSet(`aaaa${'2'.repeat(28)}`, new Map()), satisfied: [] },
    {
      ask: createCedarSet(
        `aaaa${'3'.repeat(28)}`,
        new Map([
          ['one', PERMIT],
          ['three', PERMIT],
        ]),
      ),
      satisfied: ['one', 'three'],
    },
  ];
  for (const first of sets) {
    for (const second of sets) {
      expect(first.ask(REQUEST)).toEqual({ ok: true, satisfied: first.satisfied, failed: [] });
      expect(second.ask(REQUEST)).toEqual({ ok: true, satisfied: second.satisfied, failed: [] });
    }
  }
});

test('more sets than the engine has slots for all decide', () => {
  const sets = Array.from({ length: 150 }, (_, index) => setOf(`@id("p${index}") ${PERMIT}`));
  for (const [index, set] of [...sets.entries(), ...sets.entries()])
    expect(set.decide(question('evaluate')).policies).toEqual([`p${index}`]);
});

test('a request that the engine refuses is an answer, and the next one is decided', () => {
  const ask = createCedarSet('b'.repeat(32), new Map([['one', PERMIT]]));
  expect(ask({ ...REQUEST, context: { now: null } })).toMatchObject({ ok: false });
  expect(ask({ ...REQUEST, action: { type: '1 bad', id: 'x' } })).toMatchObject({ ok: false });
  expect(ask(REQUEST)).toEqual({ ok: true, satisfied: ['one'], failed: [] });
});

test('a policy set that cannot be parsed is an answer', () => {
  expect(createCedarSet('c'.repeat(32), new Map([['one', 'permit(']]))(REQUEST)).toMatchObject({ ok: false });
});

test('the engine is a module that can reach nothing: no network, no clock, no randomness, no files', () => {
  const glue = fileURLToPath(import.meta.resolve('@cedar-policy/cedar-wasm/nodejs'));
  const module = new WebAssembly.Module(readFileSync(glue.replace(/\.js$/, '_bg.wasm')));
  const names = WebAssembly.Module.imports(module).map(({ name }) => name.replaceAll(/^_+wbg_+|_[0-9a-f]{16}$/g, ''));
  expect(names.sort()).toEqual([
    '__wbindgen_init_externref_table',
    'parse',
    'stringify',
    'wbindgen_is_undefined',
    'wbindgen_string_get',
    'wbindgen_throw',
  ]);
});
