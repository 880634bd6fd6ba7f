/** Errors of the file system as the closed codes of the host; the system's own code stays in the details. */
import { SojournError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** Full also means: over a quota, or over the size that this process may write. */
const CODES: { readonly [code: string]: ErrorCode } = {
  ENOENT: 'store.missing',
  EEXIST: 'object.exists',
  ENOSPC: 'store.full',
  EDQUOT: 'store.full',
  EFBIG: 'store.full',
};

const EXPECTED: { readonly [code in ErrorCode]?: string } = {
  'store.missing': 'a file',
  'object.exists': 'no file of that name',
  'store.full': 'room for the bytes; make room and try again',
};

/** A SojournError as it is, any other error as one. `what` is what was done to `path`. */
export function toStoreError(path: string, error: unknown, what: string): SojournError {
  if (error instanceof SojournError) return error;
  const system = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  const code = CODES[system] ?? 'store.failed';
  const message = `${path}: ${what}: expected ${EXPECTED[code] ?? 'it to work'}, found ${system}`;
  return new SojournError(code, message, { details: { file: path, system }, cause: error });
}
