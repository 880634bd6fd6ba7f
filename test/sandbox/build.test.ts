import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { componentWit } from '@bytecodealliance/jco';
import { SojournError } from '../../host/errors.ts';
import { bundleHandler } from '../../host/sandbox/build-bundle.ts';
import { findPackageRoot, readContract } from '../../host/sandbox/build-contract.ts';
import { buildHandler } from '../../host/sandbox/build.ts';
import { mapStack } from '../../host/sandbox/source-map.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HANDLER = `import { defineHandler, finish } from 'sojourn/guest';
export default defineHandler((task) => finish(task.cycle));
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sojourn-build-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeModule(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

async function failureOf(promise: Promise<unknown>): Promise<SojournError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SojournError);
  return error as SojournError;
}

describe('buildHandler', () => {
  it('gives a component that exports handle and imports the contract alone', async () => {
    const entry = await writeModule('plain/handler.ts', HANDLER);
    const { component, imports } = await buildHandler({ entry, engine: 'quickjs' });
    expect([...component.subarray(0, 8)]).toEqual([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
    expect(await componentWit(component)).toMatch(
      /export handle: func\(situation: situation\) -> result<proposal, handler-error>;/,
    );
    expect(imports).toContain('sojourn:object/kv@0.2.0');
    expect(imports.filter((name) => !name.startsWith('sojourn:object/'))).toEqual([]);
  });

  it.each([
    ['a syntax error', 'const a = 1;\nconst b = = 2;\n', 'handler.ts:2:11: Unexpected "="', 2, 11],
    ['a missing module', "import './absent.ts';\n", 'handler.ts:1:8: Could not resolve "./absent.ts"', 1, 8],
    [
      'a module of Node',
      "import { readFileSync } from 'node:fs';\nconsole.log(readFileSync);\n",
      'Could not resolve "node:fs"',
      1,
      30,
    ],
    [
      'the inside of the SDK',
      "import 'sojourn/guest/handle';\n",
      "is not a module for handlers; import 'sojourn/guest'",
      1,
      8,
    ],
  ])('tells the place of %s', async (name, text, message, line, column) => {
    const entry = await writeModule(`${name.replaceAll(' ', '-')}/handler.ts`, text + HANDLER);
    const error = await failureOf(buildHandler({ entry, engine: 'quickjs' }));
    expect(error.code).toBe('component.build');
    expect(error.message).toContain(message);
    expect(error.details).toEqual({ file: 'handler.ts', line, column });
  });

  it('tells the file of an error in a module that the handler imports', async () => {
    await writeModule('parts/lib/part.ts', 'export const part = (: number) => 1;\n');
    const entry = await writeModule(
      'parts/handler.ts',
      `import { part } from './lib/part.ts';\nvoid part;\n${HANDLER}`,
    );
    const error = await failureOf(buildHandler({ entry, engine: 'quickjs' }));
    expect(error.details).toEqual({ file: 'lib/part.ts', line: 1, column: 22 });
  });

  it.each([
    ['no-export', 'export const a = 1;\n'],
    ['wrong-export', 'export default () => 1;\n'],
  ])('asks for a handler as the default export: %s', async (name, text) => {
    const entry = await writeModule(`${name}/handler.ts`, text);
    const error = await failureOf(buildHandler({ entry, engine: 'quickjs' }));
    expect(error.code).toBe('component.build');
    expect(error.message).toContain('expected a default export made with defineHandler');
  });

  it.each([
    ['throws', "throw new RangeError('not today');\n", 'not today'],
    ['asks-time', 'const started = Date.now();\nconsole.log(started);\n', 'Date: expected a running handler'],
    ['asks-chance', 'const chance = Math.random();\nconsole.log(chance);\n', 'Math.random: expected a running handler'],
  ])('refuses a module that cannot be loaded, and tells why: %s', async (name, text, message) => {
    const entry = await writeModule(`${name}/handler.ts`, text + HANDLER);
    const error = await failureOf(buildHandler({ entry, engine: 'quickjs' }));
    expect(error.code).toBe('component.build');
    expect(error.message).toContain(message);
    expect(error.message).toContain('handler.ts:1:');
  });

  it('stops when it is told to', async () => {
    const entry = await writeModule('stopped/handler.ts', HANDLER);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(buildHandler({ entry, engine: 'quickjs', signal })).rejects.toThrow('enough');
  });

  it('refuses a file that is not there', async () => {
    const error = await failureOf(buildHandler({ entry: join(folder, 'absent.ts'), engine: 'quickjs' }));
    expect(error.code).toBe('component.build');
    expect(error.message).toContain('absent.ts');
  });
});

describe('bundleHandler', () => {
  it('gives the same bytes for the same files wherever they stand, with no path of the machine in them', async () => {
    const one = await bundleHandler(await writeModule('here/handler.ts', HANDLER));
    const other = await bundleHandler(await writeModule('over/there/handler.ts', HANDLER));
    expect(one).toEqual(other);
    const { sources } = JSON.parse(one.sourceMap) as { sources: string[] };
    expect(sources).toContain('handler.ts');
    expect(sources.filter((source) => source.startsWith('/') || source.includes('..'))).toEqual([]);
    expect(one.code).not.toContain(ROOT);
    expect(one.code).not.toContain(folder);
  });
});

describe('mapStack', () => {
  it('replaces positions of the bundle that the map knows, and leaves the rest', async () => {
    const { code, sourceMap } = await bundleHandler(await writeModule('mapped/handler.ts', HANDLER));
    const line = code.split('\n').findIndex((text) => text.includes('finish(task.cycle)')) + 1;
    const stack = `    at handler.js:${line}:5\n    at handler.js:999999:1\n    at other.js:1:1`;
    const [first, second, third] = mapStack(stack, sourceMap).split('\n');
    expect(first).toMatch(/^ {4}at handler\.ts:2:\d+$/);
    expect(second).toBe('    at handler.js:999999:1');
    expect(third).toBe('    at other.js:1:1');
  });
});

describe('readContract', () => {
  it('joins the package into one text that names every interface once', () => {
    const { witText, sdkSuffix } = readContract();
    expect(witText.match(/^package /gm)).toHaveLength(1);
    for (const name of ['types', 'http', 'kv', 'situation'])
      expect(witText.match(new RegExp(`^interface ${name} `, 'gm'))).toHaveLength(1);
    expect(sdkSuffix).toBe('.ts');
  });

  it('refuses a folder outside the package', () => {
    expect(() => findPackageRoot(folder)).toThrow('expected a package.json named sojourn');
  });

  it('builds from dist of an installed package, whichever folder it is called from', async () => {
    const installed = join(folder, 'app/node_modules/sojourn');
    await mkdir(installed, { recursive: true });
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [
      tsc,
      '-p',
      join(ROOT, 'tsconfig.build.json'),
      '--noCheck',
      '--outDir',
      join(installed, 'dist'),
    ]);
    await cp(join(ROOT, 'package.json'), join(installed, 'package.json'));
    await cp(join(ROOT, 'wit'), join(installed, 'wit'), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(installed, 'node_modules'));
    const entry = await writeModule('app/src/handler.ts', HANDLER);
    const script = `const { buildHandler } = await import(${JSON.stringify(pathToFileURL(join(installed, 'dist/host/sandbox/build.js')).href)});
      const { component } = await buildHandler({ entry: ${JSON.stringify(entry)}, engine: 'quickjs' });
      process.stdout.write(String(component.length));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
    });
    expect(Number(stdout)).toBeGreaterThan(1_000_000);
  });
});

describe('an engine that is told why it cannot build', () => {
  it('tells the place of an error on StarlingMonkey too', async () => {
    const entry = await writeModule('other-engine/handler.ts', `throw new RangeError('not today');\n${HANDLER}`);
    const error = await failureOf(buildHandler({ entry, engine: 'starlingmonkey' }));
    expect(error.code).toBe('component.build');
    expect(error.message).toContain('handler.ts:1:7 RangeError: not today');
  });

  it('refuses to build with StarlingMonkey from the root folder', async () => {
    const entry = await writeModule('root/handler.ts', HANDLER);
    const script = `const { buildHandler } = await import(${JSON.stringify(pathToFileURL(join(ROOT, 'host/sandbox/build.ts')).href)});
      await buildHandler({ entry: ${JSON.stringify(entry)}, engine: 'starlingmonkey' }).catch((error) => process.stdout.write(error.code + ' ' + error.message));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: '/' });
    expect(stdout).toBe('component.build starlingmonkey: expected a working directory below the root, found /');
  });
});
