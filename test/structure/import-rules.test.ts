import { describe, expect, it } from 'vitest';
import { findForbiddenImports, findImportCycles } from './import-rules.ts';
import { importsOf } from './sources.ts';

const file = (path: string, ...specifiers: string[]) => ({
  path,
  text: specifiers.map((specifier, index) => `import * as m${index} from '${specifier}';`).join('\n'),
});
const judge = (path: string, specifier: string) => findForbiddenImports([file(path, specifier)]);

describe('importsOf', () => {
  it('finds imports, types, re-exports and dynamic imports, and nothing in comments or strings', () => {
    const text = [
      `import a from './a.ts';`,
      `import type { B } from './b.ts';`,
      `import './c.ts';`,
      `export { d } from './d.ts';`,
      `export * from './e.ts';`,
      `export type { F } from './f.ts';`,
      `const g = await import('./g.ts');`,
      `// import h from './h.ts';`,
      'const i = `',
      `import i from './i.ts';`,
      '`;',
    ].join('\n');
    expect(importsOf({ path: 'host/x.ts', text }).toSorted()).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `./${name}.ts`),
    );
  });

  it('refuses what is not TypeScript', () => {
    expect(() => importsOf({ path: 'host/x.ts', text: 'import from from from' })).toThrow(
      'host/x.ts: expected TypeScript',
    );
  });
});

describe('findForbiddenImports', () => {
  it.each([
    ['host/kernel/cycle.ts', '../object/model.ts'],
    ['host/policy/model.ts', '../object/model.ts'],
    ['host/object/codec.ts', '@noble/hashes/sha2.js'],
    ['host/object/codec.ts', './scan.ts'],
    ['host/policy/load.ts', '@cedar-policy/cedar-wasm/nodejs'],
    ['host/sandbox/build.ts', '@bytecodealliance/jco/component'],
    ['host/sandbox/build.ts', 'node:fs'],
    ['host/cli/main.ts', '../index.ts'],
    ['host/cli/main.ts', 'commander'],
    ['guest/sdk/http.ts', 'sojourn:object/http@0.2.0'],
    ['guest/handlers/shop/handler.ts', 'sojourn/guest'],
    ['guest/handlers/shop/quickstart.ts', 'node:http'],
    ['test/object/codec.test.ts', '../../host/object/codec.ts'],
  ])('lets %s import %s', (path, specifier) => {
    expect(judge(path, specifier)).toEqual([]);
  });

  it.each([
    ['host/object/codec.ts', '../kernel/cycle.ts', 'downwards'],
    ['host/errors.ts', './object/model.ts', 'downwards'],
    ['host/store/file.ts', '../node/loop.ts', 'downwards'],
    ['host/node/loop.ts', '../index.ts', 'downwards'],
    ['host/object/codec.ts', 'node:crypto', 'ambient authority'],
    ['host/ports.ts', 'node:fs', 'ambient authority'],
    ['host/policy/load.ts', 'node:fs', 'ambient authority'],
    ['host/node/http/app.ts', 'node:http', 'Node alone'],
    ['host/kernel/cycle.ts', 'node:fs', 'ambient authority'],
    ['host/wasm/meter.ts', 'node:fs', 'ambient authority'],
    ['host/capability/http.ts', '@bytecodealliance/jco', 'may use'],
    ['host/cli/main.ts', 'esbuild', 'may use'],
    ['host/kernel/cycle.ts', '@cedar-policy/cedar-wasm', 'may use'],
    ['host/kernel/cycle.ts', 'left-pad', 'may use'],
    ['host/kernel/cycle.ts', 'fs', 'may use'],
    ['host/new-layer/file.ts', '../errors.ts', 'known layer'],
    ['host/kernel/cycle.ts', '../../guest/sdk/index.ts', 'known layer'],
    ['host/kernel/cycle.ts', '../../../elsewhere/file.ts', 'of this repository'],
    ['host/kernel/cycle.ts', './wake.js', 'end in .ts'],
    ['guest/sdk/http.ts', '../../host/value.ts', 'guest SDK'],
    ['guest/sdk/http.ts', 'node:http', 'the contract or the guest SDK'],
    ['guest/handlers/shop/handler.ts', '../../../host/value.ts', 'of the guest'],
  ])('keeps %s from importing %s', (path, specifier, reason) => {
    expect(judge(path, specifier)).toEqual([expect.stringContaining(reason)]);
  });
});

describe('findForbiddenImports in a handler', () => {
  it('judges what the handler imports as guest code, and leaves the scripts beside it alone', () => {
    const sources = [
      file('guest/handlers/shop/handler.ts', './money.ts'),
      file('guest/handlers/shop/money.ts', 'node:fs'),
      file('guest/handlers/shop/server.ts', 'node:http', '../../../host/index.ts'),
    ];
    expect(findForbiddenImports(sources)).toEqual([
      "guest/handlers/shop/money.ts: expected the contract or the guest SDK, found 'node:fs'",
    ]);
  });
});

describe('findImportCycles', () => {
  it('names the files of a cycle once', () => {
    const sources = [file('host/a.ts', './b.ts'), file('host/b.ts', './c.ts'), file('host/c.ts', './b.ts')];
    expect(findImportCycles(sources)).toEqual(['host/b.ts → host/c.ts → host/b.ts']);
  });

  it('finds none where two files share a third', () => {
    expect(
      findImportCycles([file('host/a.ts', './b.ts', './c.ts'), file('host/b.ts', './c.ts'), file('host/c.ts')]),
    ).toEqual([]);
  });
});
