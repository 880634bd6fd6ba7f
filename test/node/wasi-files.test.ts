/**
 * Files that an object carries, as a command of WASI finds them: there where the scope lets the handler read any, opened where policy
 * permits the path, never changed, and the same in a replay.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildCommand, buildPreview1, readCoreImports } from '../sandbox/wasi/commands.ts';
import type { CoreImports } from '../sandbox/wasi/commands.ts';
import { createWorld, policySet } from './world.ts';
import type { World } from './world.ts';
import { ofKind } from './wreck.ts';
import type { ObjectDraft } from '../../host/node/draft-object.ts';
import type { Value } from '../../host/value.ts';

let world: World;
let imports: CoreImports;

beforeAll(async () => {
  [world, imports] = await Promise.all([createWorld(), readCoreImports()]);
});
afterAll(() => world.close());

const FILES = { 'docs/price.txt': new TextEncoder().encode('*!'), 'secret.txt': new TextEncoder().encode('#') };
const AT = '(i32.const 16)';

/** Opens `path` below the first directory and reports its first byte; 100 and more is an error, 1000 that nothing is open. */
function reading(path: string, { openFlags = 0, flags = 1 } = {}): string {
  return `(data (i32.const 2048) "${path}") (func $main (local $d i32)
    (call $filesystem/preopens.get-directories ${AT})
    (if (i32.eqz (i32.load (i32.const 20))) (then (call $report (i32.const 1000)) (return)))
    (call $filesystem/types.descriptor.open-at (i32.load (i32.load ${AT})) (i32.const 1)
      (i32.const 2048) (i32.const ${path.length}) (i32.const ${openFlags}) (i32.const ${flags}) ${AT})
    (if (i32.load8_u ${AT}) (then (call $report (i32.add (i32.const 100) (i32.load8_u (i32.const 20)))) (return)))
    (call $filesystem/types.descriptor.read-via-stream (i32.load (i32.const 20)) (i64.const 0) ${AT})
    (call $io/streams.input-stream.blocking-read (i32.load (i32.const 20)) (i64.const 9) ${AT})
    (call $report (i32.load8_u (i32.load (i32.const 20)))))`;
}

let count = 0;

/** The command's result, after a run and a replay that came out the same. */
async function run(
  handler: Uint8Array,
  cedar: string,
  draft: Partial<ObjectDraft> = {},
  before: (path: string) => Promise<unknown> = async () => {},
): Promise<Value | undefined> {
  count += 1;
  const path = await world.object(`files-${count}`, {}, { handler, embed: true, files: FILES, ...draft });
  await before(path);
  await world.node({ policy: policySet(cedar) }).run(path);
  expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true, replay: [{ kind: 'same' }] });
  const { entries } = await world.node().show(path);
  const body = ofKind(entries, 'proposal')[0]?.body.body;
  return (body as { readonly result?: Value } | undefined)?.result;
}

const ALL = 'permit(principal, action, resource);';

describe('a file that the object carries', () => {
  test('is read, and its reading is an entry', async () => {
    const { bytes } = await buildCommand(imports, reading('docs/price.txt'));
    expect(await run(bytes, ALL)).toBe('42');
    const { entries } = await world.node().show(world.path(`files-${count}`));
    expect(ofKind(entries, 'call').map(({ body }) => [body.operation, body.request])).toEqual([
      ['files.read', { path: 'docs/price.txt' }],
    ]);
  });

  test('is read from an object that left its past in an archive', async () => {
    const { bytes } = await buildCommand(imports, reading('docs/price.txt'));
    const archive = (path: string) => world.node().archive(path, { to: `${path}.1`, withoutHandler: false });
    expect(await run(bytes, ALL, {}, archive)).toBe('42');
  });

  test('is read only where policy permits its path', async () => {
    const docs = `permit(principal, action, resource) unless { resource is File };
      permit(principal, action == Action::"files.read", resource is File) when { resource.path like "docs/*" };`;
    expect(await run((await buildCommand(imports, reading('docs/price.txt'))).bytes, docs)).toBe('42');
    // access
    expect(await run((await buildCommand(imports, reading('secret.txt'))).bytes, docs)).toBe('100');
  });

  test('is not there where the scope has no files.read', async () => {
    const { bytes } = await buildCommand(imports, reading('docs/price.txt'));
    const scope = { capabilities: ['http.*'], zones: [], depth: 0 };
    expect(await run(bytes, ALL, { scope })).toBe('1000');
    expect(await run(bytes, ALL, { files: {} })).toBe('1000');
  });

  test.each([
    ['a file that is not there', 'docs/other.txt', {}, 20],
    ['a way out of the tree', 'docs/../../secret.txt', {}, 31],
    ['an absolute path', '/docs/price.txt', {}, 31],
    ['a file to write', 'docs/price.txt', { flags: 3 }, 33],
    ['a file to truncate', 'docs/price.txt', { openFlags: 8 }, 33],
    ['a file to make', 'new.txt', { openFlags: 1 }, 33],
    ['a file as a directory', 'docs/price.txt', { openFlags: 2 }, 24],
  ])('gives an error for %s', async (_what, path, flags, error) => {
    expect(await run((await buildCommand(imports, reading(path, flags))).bytes, ALL)).toBe(String(100 + error));
  });

  test('is found by what was built for the first preview', async () => {
    const proposal = '{"action":{"tag":"termination","achieved":true,"result":"*!"},"rationale":""}';
    const head = proposal.indexOf('*');
    const { bytes } = await buildPreview1(`(module
      (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (data (i32.const 64) "docs/price.txt") (data (i32.const 256) "${proposal.replaceAll('"', '\\22')}")
      (func (export "_start")
        (if (call $open (i32.const 3) (i32.const 1) (i32.const 64) (i32.const 14) (i32.const 0) (i64.const 2) (i64.const 0)
          (i32.const 0) (i32.const 32)) (then (call $exit (i32.const 1))))
        (i32.store (i32.const 0) (i32.const ${256 + head})) (i32.store (i32.const 4) (i32.const 2))
        (if (call $read (i32.load (i32.const 32)) (i32.const 0) (i32.const 1) (i32.const 36)) (then (call $exit (i32.const 1))))
        (i32.store (i32.const 0) (i32.const 256)) (i32.store (i32.const 4) (i32.const ${proposal.length}))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 36)))))`);
    expect(await run(bytes, ALL)).toBe('"*!"');
  });

  test('can’t have a path that leads elsewhere', async () => {
    const { bytes: handler } = await buildCommand(imports, reading('a'));
    const made = world.object('outside', {}, { handler, files: { '../a': new Uint8Array() } });
    await expect(made).rejects.toMatchObject({ code: 'context.invalid' });
  });
});
