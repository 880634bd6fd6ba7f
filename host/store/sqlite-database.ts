/**
 * The database of a node: opened for one process alone, with the statements that a store needs. Rows of bytes stand in the order in which
 * they came, whichever object they are of, so that a commit for many objects writes few pages; an index finds them again.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  realpathSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { StatementSync } from 'node:sqlite';
import { SojournError } from '../errors.ts';
import type { LogSync } from './group-commit.ts';
import { toSqliteError } from './sqlite-error.ts';

/** "sjrn" in PRAGMA application_id, and the version of the tables in PRAGMA user_version. */
const APPLICATION_ID = 0x736a726e;
const TABLES_VERSION = 1;

/** Of 4 KiB each. */
const CHECKPOINT_PAGES = 4_000;
const CACHE_KIB = 16_384;

/**
 * `body` numbers the rows of an object's bytes, of which `replace` makes others; `loose` has those that belong to no object: not yet
 * complete, or of no more use.
 */
const TABLES = `
  CREATE TABLE objects (
    key INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, body INTEGER NOT NULL, length INTEGER NOT NULL, version INTEGER NOT NULL,
    mark TEXT, note BLOB
  ) STRICT;
  CREATE TABLE pieces (id INTEGER PRIMARY KEY, body INTEGER NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
  CREATE UNIQUE INDEX piece_at ON pieces (body, at);
  CREATE TABLE loose (body INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE handlers (digest BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  PRAGMA user_version = ${TABLES_VERSION};
  PRAGMA application_id = ${APPLICATION_ID};
`;

const STATEMENTS = {
  find: 'SELECT key, body, length, version, mark, note FROM objects WHERE name = ?',
  list: 'SELECT key, name, length, mark, note FROM objects WHERE key > ? ORDER BY key LIMIT 1000',
  create: 'INSERT INTO objects (name, body, length, version, note) VALUES (?, ?, ?, 1, ?)',
  grow: 'UPDATE objects SET length = ?, version = ? WHERE key = ?',
  growNoted: 'UPDATE objects SET length = ?, version = ?, note = ? WHERE key = ?',
  swap: 'UPDATE objects SET body = ?, length = ?, version = ? WHERE key = ?',
  mark: 'UPDATE objects SET mark = ? WHERE name = ?',
  put: 'INSERT INTO pieces (body, at, bytes) VALUES (?, ?, ?)',
  pieces:
    'SELECT at, bytes FROM pieces WHERE body = ?1 AND at >= (SELECT max(at) FROM pieces WHERE body = ?1 AND at <= ?2) ORDER BY at',
  trim: 'UPDATE pieces SET bytes = substr(bytes, 1, ?2 - at) WHERE body = ?1 AND at = (SELECT max(at) FROM pieces WHERE body = ?1 AND at < ?2)',
  cut: 'DELETE FROM pieces WHERE body = ? AND at >= ?',
  loosen: 'INSERT INTO loose (body) VALUES (?)',
  bind: 'DELETE FROM loose WHERE body = ?',
  putHandler: 'INSERT OR IGNORE INTO handlers (digest, bytes) VALUES (?, ?)',
  handler: 'SELECT bytes FROM handlers WHERE digest = ?',
  handlers: 'SELECT digest, length(bytes) AS bytes FROM handlers',
} as const;

export type Statements = { readonly [name in keyof typeof STATEMENTS]: StatementSync };

export interface NodeDatabase {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly statements: Statements;
  /** A number that no body has. */
  readonly nextBody: () => number;
  readonly sync: LogSync;
  close(): void;
}

/** Errors: `store.busy` where another process has it open, `store.full`, `store.failed`, each naming the file. */
export function openDatabase(path: string): NodeDatabase {
  let database: DatabaseSync | null = null;
  expectWritable(path);
  try {
    database = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: false });
    // the lock is taken with the first look at the file, and kept
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    // SQLite syncs the log before it moves it into the database, and leaves the sync behind each commit to `sync`
    database.exec('PRAGMA synchronous = NORMAL');
    database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA cache_size = -${CACHE_KIB}`);
    database.exec('BEGIN IMMEDIATE');
    prepareTables(path, database);
    database.exec('DELETE FROM pieces WHERE body IN (SELECT body FROM loose); DELETE FROM loose');
    database.exec('COMMIT');
    return {
      path,
      database,
      statements: prepareAll(database),
      nextBody: countBodies(database),
      ...openLog(path, database),
    };
  } catch (error) {
    database?.close();
    throw toSqliteError(path, error, 'open');
  }
}

/** SQLite itself has several ways to say it, some of them late. */
function expectWritable(path: string): void {
  for (const place of existsSync(path) ? [path, dirname(path)] : [dirname(path)]) {
    try {
      accessSync(place, constants.W_OK);
    } catch (error) {
      if (!existsSync(place)) continue; // told when it is opened
      throw new SojournError(
        'store.failed',
        `${path}: open: expected a database that may be written, found a read-only one; look at the permissions of ${place} and at how its disk is mounted`,
        { details: { file: path }, cause: error },
      );
    }
  }
}

/**
 * The write-ahead log, which SQLite keeps for as long as the database is open and locks nothing on: it may be opened a second time.
 * https://sqlite.org/wal.html
 */
function openLog(path: string, database: DatabaseSync): Pick<NodeDatabase, 'sync' | 'close'> {
  const found = realpathSync(path);
  syncFolder(dirname(found));
  const log = openSync(`${found}-wal`, 'r+');
  const soon = promisify(fdatasync);
  return {
    sync: { now: () => fdatasyncSync(log), soon: () => soon(log) },
    close() {
      database.close();
      closeSync(log);
    },
  };
}

/** So that files that were made just now are there after a power cut. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

function prepareTables(path: string, database: DatabaseSync): void {
  const version = pragma(database, 'user_version');
  const application = pragma(database, 'application_id');
  const tables = database.prepare('SELECT count(*) AS value FROM sqlite_schema').get()?.['value'];
  if (version === 0 && application === 0 && tables === 0) database.exec(TABLES);
  else if (application !== APPLICATION_ID)
    throw new SojournError('store.failed', `${path}: open: expected the database of a node, found another program's`);
  else if (version !== TABLES_VERSION)
    throw new SojournError(
      'store.failed',
      `${path}: open: expected tables of version ${TABLES_VERSION}, found ${version}; open it with the version that made it`,
    );
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function prepareAll(database: DatabaseSync): Statements {
  const entries = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)]);
  // the keys are those of STATEMENTS
  return Object.fromEntries(entries) as Statements;
}

function countBodies(database: DatabaseSync): () => number {
  const last = database.prepare(
    'SELECT max(coalesce((SELECT max(body) FROM pieces), 0), coalesce((SELECT max(body) FROM objects), 0)) AS body',
  );
  let body = Number(last.get()?.['body']);
  return () => ++body;
}
