/**
 * The folder of a node: its key, its tokens, its store. What is missing at the first start is made, for the owner alone, and never
 * written over later.
 */
import { access, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKey, readKey, readReaderKey } from '../node/native.ts';
import type { Token } from '../node/http/tokens.ts';
import type { ReaderKey, Signer } from '../ports.ts';
import { toStoreError } from '../store/store-error.ts';
import { readText, writeNewFile } from './files.ts';
import { SojournError } from '../errors.ts';
import { digestOf, isSecret, makeSecret, OWNER_ONLY, readTokensFile, writeTokensFile } from './tokens-file.ts';

const KEY_BYTES = 16_384;
const TOKEN_BYTES = 256;
const OWNER_FOLDER = 0o700;
const OTHERS = 0o077;

export interface Home {
  readonly folder: string;
  readonly key: { readonly path: string; readonly signer: Signer; readonly reader: ReaderKey };
  readonly tokens: { readonly path: string; readonly list: readonly Token[] };
  /** What this start made, in words. */
  readonly made: readonly string[];
  /** The first token: where it was written, and itself, for a terminal alone. */
  readonly first: { readonly path: string; readonly secret: string } | null;
  /** Files of secrets that others than the owner can read. */
  readonly exposed: readonly string[];
}

export interface HomeFlags {
  readonly data: string;
  readonly key?: string | undefined;
  readonly tokens?: string | undefined;
}

/** Errors: `key.malformed`, `token.malformed`, `store.*`. */
export async function openHome({ data, key, tokens }: HomeFlags): Promise<Home> {
  await mkdir(data, { recursive: true, mode: OWNER_FOLDER }).catch((error: unknown) => {
    throw toStoreError(data, error, 'making the folder');
  });
  const made: string[] = [];
  const keyPath = key ?? join(data, 'node.pem');
  if (key === undefined && !(await isThere(keyPath))) {
    await writeNewFile(keyPath, generateKey().privatePem, OWNER_ONLY);
    made.push(keyPath);
  }
  const pem = await readText(keyPath, KEY_BYTES, 'key.malformed');
  const tokensPath = tokens ?? join(data, 'tokens.json');
  const first = tokens === undefined && !(await isThere(tokensPath)) ? await makeFirst(data, tokensPath) : null;
  if (first !== null) made.push(tokensPath, first.path);
  return {
    folder: data,
    key: { path: keyPath, signer: readKey(pem, keyPath), reader: readReaderKey(pem, keyPath) },
    tokens: { path: tokensPath, list: await readTokensFile(tokensPath) },
    made,
    first,
    exposed: await exposedAmong([keyPath, tokensPath]),
  };
}

/** One token that may do all, in a file beside the tokens file, so that somebody can make the others. */
async function makeFirst(data: string, tokensPath: string): Promise<NonNullable<Home['first']>> {
  const path = join(data, 'first.token');
  // written before a kill that came ahead of the tokens file
  const left = (await isThere(path)) ? (await readText(path, TOKEN_BYTES, 'token.malformed')).trim() : null;
  const secret = left ?? makeSecret();
  if (!isSecret(secret))
    throw new SojournError('token.malformed', `${path}: expected a token, found something else: move it away`);
  if (left === null) await writeNewFile(path, `${secret}\n`, OWNER_ONLY);
  const all: Token = {
    name: 'first',
    digest: digestOf(secret),
    scopes: new Set(['read', 'write', 'run', 'admin']),
    objects: null,
    handlers: null,
    perSecond: null,
    expires: null,
  };
  await writeTokensFile(tokensPath, [all]);
  return { path, secret };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function exposedAmong(paths: readonly string[]): Promise<readonly string[]> {
  const modes = await Promise.all(paths.map(async (path) => ({ path, mode: (await stat(path)).mode })));
  return modes.filter(({ mode }) => (mode & OTHERS) !== 0).map(({ path }) => path);
}
