/**
 * `sojourn tree`: who made whom, from the files alone, and whether every link holds. Exit code 1 where one does not.
 */
import type { Command } from 'commander';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { budgetRows, treeJson } from '../node/tree-json.ts';
import type { Tree, TreeNode } from '../node/tree.ts';
import { toStoreError } from '../store/store-error.ts';
import { addCommand, collect } from './command.ts';
import type { Session } from './command.ts';
import { describeChildStatus } from './describe-child.ts';
import { addTokenOption } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { isUrl } from './node-url.ts';
import { withHost } from './open-host.ts';
import { shortId, showCount, showNumber } from './quantities.ts';
import { findFamily } from './remote-family.ts';
import { openRemote } from './remote.ts';
import { cleanLine } from './safe-text.ts';
import type { Terminal } from './terminal.ts';

const TEXT = {
  summary: 'show parents and children, from their files alone',
  description:
    'Rebuilds the tree of an object and its children from the files in its folder (*.sojourn), or that of all objects in a folder. Every file is verified and every link is checked from both sides: that the child is what its parent wrote down, within its scope and budgets, and that results and what is known of each other stand in both files. Files that are not there are named. Needs no key, no policy and no network.\n\nExit code 0: all holds. 1: a file or a link does not.',
  examples: ['tree order.sojourn', 'tree order.sojourn --in policies', 'tree . --json'],
};
const SUFFIX = '.sojourn';

interface TreeFlags extends TokenFlags {
  readonly in?: readonly string[];
}

export function addTree(program: Command, session: Session): void {
  const command = addCommand(program, 'tree', TEXT)
    .argument(
      '<object-or-folder>',
      'where the tree begins: a file, or an address at a node; or a folder for all that is in it',
    )
    .option('--in <folder>', 'look for objects there, too; may be repeated', collect);
  addTokenOption(command).action((path: string, flags: TreeFlags) => showTree(path, flags, session));
}

async function showTree(path: string, flags: TreeFlags, session: Session): Promise<void> {
  const { terminal } = session;
  const remote = await openRemote([path], flags, session);
  const isFolder = remote === null && (await isDirectory(path));
  const folders = [...(isUrl(path) ? [] : [isFolder ? path : dirname(path)]), ...(flags.in ?? [])];
  const found = (await Promise.all(folders.map((folder) => objectsIn(folder)))).flat();
  const files = [...new Set(isFolder ? found : [path, ...found.map((file) => (sameFile(file, path) ? path : file))])];
  await withHost({ remote }, async (host) => {
    const family = remote === null ? [] : await findFamily(path, remote, host, terminal);
    terminal.progress('reading and verifying …');
    const tree = await host.tree([...files, ...family], isFolder ? {} : { root: path });
    session.exitCode = tree.ok ? 0 : 1;
    terminal.document(treeJson(tree));
    for (const line of treeLines(tree, terminal)) terminal.line(line);
  });
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw toStoreError(path, error, 'reading');
  }
}

async function objectsIn(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith(SUFFIX))
      .toSorted()
      .map((name) => join(folder, name));
  } catch (error) {
    throw toStoreError(folder, error, 'reading');
  }
}

function sameFile(a: string, b: string): boolean {
  return !isUrl(b) && join(a) === join(b);
}

function treeLines({ roots, broken, missing, ok }: Tree, terminal: Terminal): readonly string[] {
  const held = ok
    ? terminal.paint('good', 'every file and every link holds')
    : terminal.paint('bad', 'not everything holds');
  const lost = missing === 0 ? '' : `; the files of ${showCount(missing, 'object')} are not here`;
  return [
    ...roots.flatMap((node) => nodeLines(node, '', '', terminal)),
    ...broken.map(
      ({ file, message }) => `${terminal.paint('bad', 'broken')} ${cleanLine(file)}: ${cleanLine(message)}`,
    ),
    `${held}${lost}`,
  ];
}

/** `head` stands in front of the first line, `rest` of those below. */
function nodeLines(node: TreeNode, head: string, rest: string, terminal: Terminal): readonly string[] {
  const { name, id, file, problems, children } = node;
  const title = `${head}${terminal.paint('strong', name === null ? 'object' : cleanLine(name, 64))} ${shortId(id)}  ${describeNode(node)}`;
  const where = file === null ? [] : [terminal.paint('faint', `${cleanLine(file)}${describeBudgets(node)}`)];
  const indent = `${rest}${children.length > 0 ? '│  ' : '   '}`;
  return [
    title,
    ...where.map((text) => `${indent}${text}`),
    ...problems.map((text) => `${indent}${terminal.paint('bad', 'does not hold')}: ${cleanLine(text)}`),
    ...children.flatMap((child, index) => {
      const lastOne = index === children.length - 1;
      return nodeLines(child, `${rest}${lastOne ? '└─ ' : '├─ '}`, `${rest}${lastOne ? '   ' : '│  '}`, terminal);
    }),
  ];
}

function describeNode({ state, link }: TreeNode): string {
  const own = state === null ? 'no file here' : STATUS[state.status];
  return link === null ? own : `${own}; its parent: ${describeChildStatus(link)}`;
}

const STATUS = { active: 'active', dormant: 'asleep', terminated: 'ended' } as const;

function describeBudgets({ state }: TreeNode): string {
  if (state === null) return '';
  return budgetRows(state)
    .map(({ name, limit, spent, carved, back }) => {
      const given = carved === 0 ? '' : ` (children were given ${showNumber(carved)}, ${showNumber(back)} came back)`;
      return `  ${cleanLine(name, 32)} ${showNumber(spent)}${limit === null ? '' : ` of ${showNumber(limit)}`}${given}`;
    })
    .join(',');
}
