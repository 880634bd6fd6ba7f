/** What SQLite says, as the closed codes of the host. Its own code stays in the details; a message names the file and what to do. */
import { SojournError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** Primary result codes of sqlite3.h. */
const BUSY = 5;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

const MEANINGS: { readonly [code: number]: { readonly code: ErrorCode; readonly text: string } } = {
  [BUSY]: {
    code: 'store.busy',
    text: 'expected no other process that has it open, found one; stop that one, or give this one data of its own',
  },
  [READONLY]: { code: 'store.failed', text: 'expected a database that may be written, found a read-only one' },
  [CORRUPT]: { code: 'store.failed', text: 'expected a sound database, found a damaged one; restore it from a copy' },
  [FULL]: { code: 'store.full', text: 'expected room for the bytes, found none; make room and try again' },
  [CANTOPEN]: { code: 'store.failed', text: 'expected a file in a folder that is there, found none to open or make' },
  [NOTADB]: { code: 'store.failed', text: 'expected a database, found a file of something else' },
};

/** A SojournError as it is, any other error as one. `what` is what was done to the database at `path`. */
export function toSqliteError(path: string, error: unknown, what: string): SojournError {
  if (error instanceof SojournError) return error;
  const code = resultCode(error);
  const meaning = MEANINGS[(code ?? 0) & 0xff];
  const said = error instanceof Error ? error.message : String(error);
  const text = meaning?.text ?? `expected it to work, found: ${said}`;
  return new SojournError(meaning?.code ?? 'store.failed', `${path}: ${what}: ${text}`, {
    details: { file: path, sqlite: code },
    cause: error,
  });
}

/** SQLITE_CONSTRAINT of sqlite3.h. */
export function isConstraint(error: unknown): boolean {
  return ((resultCode(error) ?? 0) & 0xff) === 19;
}

function resultCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null;
}
