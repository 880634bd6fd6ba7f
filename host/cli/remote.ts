/**
 * Objects at nodes for commands that read files. What a node sends is fetched once, whole and within bounds, into a file of this
 * process; every command then judges it as it judges any file. The node's word counts for nothing.
 */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SojournError } from '../errors.ts';
import { createClient } from '../node/http/client.ts';
import type { Client } from '../node/http/client.ts';
import type { Store } from '../ports.ts';
import { toStoreError } from '../store/store-error.ts';
import { writeAt } from '../store/whole-file.ts';
import { readTokens } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { isUrl, readNodeUrl, readObjectUrl } from './node-url.ts';
import { showBytes } from './quantities.ts';
import type { Session } from './command.ts';

export interface Remote {
  /** Of the node at this address. */
  client(node: string, origin: string): Client;
  /** A file with what `pieces` give: whole, or an error. The same name again is another file. */
  spool(name: string, pieces: AsyncIterable<Uint8Array>): Promise<string>;
  /** The file with the bytes of this object; fetched the first time that it is asked for. */
  fetch(url: string): Promise<string>;
  /** A store whose names may be addresses, too. */
  over(local: Store): Store;
  /** Removes all files. */
  close(): Promise<void>;
}

/** Progress is told each time that so much more has come. */
const TOLD_BYTES = 262_144;

/** For what happens at nodes alone. Errors: those of `openRemote` and of `job`. */
export async function withRemote<T>(
  names: readonly string[],
  flags: TokenFlags,
  session: Session,
  job: (remote: Remote) => Promise<T>,
): Promise<T> {
  const remote = await openRemote(names, flags, session);
  if (remote === null) throw new SojournError('usage', 'expected the address of a node, found none');
  try {
    return await job(remote);
  } finally {
    await remote.close();
  }
}

/** Null where none of `names` is an address. Errors: `usage`, `store.*`. */
export async function openRemote(
  names: readonly string[],
  flags: TokenFlags,
  { process, terminal }: Session,
): Promise<Remote | null> {
  const addresses = names.filter((name) => isUrl(name));
  if (addresses.length === 0) return null;
  const origins = new Set(addresses.map((text) => originOf(text)));
  const tokenFor = await readTokens(flags, process.env, origins);
  for (const origin of origins) {
    const bare = origin.startsWith('http:') && !/^http:\/\/(?:127\.|localhost[:/]|localhost$|\[::1\])/.test(origin);
    if (bare && tokenFor(origin) !== null)
      terminal.note(`note: the token goes to ${origin} in the open: use https:// where others can listen`);
  }
  const fetched = new Map<string, Promise<string>>();
  let folder: Promise<string> | null = null;
  let count = 0;

  const client: Remote['client'] = (node, origin) => createClient({ url: node, token: tokenFor(origin) });

  const spool: Remote['spool'] = async (name, pieces) => {
    folder ??= mkdtemp(join(tmpdir(), 'sojourn-remote-'));
    const path = join(await folder, `${count++}.sojourn`);
    await writeSpool(path, pieces, (bytes) => terminal.progress(`fetching ${name}: ${showBytes(bytes)} …`));
    return path;
  };

  const fetch: Remote['fetch'] = (text) => {
    const { url, node, origin, id } = readObjectUrl(text);
    const found = fetched.get(url) ?? spool(url, client(node, origin).read(id));
    fetched.set(url, found);
    return found;
  };

  return {
    client,
    spool,
    fetch,
    over: (local) => ({
      create: (name, content) => local.create(expectPath(name), content),
      open: (name) => local.open(expectPath(name)),
      async *read(name, offset) {
        yield* local.read(isUrl(name) ? await fetch(name) : name, offset);
      },
    }),
    close: async () => {
      if (folder !== null) await rm(await folder, { recursive: true, force: true });
    },
  };
}

function originOf(text: string): string {
  return /\/objects\/[0-9a-f]/.test(text) ? readObjectUrl(text).origin : readNodeUrl(text).origin;
}

/** Nothing is written at a node as if it were a file. */
function expectPath(name: string): string {
  if (!isUrl(name)) return name;
  throw new SojournError('usage', `${name}: expected a file to write to, found an address`);
}

async function writeSpool(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw toStoreError(path, error, 'writing');
  });
  try {
    let [length, told] = [0, 0];
    for await (const piece of pieces) {
      await writeAt(file, piece, length);
      length += piece.length;
      if (length - told < TOLD_BYTES) continue;
      told = length;
      onBytes(length);
    }
  } catch (error) {
    throw error instanceof SojournError ? error : toStoreError(path, error, 'writing');
  } finally {
    await file.close();
  }
}
