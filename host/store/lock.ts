/**
 * One holder at a time, across processes and within one: an exclusive SQLite transaction on `<file>.lock`. The operating system drops
 * it when the process dies, whatever way. Advisory: it binds those who ask. Two hard links to one file have two locks.
 */
import { closeSync, openSync, realpathSync, statSync, unlinkSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { SojournError } from '../errors.ts';

export interface Lock {
  /** Gives the lock up and removes its file. Doing it twice is no error. */
  release(): void;
}

/** Takes the lock of an existing file, whichever of its names `lockPath` is made of. Errors: `store.busy` where another holder has it. */
export function acquireLock(path: string, lockPath: string = `${realpathSync(path)}.lock`): Lock {
  closeSync(openSync(lockPath, 'a'));
  const before = inodeOf(lockPath);
  const database = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw busy(path, error);
  }
  // The holder before may have removed the file between our look at it and our lock: then ours is on a name that is gone.
  if (before === null || inodeOf(lockPath) !== before) {
    database.close();
    throw busy(path, undefined);
  }
  return {
    release() {
      if (!database.isOpen) return;
      unlinkSync(lockPath);
      database.close();
    },
  };
}

function inodeOf(path: string): bigint | null {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}

/** Of sqlite3.h. The second comes where the holder before removes the file while SQLite makes a journal beside it. */
const SQLITE_BUSY = 5;
const SQLITE_IOERR_FSTAT = 1802;

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error && 'errcode' in error)) return false;
  return error.errcode === SQLITE_BUSY || error.errcode === SQLITE_IOERR_FSTAT;
}

function busy(path: string, cause: unknown): SojournError {
  return new SojournError('store.busy', `${path}: expected no other holder, found one; try again when it is done`, {
    cause,
  });
}
