/**
 * The tree from files alone: real objects, made and run by real nodes, then moved, lost, copied and forged. Who looks has no key, and
 * nothing of the nodes.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createObject } from '../../host/node/create.ts';
import { generateKey, nativeHash } from '../../host/node/native.ts';
import type { Tree, TreeNode } from '../../host/node/tree.ts';
import { treeJson } from '../../host/node/tree-json.ts';
import type { Genesis } from '../../host/object/model.ts';
import { CREATOR, ObjectBuilder, sampleGenesis } from '../object/builder.ts';
import { childPath, script, spawn } from './family.ts';
import { createWorld, propose } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
}, 60_000);

afterAll(() => world.close());

interface Family {
  readonly root: string;
  readonly left: string;
  readonly right: string;
  readonly grandchild: string;
  readonly folder: string;
}

/** A root with two children, one of them with a child of its own; all but the right one have ended and are known to have. */
async function makeFamily(name: string): Promise<Family> {
  const [here, there] = [world.node(), world.node({ signer: generateKey().signer })];
  const wait = propose.sleep([{ tag: 'signal', val: 'go' }]);
  const root = await world.object(
    `${name}/root`,
    script(
      spawn(
        'left',
        script(spawn('leaf', script(propose.finish('leaf')), { budgets: { cycles: 3 } }), wait, propose.finish('left')),
        {
          budgets: { cycles: 20, cents: 50 },
        },
      ),
      spawn('right', script(wait, propose.finish('right')), { budgets: { cycles: 5, cents: 10 } }),
      wait,
      propose.finish('root'),
    ),
    { embed: true, budgets: { cycles: 100, counters: { cents: 100 } } },
  );
  await here.run(root);
  const left = await childPath(world, here, root, 'left');
  const right = await childPath(world, here, root, 'right');
  await there.run(left);
  await here.run(right);
  const grandchild = await childPath(world, here, left, 'leaf');
  await here.run(grandchild);
  await here.witness(left, grandchild);
  await there.signal(left, 'go', null);
  await there.run(left);
  await here.witness(root, left);
  return { root, left, right, grandchild, folder: dirname(root) };
}

/** The folder as it is, under another name. */
function copyFolder({ folder }: Family, name: string): string {
  const to = `${folder}-${name}`;
  mkdirSync(to);
  for (const file of readdirSync(folder))
    if (file.endsWith('.sojourn')) copyFileSync(join(folder, file), join(to, file));
  return to;
}

async function treeOf(folder: string, root?: string): Promise<Tree> {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sojourn'))
    .toSorted();
  return world.node({ signer: null, policy: null }).tree(
    files.map((file) => join(folder, file)),
    root === undefined ? {} : { root },
  );
}

function all(nodes: readonly TreeNode[]): readonly TreeNode[] {
  return nodes.flatMap((node) => [node, ...all(node.children)]);
}

function problemsOf(tree: Tree): readonly string[] {
  return all(tree.roots).flatMap((node) => node.problems);
}

/** The object's first part (genesis and blobs) with another genesis, by a node of its own. */
function forge(path: string, genesis: Genesis): void {
  const { signer } = generateKey();
  const context = { ...genesis.context, creator: signer.publicKey };
  writeFileSync(
    path,
    createObject({ genesis: { ...genesis, context }, blobs: [], signer, hash: nativeHash, limits: DEFAULT_LIMITS })
      .bytes,
  );
}

