/**
 * A read-only tree of directories and files, by their paths. A path is walked name by name and can't leave the directory that it begins
 * in; there are no links. Pure.
 */

export interface FileNode {
  readonly kind: 'file';
  readonly path: string;
  readonly size: number;
}

export interface DirectoryNode {
  readonly kind: 'directory';
  readonly path: string;
  readonly entries: Map<string, TreeNode>;
}

export type TreeNode = FileNode | DirectoryNode;

/** A `error-code` of `wasi:filesystem`. */
export type PathError = 'no-entry' | 'not-directory' | 'not-permitted' | 'name-too-long';

const PATH_CHARS = 1024;

/** Names that are a file here and a directory there: the first stays. */
export function createTree(files: readonly { readonly path: string; readonly size: number }[]): DirectoryNode {
  const root = createDirectory('');
  for (const { path, size } of files) {
    const names = path.split('/');
    const name = names.pop() ?? '';
    let at: TreeNode | undefined = root;
    for (const step of names) at = at?.kind === 'directory' ? enter(at, step) : undefined;
    if (at?.kind === 'directory' && !at.entries.has(name)) at.entries.set(name, { kind: 'file', path, size });
  }
  return root;
}

/** What `path` leads to from `start`. */
export function walk(start: DirectoryNode, path: string): TreeNode | PathError {
  if (path.length > PATH_CHARS) return 'name-too-long';
  if (path.startsWith('/')) return 'not-permitted';
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const above: DirectoryNode[] = [];
  let at: TreeNode = start;
  for (const name of names) {
    if (at.kind === 'file') return 'not-directory';
    const next: TreeNode | undefined = name === '..' ? above.pop() : at.entries.get(name);
    if (next === undefined) return name === '..' ? 'not-permitted' : 'no-entry';
    if (name !== '..') above.push(at);
    at = next;
  }
  return path.endsWith('/') && at.kind === 'file' ? 'not-directory' : path === '' ? 'no-entry' : at;
}

function createDirectory(path: string): DirectoryNode {
  return { kind: 'directory', path, entries: new Map() };
}

function enter(parent: DirectoryNode, name: string): TreeNode {
  const found = parent.entries.get(name);
  if (found !== undefined) return found;
  const made = createDirectory(parent.path === '' ? name : `${parent.path}/${name}`);
  parent.entries.set(name, made);
  return made;
}
