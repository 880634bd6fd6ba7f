/** Looks at what is committed in a database, outside any transaction: rows as what they stand for. */
import { SojournError } from '../errors.ts';
import type { Listed } from '../ports.ts';
import { expectObjectName } from './object-name.ts';
import type { NodeDatabase } from './sqlite-database.ts';
import { toSqliteError } from './sqlite-error.ts';
import type { ObjectRow } from './sqlite-object.ts';

export interface Rows {
  /** Errors: `store.missing`, `usage`. */
  object(name: string): ObjectRow;
  find(name: string): Listed | null;
  list(): AsyncGenerator<Listed>;
  handler(digest: string): Uint8Array | null;
  handlers(): readonly { readonly digest: string; readonly bytes: number }[];
}

type Row = { readonly [column: string]: unknown };

/** Objects and handlers by what the database calls them. Errors: `usage`. */
export function keyOf(name: string): Uint8Array {
  return Buffer.from(expectObjectName(name), 'hex');
}

/** `expectOpen` throws where the store is closed. All errors are SojournErrors. */
export function createRows({ path, statements }: NodeDatabase, expectOpen: () => void): Rows {
  function look<T>(step: () => T): T {
    expectOpen();
    try {
      return step();
    } catch (error) {
      throw toSqliteError(path, error, 'read');
    }
  }

  function find(name: string): Row | null {
    const key = keyOf(name);
    return look(() => statements.find.get(key) ?? null);
  }

  return {
    object(name) {
      const row = find(name);
      if (row !== null) return objectRow(row);
      throw new SojournError('store.missing', `object ${name}: expected it in ${path}, found none of that id`);
    },
    find(name) {
      const row = find(name);
      return row === null ? null : listed(name, row);
    },
    async *list() {
      for (let key = 0; ;) {
        const from = key;
        const rows = look(() => statements.list.all(from));
        for (const row of rows) yield listed(textOf(row['name']), row);
        if (rows.length === 0) return;
        key = Number(rows.at(-1)?.['key']);
      }
    },
    handler(digest) {
      const key = keyOf(digest);
      const bytes = look(() => statements.handler.get(key))?.['bytes'];
      return bytes instanceof Uint8Array ? bytes : null;
    },
    handlers: () =>
      look(() => statements.handlers.all()).map(({ digest, bytes }) => ({
        digest: textOf(digest),
        bytes: Number(bytes),
      })),
  };
}

function textOf(blob: unknown): string {
  return blob instanceof Uint8Array ? Buffer.from(blob).toString('hex') : '';
}

function objectRow(row: Row): ObjectRow {
  return {
    key: Number(row['key']),
    body: Number(row['body']),
    length: Number(row['length']),
    version: Number(row['version']),
  };
}

function listed(name: string, row: Row): Listed {
  const { note } = row;
  return {
    name,
    length: Number(row['length']),
    note: note instanceof Uint8Array ? note : null,
    mark: row['mark'] === 'left' ? 'left' : null,
  };
}