describe('a tree', { timeout: 60_000 }, () => {
  let family: Family;
  beforeAll(async () => {
    family = await makeFamily('whole');
  }, 60_000);

  test('is rebuilt whole, with results and what was carved, spent and brought back', async () => {
    const tree = await treeOf(family.folder);
    expect([tree.ok, tree.missing, tree.broken, problemsOf(tree)]).toEqual([true, 0, [], []]);
    expect(tree.roots.map(({ file }) => file)).toEqual([family.root]);
    const json = JSON.parse(JSON.stringify(treeJson(tree)));
    expect(json.roots[0]).toMatchObject({
      name: null,
      status: 'dormant',
      known: null,
      budgets: [
        // two children and three cycles; the left one used 5 of 20: its own four, and the one of its child
        { name: 'cycles', limit: 100, carved: 25, back: 15, spent: 13 },
        { name: 'cents', limit: 100, carved: 60, back: 50, spent: 10 },
      ],
      children: [
        {
          name: 'left',
          file: family.left,
          status: 'terminated',
          end: { achieved: true, result: 'left' },
          known: { status: 'returned', end: { achieved: true, result: 'left', late: false } },
          children: [{ name: 'leaf', file: family.grandchild, end: { result: 'leaf' } }],
        },
        { name: 'right', file: family.right, status: 'dormant', end: null, known: { status: 'running' } },
      ],
    });
  });

  test('from one object down is that one and those below it', async () => {
    const tree = await treeOf(family.folder, family.left);
    expect(all(tree.roots).map(({ name }) => name)).toEqual(['left', 'leaf']);
    expect(tree.ok).toBe(true);
  });

  test('names the files that are not there, and what is known of them all the same', async () => {
    const folder = copyFolder(family, 'lost');
    rmSync(join(folder, basename(family.left)));
    const tree = await treeOf(folder);
    expect([tree.ok, tree.missing]).toEqual([true, 2]);
    expect(tree.roots.map(({ name }) => name)).toEqual(['leaf', null]);
    const left = tree.roots[1]?.children[0];
    expect(left).toMatchObject({ name: 'left', file: null, link: { status: 'returned', end: { result: 'left' } } });
  });

  test('takes a copy beside the object for what it is, and another branch for what that is', async () => {
    const folder = copyFolder(family, 'copies');
    copyFileSync(join(folder, basename(family.right)), join(folder, 'copy.sojourn'));
    expect((await treeOf(folder)).ok).toBe(true);
    const [one, two] = [join(folder, basename(family.right)), join(folder, 'copy.sojourn')];
    await world.node().signal(one, 'go', 1);
    await world.node().signal(two, 'go', 2);
    await world.node().run(two);
    const tree = await treeOf(folder);
    expect(tree.ok).toBe(false);
    expect(problemsOf(tree)).toEqual([expect.stringContaining('another branch')]);
  });

  test('says of a child that is older than its parent was told that it is', async () => {
    const old = copyFolder(family, 'old');
    const early = copyFolder(family, 'early');
    await world.node().signal(join(old, basename(family.right)), 'go', null);
    await world.node().run(join(old, basename(family.right)));
    await world.node().witness(join(old, basename(family.root)), join(old, basename(family.right)));
    expect((await treeOf(old)).ok).toBe(true);
    copyFileSync(join(early, basename(family.right)), join(old, basename(family.right)));
    const tree = await treeOf(old);
    expect(tree.ok).toBe(false);
    expect(problemsOf(tree)).toEqual([
      expect.stringContaining('a copy that is older'),
      expect.stringContaining('found it going on'),
    ]);
  });

  test('names a file that was altered, and goes on with the others', async () => {
    const folder = copyFolder(family, 'broken');
    const path = join(folder, basename(family.grandchild));
    const bytes = readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path, bytes);
    const tree = await treeOf(folder);
    expect(tree).toMatchObject({
      ok: false,
      missing: 1,
      broken: [{ file: path, message: expect.stringContaining('entry') }],
    });
    await expect(treeOf(folder, path)).rejects.toMatchObject({
      code: expect.stringMatching(/^object\./),
      message: expect.stringContaining('entry'),
    });
  });

  test.each<[string, (parent: Genesis['context']['parent'] & object) => Genesis['context']['parent'] & object]>([
    ['that is claimed by a stranger', (parent) => parent],
    ['with another name', (parent) => ({ ...parent, name: 'favourite' })],
    ['with a lie about its generation', (parent) => ({ ...parent, generation: 3 })],
  ])('does not take in a child %s', async (what, change) => {
    const folder = copyFolder(family, `forged-${what.replaceAll(' ', '-')}`);
    const { state } = await world.node().show(family.right);
    const { genesis } = state;
    const parent = genesis.context.parent!;
    forge(join(folder, 'forged.sojourn'), {
      ...genesis,
      context: { ...genesis.context, parent: change(parent), scope: { ...genesis.context.scope, depth: 0 } },
    });
    const tree = await treeOf(folder);
    expect(tree.ok).toBe(false);
    expect(tree.roots).toHaveLength(2);
    expect(problemsOf(tree)).toEqual([expect.stringContaining('expected its parent to name it')]);
  });

  test('finds out a node that made a child wider than it wrote down, and takes no result of it', async () => {
    const { context } = sampleGenesis(CREATOR);
    const own = { ...context, scope: { capabilities: ['http.*'], zones: [], depth: 1 }, budgets: {} };
    const parent = new ObjectBuilder(CREATOR, { context: own });
    parent.seal();
    const wide = { capabilities: ['http.*'], zones: [], depth: 0 };
    const link = { id: parent.id, seq: 5, generation: 1, name: 'part' };
    const child = new ObjectBuilder(CREATOR, { context: { ...own, scope: wide, parent: link } });
    child.seal();
    const { intent, handler, nonce } = sampleGenesis(null);
    const narrow = { ...wide, capabilities: ['http.send'] };
    parent.open();
    parent.propose('delegation', { name: 'part' });
    parent.add({
      kind: 'child',
      body: { name: 'part', id: child.id, nonce, handler, intent, scope: narrow, budgets: {} },
    });
    parent.outcome({ action: 'delegation' });
    parent.seal();
    const paths = [parent, child].map((builder, index) => {
      const path = world.path(`wider-${index}`);
      writeFileSync(path, builder.bytes());
      return path;
    });
    const tree = await world.node().tree(paths);
    expect([tree.ok, problemsOf(tree)]).toEqual([false, [expect.stringContaining('scope: expected')]]);
    await expect(world.node().witness(paths[0]!, paths[1]!)).rejects.toMatchObject({
      code: 'witness.invalid',
      message: expect.stringContaining('scope: expected'),
    });
  });
});
