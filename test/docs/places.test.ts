/** Runs the programs of docs/stores.md and docs/edge.md as they stand there, over a folder that a real node has worked in. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFolderStore } from '../../host/store/folder.ts';
import { createSqliteStore } from '../../host/store/sqlite.ts';
import { createNodes, within } from '../node/service/nodes.ts';
import type { Nodes } from '../node/service/nodes.ts';
import { propose } from '../node/world.ts';
import { readAll } from '../store/object-contract.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
let nodes: Nodes;
let folder: string;
/** Of three objects: one sleeps, one has ended, one has left. */
let ids: Record<'asleep' | 'ended' | 'left', string>;

beforeAll(async () => {
  nodes = await createNodes();
  folder = mkdtempSync(join(nodes.folder, 'pages-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'sojourn'));
  for (const name of ['all', 'stick']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'all', 'set.json'), '{ "name": "all" }');
  writeFileSync(join(folder, 'all', 'main.cedar'), 'permit(principal, action, resource);');
  const node = await nodes.node({ store: await createFolderStore(join(folder, 'objects')) });
  const make = async (script: ReturnType<typeof propose.finish>): Promise<string> => {
    const { id } = await node.create(nodes.draft({ '*': script }));
    await node.settled(id, within());
    return id;
  };
  const sleep = propose.sleep([{ tag: 'signal', val: 'go' }]);
  ids = { asleep: await make(sleep), ended: await make(propose.finish()), left: await make(sleep) };
  await readAll((await node.handOver(ids.left)).bytes);
  await node.close();
  cpSync(join(folder, 'objects'), join(folder, 'edge'), { recursive: true });
}, 120_000);

afterAll(async () => {
  await nodes.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the program of this name, in this page, prints. */
async function run(page: string, program: string): Promise<readonly string[]> {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  for (const [, name = '', code = ''] of text.matchAll(/```ts\n\/\/ ([\w.]+)[^\n]*\n([\s\S]*?)```/g))
    if (name === program) writeFileSync(join(folder, name), code);
  const args = ['--conditions=sojourn-source', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  return stdout.trim().split('\n').toSorted();
}

it('docs/stores.md moves objects, marks and handlers from a folder into a database', { timeout: 60_000 }, async () => {
  await run('stores.md', 'move.ts');
  const [from, to] = [
    await createFolderStore(join(folder, 'objects')),
    await createSqliteStore(join(folder, 'node.db')),
  ];
  try {
    for (const [what, id] of Object.entries(ids)) {
      expect(await to.find(id)).toMatchObject({ mark: what === 'left' ? 'left' : null });
      expect(Buffer.compare(await readAll(to.read(id)), await readAll(from.read(id)))).toBe(0);
    }
    const handlers = await from.handlers();
    expect(handlers).toHaveLength(1);
    expect(await to.handlers()).toEqual(handlers);
  } finally {
    await to.close();
    await from.close();
  }
});

it('docs/edge.md carries what a node has to a folder, once', { timeout: 60_000 }, async () => {
  const all = Object.values(ids).toSorted();
  expect(await run('edge.md', 'carry.ts')).toEqual(all.map((id) => `new ${id}`));
  const files = [`${ids.asleep}.left`, `${ids.ended}.sojourn`, `${ids.left}.left`];
  expect(readdirSync(join(folder, 'stick')).toSorted()).toEqual(files.toSorted());
  expect(await run('edge.md', 'carry.ts')).toEqual(all.map((id) => `same ${id}`));
});
