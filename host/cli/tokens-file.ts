/**
 * The tokens file of a node: SHA-256 of each token, never the token. What is written is there whole or not at all, readable by its
 * owner alone.
 */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { hex } from '../json.ts';
import { parseTokens, TOKENS_BYTES } from '../node/http/tokens.ts';
import type { Token } from '../node/http/tokens.ts';
import { nativeHash } from '../node/native.ts';
import { toStoreError } from '../store/store-error.ts';
import { readText } from './files.ts';

export const OWNER_ONLY = 0o600;
const SECRET_BYTES = 32;

/** A new token as it is sent: 256 bits, in a form that scanners for secrets find. */
export function makeSecret(): string {
  return `sojourn_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

export function isSecret(text: string): boolean {
  return /^sojourn_[A-Za-z0-9_-]{43}$/.test(text);
}

export function digestOf(secret: string): Uint8Array {
  return nativeHash(new TextEncoder().encode(secret));
}

/** Errors: `token.malformed`, `store.*`. */
export async function readTokensFile(path: string): Promise<readonly Token[]> {
  return parseTokens(await readText(path, TOKENS_BYTES, 'token.malformed'), path);
}

/** Puts these in the place of what was there. Errors: `token.malformed` for what could not be read again, `store.*`. */
export async function writeTokensFile(path: string, tokens: readonly Token[]): Promise<void> {
  const text = `${JSON.stringify({ tokens: tokens.map(lineOf) }, null, 2)}\n`;
  parseTokens(text, path);
  await writeOwnerOnly(path, text);
}

/** Whole or not at all, and for nobody else. Errors: `store.*`. */
export async function writeOwnerOnly(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    const handle = await open(draft, 'wx', OWNER_ONLY);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw toStoreError(path, error, 'writing');
  }
}

function lineOf({ name, digest, scopes, objects, handlers, perSecond, expires }: Token) {
  return {
    name,
    sha256: hex(digest),
    scopes: [...scopes],
    ...(objects === null ? {} : { objects: [...objects] }),
    ...(handlers === null ? {} : { handlers: [...handlers] }),
    ...(perSecond === null ? {} : { perSecond }),
    ...(expires === null ? {} : { expires: new Date(expires).toISOString().replace('.000Z', 'Z') }),
  };
}
