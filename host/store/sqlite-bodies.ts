/**
 * Bytes of objects as rows of a database: written in pieces, read in slices, and kept for as long as somebody reads them. None of the
 * writing functions commits: they run in a transaction of the caller.
 */
import type { NodeDatabase } from './sqlite-database.ts';
import { toSqliteError } from './sqlite-error.ts';

/** Bounds what is in memory at once: a row, and a slice of a reading. */
const PIECE_BYTES = 256 * 1024;

export interface Bodies {
  put(body: number, at: number, bytes: Uint8Array): void;
  /** Cuts off what stands at `at` and behind it. */
  cut(body: number, at: number): void;
  /** From `offset` to `end` or to where the bytes end. The body stays while it is read, whatever takes its place. */
  read(body: number, offset: number, end: number): AsyncGenerator<Uint8Array>;
  /** Resolves when nobody reads the body. */
  unread(body: number): Promise<void>;
}

export function createBodies({ path, statements }: NodeDatabase): Bodies {
  const readers = new Map<number, { count: number; readonly waiting: (() => void)[] }>();

  function put(body: number, at: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; done += PIECE_BYTES)
      statements.put.run(body, at + done, bytes.subarray(done, done + PIECE_BYTES));
  }

  function slice(body: number, offset: number, end: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    let total = 0;
    for (const row of statements.pieces.iterate(body, offset)) {
      const [at, bytes] = [Number(row['at']), row['bytes'] as Uint8Array]; // as the columns are declared
      const piece = bytes.subarray(Math.max(0, offset - at), Math.max(0, end - at));
      pieces.push(piece);
      total += piece.length;
      if (total >= PIECE_BYTES || at + bytes.length >= end) break;
    }
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, total);
  }

  function enter(body: number): void {
    const found = readers.get(body);
    if (found === undefined) readers.set(body, { count: 1, waiting: [] });
    else found.count++;
  }

  function leave(body: number): void {
    const found = readers.get(body);
    if (found === undefined || --found.count > 0) return;
    readers.delete(body);
    for (const resolve of found.waiting) resolve();
  }

  return {
    put,
    cut(body, at) {
      statements.cut.run(body, at);
      statements.trim.run(body, at);
    },
    async *read(body, offset, end) {
      enter(body);
      try {
        for (let at = offset; at < end;) {
          const bytes = slice(body, at, end);
          if (bytes.length === 0) return; // cut by its holder meanwhile
          yield bytes;
          at += bytes.length;
        }
      } catch (error) {
        throw toSqliteError(path, error, 'read');
      } finally {
        leave(body);
      }
    },
    unread: (body) =>
      new Promise((resolve) => {
        const found = readers.get(body);
        if (found === undefined) resolve();
        else found.waiting.push(resolve);
      }),
  };
}
