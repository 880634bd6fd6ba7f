/**
 * Real compilers' output runs metered as it runs unmetered: the WAT parser of wasm-tools (Rust), a lexer (C), Cedar (Rust), and
 * a handler in QuickJS (C, dynamically linked). More of other people's modules are in npm-modules.test.ts.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from '@bytecodealliance/jco';
import { componentize } from 'componentize-qjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meterComponent } from '../../host/wasm/component.ts';
import { SCRIPT, SCRIPT_WORLD } from '../bench/meter-kernels.ts';
import { type Loader, loadMetered, loadPlain } from './load-metered.ts';
import { instantiateComponent, prepareComponent } from './run-component.ts';
import { OPTIONS } from './run-metered.ts';

const require = createRequire(import.meta.url);
const ROOMY = { ...OPTIONS, memoryPages: 16_384, tableElements: 65_536 };
const LEXED = readFileSync(new URL(import.meta.url), 'utf8');

describe('real modules', () => {
  it('lex ES modules as before', async () => {
    const path = require.resolve('es-module-lexer').replace(/lexer\.cjs$/, 'lexer.js');
    type Lexer = { init: Promise<void>; parse: (source: string) => unknown };
    const { result: loaded, fuelUsed } = await loadMetered(async (loader) => {
      const lexer = (await loader.import(path)) as Lexer;
      await lexer.init;
      return lexer;
    });
    const original = (await import(pathToFileURL(path).href)) as Lexer;
    await original.init;
    expect(loaded.parse(LEXED)).toEqual(original.parse(LEXED));
    expect(fuelUsed()).toBeGreaterThan(LEXED.length);
  });

  it('parse WAT as before, in the parser that these tests use', async () => {
    const jco = require.resolve('@bytecodealliance/jco-transpile').replace(/(jco-transpile)\/.*$/, '$1');
    type Tools = {
      $init: Promise<void>;
      tools: { parse: (text: string) => Uint8Array; print: (bytes: Uint8Array) => string };
    };
    const { result: loaded, fuelUsed } = await loadMetered(async (loader) => {
      const tools = (await loader.import(join(jco, 'vendor/wasm-tools.js'))) as Tools;
      await tools.$init;
      return tools;
    });
    const text = `(module ${'(func (param i32) (result i32) (i32.add (local.get 0) (i32.const 7)))'.repeat(200)})`;
    const bytes = await parse(text);
    expect(loaded.tools.parse(text)).toEqual(bytes);
    expect(loaded.tools.print(bytes)).toContain('(func (;199;)');
    expect(fuelUsed()).toBeGreaterThan(1_000_000);
  });

  it('decide by Cedar as before', async () => {
    type Cedar = { isAuthorized: (call: object) => unknown };
    const load = async (loader: Loader): Promise<Cedar> => loader.require('@cedar-policy/cedar-wasm/nodejs') as Cedar;
    const { result: loaded, fuelUsed } = await loadMetered(load);
    const call = {
      principal: { type: 'U', id: 'a' },
      action: { type: 'Action', id: 'read' },
      resource: { type: 'R', id: 'b' },
      context: { amount: 7 },
      policies: { staticPolicies: 'permit(principal == U::"a", action, resource) when { context.amount < 10 };' },
      entities: [],
    };
    const answer = loaded.isAuthorized(call);
    expect(answer).toEqual((await loadPlain(load)).isAuthorized(call));
    expect(answer).toMatchObject({ type: 'success', response: { decision: 'allow' } });
    expect(fuelUsed()).toBeGreaterThan(10_000);
  });
});

describe('a QuickJS component', () => {
  let component: Uint8Array;
  const folder = mkdtempSync(join(tmpdir(), 'meter-'));

  beforeAll(async () => {
    writeFileSync(join(folder, 'bench.wit'), SCRIPT_WORLD);
    ({ component } = await componentize({
      witPath: folder,
      jsSource: SCRIPT,
      sync: true,
      stubWasi: true,
      world: 'bench',
    }));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives the results that it gave unmetered, and keeps the names of its functions', async () => {
    const metered = meterComponent(component, ROOMY).bytes;
    const [plain, guest] = [await instantiateComponent(component, {}), await instantiateComponent(metered, {})];
    for (const [kernel, n] of [
      ['interpreter', 3000],
      ['json', 2],
    ] as const) {
      expect(guest.call('run', kernel, n)).toBe(plain.call('run', kernel, n));
    }
    expect(guest.meters).toBe(1);
    expect(Buffer.from(metered).includes('JS_CallInternal')).toBe(Buffer.from(component).includes('JS_CallInternal'));
  });

  it('uses the same fuel to the unit in each of 20 fresh instances', async () => {
    const create = await prepareComponent(meterComponent(component, ROOMY).bytes);
    const used = new Set<number>();
    for (let round = 0; round < 20; round++) {
      const guest = create({});
      guest.call('run', 'json', 1);
      used.add(guest.fuelUsed());
    }
    expect(used.size).toBe(1);
    expect([...used][0]).toBeGreaterThan(1_000_000);
  });
});
