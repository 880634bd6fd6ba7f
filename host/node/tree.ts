/**
 * The tree of parents and children, rebuilt from their files alone (R52): each file is verified, each link checked from both sides.
 * Takes no lock and changes nothing. What does not hold is told, never thrown.
 */
import { SojournError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { hex } from '../json.ts';
import { checkKinship } from '../kernel/kinship.ts';
import type { Limits } from '../limits.ts';
import type { Child } from '../object/child.ts';
import type { ItemIndex } from '../object/item-index.ts';
import type { Entry, EntryOf } from '../object/model.ts';
import type { State } from '../object/state.ts';
import { expectSound, loadObject } from './load.ts';
import type { Loaded } from './load.ts';
import type { HostPorts } from './host-ports.ts';
import { readEntries } from './read-entries.ts';

const ARCHIVED = 'archived';
/** Files of one tree. */
const MAX_FILES = 10_000;

export interface TreeNode {
  readonly id: string;
  /** Its parent's name for it; its own where the parent's file is not there; null for one without parent. */
  readonly name: string | null;
  /** Null where its file is not there. */
  readonly file: string | null;
  readonly state: State | null;
  /** What its parent knows of it; null for a root. */
  readonly link: Child | null;
  /** In which its file and others do not agree. */
  readonly problems: readonly string[];
  readonly children: readonly TreeNode[];
}

export interface Tree {
  readonly roots: readonly TreeNode[];
  /** Files that do not hold, and why. */
  readonly broken: readonly { readonly file: string; readonly code: ErrorCode; readonly message: string }[];
  /** Objects that are named and whose files are not there. */
  readonly missing: number;
  /** True where every file and every link holds. */
  readonly ok: boolean;
}

interface Member {
  readonly file: string;
  readonly state: State;
  /** `child` entries by position. */
  readonly entries: ReadonlyMap<number, EntryOf<'child'>>;
  readonly index: ItemIndex;
  readonly chain: Loaded['chain'];
  /** False where a confidential body stayed closed, so that the state behind it is not known. */
  readonly whole: boolean;
  readonly problems: string[];
}

type Members = ReadonlyMap<string, Member>;
type TreePorts = Pick<HostPorts, 'store' | 'hash' | 'verify'>;

/**
 * `files` are names in the store; with `root`, one of them, only the tree below it. Errors: `store.*` for a file that can't be read,
 * `usage` for too many, `object.*` for a root that does not hold.
 */
export async function readTree(
  files: readonly string[],
  ports: TreePorts,
  limits: Limits,
  root?: string,
): Promise<Tree> {
  if (files.length > MAX_FILES)
    throw new SojournError('usage', `tree: expected at most ${MAX_FILES} files, found ${files.length}`);
  const members = new Map<string, Member>();
  const broken: Tree['broken'][number][] = [];
  for (const file of files) {
    const read = await readMember(file, ports, limits);
    if ('message' in read) broken.push(read);
    else await addMember(members, read, ports, limits);
  }
  for (const member of members.values()) await checkKnown(member, members, ports, limits);
  const grow = createGrower(members, ports);
  const all = [...members.values()];
  const tops =
    root === undefined ? all.filter((member) => linkOf(member, members) === null) : [findRoot(all, root, broken)];
  for (const top of tops) checkClaim(top, members);
  const roots = tops.map((top) => grow(top, linkOf(top, members)));
  const lost = new Set(tops.flatMap(({ state }) => parentIds(state)).filter((id) => !members.has(id)));
  const { missing, problems } = countIn(roots);
  return { roots, broken, missing: missing + lost.size, ok: broken.length === 0 && problems === 0 };
}

async function readMember(file: string, ports: TreePorts, limits: Limits): Promise<Member | Tree['broken'][number]> {
  const entries = new Map<number, EntryOf<'child'>>();
  const onEntry = (entry: Entry): void => {
    if (entry.kind === 'child') entries.set(entry.seq, entry);
  };
  try {
    const loaded = expectSound(await loadObject(ports.store.read(file), { ports, limits, onEntry }), file);
    return {
      file,
      state: loaded.sealed,
      entries,
      index: loaded.index,
      chain: loaded.chain,
      whole: loaded.confidential.closedAt === null,
      problems: [],
    };
  } catch (error) {
    if (!(error instanceof SojournError) || error.code.startsWith('store.')) throw error;
    return { file, code: error.code, message: error.message };
  }
}

/** Of two copies of one object the longer one counts, and the other must be its beginning. */
async function addMember(members: Map<string, Member>, found: Member, ports: TreePorts, limits: Limits): Promise<void> {
  const id = hex(found.state.id);
  const there = members.get(id);
  if (there === undefined) return void members.set(id, found);
  const [longer, shorter] = there.chain.seq >= found.chain.seq ? [there, found] : [found, there];
  longer.problems.push(...shorter.problems);
  const head = await hashAt(longer, shorter.chain.seq, ports, limits);
  if (head !== ARCHIVED && head !== hex(shorter.chain.head))
    longer.problems.push(`expected copies of one history, found another branch of it in ${shorter.file}`);
  members.set(id, longer);
}

/** SHA-256 (hexadecimal) of the item at this position, by the entry behind it; `archived` where that is not in the file. */
async function hashAt(member: Member, seq: number, { store }: TreePorts, limits: Limits): Promise<string | null> {
  const { file, index, chain } = member;
  if (seq > chain.seq) return null;
  if (seq === chain.seq) return hex(chain.head);
  const read = (offset: number): AsyncIterable<Uint8Array> => store.read(file, offset);
  // a header needs no key
  const source = { read, index, blobs: new Map(), limits: limits.object, open: null };
  for await (const entry of readEntries(source, seq + 1, seq + 1)) return hex(entry.prev);
  return ARCHIVED;
}

/** What an object was told of its parent and its children stands in their files, too. */
async function checkKnown(member: Member, members: Members, ports: TreePorts, limits: Limits): Promise<void> {
  const { state } = member;
  const parent = state.genesis.context.parent;
  const kin = new Set(Array.from(state.children.values(), ({ id }) => id));
  if (parent !== null) kin.add(hex(parent.id));
  for (const [id, known] of state.objects) {
    const other = members.get(id);
    if (other === undefined || !kin.has(id)) continue;
    const found = await hashAt(other, known.at - 1, ports, limits);
    if (found === known.head || found === ARCHIVED) continue;
    const what = found === null ? 'a copy that is older' : 'another branch';
    other.problems.push(`expected entry ${known.at} as ${hex(state.id)} was told of it, found ${what}`);
  }
}

/** How an object stands to one that made it. */
interface Link {
  readonly parent: Member;
  readonly name: string;
  readonly child: Child;
}

/** Makes nodes downwards, each object once. */
function createGrower(members: Members, ports: TreePorts): (member: Member, link: Link | null) => TreeNode {
  const grown = new Set<string>();

  return function grow(member: Member, link: Link | null): TreeNode {
    const { state, file } = member;
    const id = hex(state.id);
    const name = link?.name ?? state.genesis.context.parent?.name ?? null;
    const problems = [...member.problems, ...(link === null ? [] : kinshipOf(member, link, ports))];
    const node = { id, name, file, state, link: link?.child ?? null, problems };
    if (grown.has(id))
      return { ...node, problems: [...problems, 'expected each object once, found it twice'], children: [] };
    grown.add(id);
    const children = Array.from(state.children, ([childName, child]) => {
      const found = members.get(child.id);
      return found === undefined ? absent(childName, child) : grow(found, { parent: member, name: childName, child });
    });
    return { ...node, children };
  };
}

function kinshipOf({ state, whole }: Member, { parent, name, child }: Link, { hash }: TreePorts): readonly string[] {
  const entry = parent.entries.get(child.seq) ?? null;
  return checkKinship(
    { parent: parent.state, name, link: whole ? child : { ...child, end: null }, entry, child: state },
    hash,
  );
}

function absent(name: string, link: Child): TreeNode {
  return { id: link.id, name, file: null, state: null, link, problems: [], children: [] };
}

/** The link from the parent's side; null where the parent's file is not there, or does not name the object. */
function linkOf({ state }: Member, members: Members): Link | null {
  const id = hex(state.id);
  for (const parentId of parentIds(state)) {
    const parent = members.get(parentId);
    for (const [name, child] of parent?.state.children ?? [])
      if (parent !== undefined && child.id === id) return { parent, name, child };
  }
  return null;
}

/** An object that claims a parent which does not know it. */
function checkClaim(member: Member, members: Members): void {
  if (linkOf(member, members) !== null) return;
  for (const id of parentIds(member.state)) {
    const found = members.get(id);
    if (found !== undefined)
      member.problems.push(`expected its parent to name it, found no such child in ${found.file}`);
  }
}

function parentIds({ genesis }: State): readonly string[] {
  const { parent } = genesis.context;
  return parent === null ? [] : [hex(parent.id)];
}

function findRoot(members: readonly Member[], file: string, broken: Tree['broken']): Member {
  const found = members.find((member) => member.file === file);
  if (found !== undefined) return found;
  const held = broken.find((other) => other.file === file);
  if (held !== undefined) throw new SojournError(held.code, held.message);
  throw new SojournError(
    'usage',
    `tree: ${file}: expected the longest copy of the object, found a longer one beside it`,
  );
}

function countIn(nodes: readonly TreeNode[]): { readonly missing: number; readonly problems: number } {
  let [missing, problems] = [0, 0];
  for (const node of nodes) {
    const below = countIn(node.children);
    missing += below.missing + (node.file === null ? 1 : 0);
    problems += below.problems + node.problems.length;
  }
  return { missing, problems };
}
