/**
 * `wasi:filesystem`: the files that the object carries, read-only and in memory, where its scope has `files.read`; opening one is that
 * capability, which policy decides by path. Else no directory is open. No path of the host's is ever looked at.
 */
import { createHash } from 'node:crypto';
import { WASI_LIMITS } from '../../limits.ts';
import type { GuestErrorCode } from '../../ports.ts';
import { Failure, Resource, guard } from './resource.ts';
import type { Interface } from './resource.ts';
import { sourceOf } from './streams.ts';
import { createTree, walk } from './tree.ts';
import type { DirectoryNode, TreeNode } from './tree.ts';
import type { WasiParts } from './parts.ts';

/** An open directory, or a file with its content. */
type Opened = DirectoryNode | { readonly kind: 'file'; readonly path: string; readonly bytes: Uint8Array };

interface OpenFlags {
  readonly create?: boolean;
  readonly directory?: boolean;
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
}

interface DescriptorFlags {
  readonly write?: boolean;
  readonly mutateDirectory?: boolean;
}

export function createFilesystem(parts: WasiParts): { readonly [name: string]: Interface } {
  const { evaluation } = parts;
  const DirectoryEntryStream = createEntryStreamClass(parts);
  const Descriptor = createDescriptorClass(parts, (entries) => new DirectoryEntryStream(entries));
  const root = createTree(evaluation.situation.files ?? []);
  return {
    'filesystem/types': guard(evaluation, { Descriptor, DirectoryEntryStream, filesystemErrorCode: () => undefined }),
    'filesystem/preopens': guard(evaluation, {
      getDirectories: () => (root.entries.size === 0 ? [] : [[new Descriptor(root), '/']]),
    }),
  };
}

function createEntryStreamClass({ evaluation }: WasiParts) {
  return class DirectoryEntryStream extends Resource {
    readonly #entries: Iterator<readonly [string, TreeNode]>;

    constructor(entries: ReadonlyMap<string, TreeNode>) {
      super(evaluation);
      this.#entries = entries.entries();
    }

    readDirectoryEntry(): unknown {
      const next = this.#entries.next();
      return next.done === true ? undefined : { type: typeOf(next.value[1]), name: next.value[0] };
    }
  };
}

function createDescriptorClass(
  { evaluation, call, streams }: WasiParts,
  listEntries: (entries: ReadonlyMap<string, TreeNode>) => Resource,
) {
  const open = async (node: TreeNode): Promise<Opened> => {
    if (node.kind === 'directory') return node;
    const answer = await call('files.read', { path: node.path });
    if (!answer.ok) throw new Failure(ERRORS[answer.error] ?? 'io');
    return { kind: 'file', path: node.path, bytes: answer.value as Uint8Array }; // the contract's reply function made it
  };
  const refuse = () => {
    throw new Failure('read-only');
  };
  class Descriptor extends Resource {
    readonly #node: Opened;

    constructor(node: Opened) {
      super(evaluation);
      this.#node = node;
    }

    async openAt(_follow: unknown, path: string, how: OpenFlags, flags: DescriptorFlags): Promise<Descriptor> {
      const found = this.#find(path, how.create === true ? 'read-only' : 'no-entry');
      if (how.create === true && how.exclusive === true) throw new Failure('exist');
      if (how.truncate === true || flags.write === true || flags.mutateDirectory === true)
        throw new Failure('read-only');
      if (how.directory === true && found.kind === 'file') throw new Failure('not-directory');
      return new Descriptor(await open(found));
    }

    readViaStream(offset: bigint): Resource {
      return streams.input(sourceOf(from(this.#bytes(), offset)));
    }

    read(length: bigint, offset: bigint): [Uint8Array, boolean] {
      const rest = from(this.#bytes(), offset);
      const most = length > BigInt(WASI_LIMITS.pieceBytes) ? WASI_LIMITS.pieceBytes : Number(length);
      const piece = rest.subarray(0, most);
      evaluation.move(piece.length);
      return [piece, piece.length === rest.length];
    }

    readDirectory(): Resource {
      if (this.#node.kind === 'file') throw new Failure('not-directory');
      return listEntries(this.#node.entries);
    }

    getFlags(): unknown {
      void this.#node;
      return { read: true };
    }

    getType(): string {
      return typeOf(this.#node);
    }

    stat(): unknown {
      return statOf(this.#node);
    }

    statAt(_follow: unknown, path: string): unknown {
      return statOf(this.#find(path));
    }

    isSameObject(other: Descriptor): boolean {
      return this.#node.path === other.#node.path && this.#node.kind === other.#node.kind;
    }

    metadataHash(): unknown {
      return hashOf(this.#node);
    }

    metadataHashAt(_follow: unknown, path: string): unknown {
      return hashOf(this.#find(path));
    }

    advise(): void {
      void this.#node;
    }

    sync(): void {
      void this.#node;
    }

    syncData(): void {
      void this.#node;
    }

    readlinkAt(_path: string): never {
      void this.#node;
      throw new Failure('invalid');
    }

    #bytes(): Uint8Array {
      if (this.#node.kind === 'directory') throw new Failure('is-directory');
      return this.#node.bytes;
    }

    #find(path: string, missing = 'no-entry'): TreeNode {
      if (this.#node.kind === 'file') throw new Failure('not-directory');
      const found = walk(this.#node, path);
      if (typeof found === 'string') throw new Failure(found === 'no-entry' ? missing : found);
      return found;
    }
  }
  for (const name of CHANGING) Object.defineProperty(Descriptor.prototype, name, { value: refuse, configurable: true });
  return Descriptor;
}

/** What would change the tree. */
const CHANGING: readonly string[] = [
  'writeViaStream',
  'appendViaStream',
  'setSize',
  'setTimes',
  'write',
  'createDirectoryAt',
  'setTimesAt',
  'linkAt',
  'removeDirectoryAt',
  'renameAt',
  'symlinkAt',
  'unlinkFileAt',
];

const ERRORS: { readonly [code in GuestErrorCode]?: string } = {
  'denied': 'access',
  'limit': 'file-too-large',
  'not-found': 'no-entry',
};

function from(bytes: Uint8Array, offset: bigint): Uint8Array {
  return offset >= BigInt(bytes.length) ? new Uint8Array() : bytes.subarray(Number(offset));
}

function typeOf({ kind }: { readonly kind: 'file' | 'directory' }): string {
  return kind === 'file' ? 'regular-file' : 'directory';
}

function statOf(node: TreeNode | Opened): unknown {
  const size = node.kind === 'directory' ? 0 : 'bytes' in node ? node.bytes.length : node.size;
  return { type: typeOf(node), linkCount: 1n, size: BigInt(size) };
}

/** The same for the same file, as the standard asks. */
function hashOf({ kind, path }: TreeNode | Opened): unknown {
  const digest = createHash('sha256').update(`${kind}:${path}`).digest();
  return { lower: digest.readBigUInt64LE(0), upper: digest.readBigUInt64LE(8) };
}
