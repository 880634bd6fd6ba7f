/**
 * One object of a database, held by one session. What is appended without sync stays in memory until the next sync, or until there is
 * much of it: a kill takes it along.
 */
import { SojournError } from '../errors.ts';
import type { ObjectFile } from '../ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { createTurns } from './handle-turns.ts';
import type { Bodies } from './sqlite-bodies.ts';
import type { Contents } from './sqlite-content.ts';
import type { Statements } from './sqlite-database.ts';

const UNSYNCED_BYTES = 1024 * 1024;

export interface ObjectRow {
  readonly key: number;
  readonly body: number;
  readonly length: number;
  readonly version: number;
}

export interface ObjectInputs {
  readonly name: string;
  readonly row: ObjectRow;
  readonly statements: Statements;
  readonly commits: GroupCommit;
  readonly bodies: Bodies;
  readonly contents: Contents;
  /** The object is free again. */
  release(): void;
}

export function openObject(inputs: ObjectInputs): ObjectFile {
  const { name, row, statements, commits, bodies } = inputs;
  const turns = createTurns(`object ${name}`);
  let { body, version } = row;
  /** Bytes in the database. */
  let stored = row.length;
  let unsynced: Uint8Array[] = [];
  let unsyncedBytes = 0;
  let note: Uint8Array | null = null;

  function grow(length: number, next: number): void {
    if (note === null) statements.grow.run(length, next, row.key);
    else statements.growNoted.run(length, next, note, row.key);
  }

  async function write(): Promise<void> {
    if (unsynced.length === 0 && note === null) return;
    const bytes = unsynced.length === 1 && unsynced[0] !== undefined ? unsynced[0] : Buffer.concat(unsynced);
    try {
      await commits.run(() => {
        bodies.put(body, stored, bytes);
        grow(stored + bytes.length, version + 1);
      });
      stored += bytes.length;
      version++;
    } finally {
      [unsynced, unsyncedBytes, note] = [[], 0, null];
    }
  }

  function append(bytes: Uint8Array, sync: boolean, newNote: Uint8Array | undefined): Promise<void> | undefined {
    if (bytes.length > 0) {
      unsynced.push(bytes);
      unsyncedBytes += bytes.length;
    }
    note = newNote ?? note;
    return sync || unsyncedBytes > UNSYNCED_BYTES ? write() : undefined;
  }

  async function truncate(to: number): Promise<void> {
    await write();
    await commits.run(() => {
      bodies.cut(body, to);
      grow(to, version + 1);
    });
    stored = to;
    version++;
  }

  async function replace(content: AsyncIterable<Uint8Array>): Promise<void> {
    const staged = await inputs.contents.stage(content);
    const old = body;
    await commits.run(() => {
      statements.swap.run(staged.body, staged.length, version + 1, row.key);
      statements.bind.run(staged.body);
      statements.loosen.run(old);
    });
    [body, stored] = [staged.body, staged.length];
    version++;
    [unsynced, unsyncedBytes] = [[], 0];
    inputs.contents.drop(old);
  }

  /** What was not synced yet is given from memory, as it was when the reading began. */
  async function* read(offset: number): AsyncGenerator<Uint8Array> {
    const [end, pieces] = [stored, unsynced.slice()];
    if (offset < end) yield* bodies.read(body, offset, end);
    let at = end;
    for (const piece of pieces) {
      const rest = piece.subarray(Math.max(0, offset - at));
      if (rest.length > 0) yield rest;
      at += piece.length;
    }
  }

  return {
    get length() {
      return stored + unsyncedBytes;
    },
    get version() {
      return unsyncedBytes === 0 ? String(version) : null;
    },
    read,
    append: (bytes, sync, newNote) => turns.take('append', () => append(bytes, sync, newNote)),
    async truncate(to) {
      const length = stored + unsyncedBytes;
      if (to > length)
        throw new SojournError(
          'store.failed',
          `object ${name}: truncate: expected at most ${length} bytes to keep, found ${to}`,
        );
      await turns.take('truncate', () => truncate(to));
    },
    replace: (content) => turns.take('replace', () => replace(content)),
    async close() {
      const end = await turns.end();
      if (end === 'ended') return;
      try {
        if (end === 'sound') await write();
      } finally {
        inputs.release();
      }
    },
  };
}
