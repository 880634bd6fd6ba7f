/**
 * Objects and handlers in one SQLite database that this process holds alone. What many objects sync in one turn of the event loop shares
 * a commit and its sync. What is promised of a kill, a power cut and a full disk: docs/stores.md.
 */
import { SojournError } from '../errors.ts';
import type { NodeStore } from '../ports.ts';
import { GroupCommit } from './group-commit.ts';
import { createBodies } from './sqlite-bodies.ts';
import { createContents } from './sqlite-content.ts';
import { openDatabase } from './sqlite-database.ts';
import { openObject } from './sqlite-object.ts';
import { createRows, keyOf } from './sqlite-rows.ts';

/** Opens the database at `path`, or makes it. Errors: `store.busy` where another process holds it, `store.full`, `store.failed`. */
export async function createSqliteStore(path: string): Promise<NodeStore> {
  const opened = openDatabase(path);
  const { database, statements, sync } = opened;
  const commits = new GroupCommit(path, database, sync);
  const bodies = createBodies(opened);
  const contents = createContents(opened, commits, bodies);
  const held = new Set<string>();
  let open = true;
  const rows = createRows(opened, () => {
    if (!open) throw new SojournError('store.failed', `${path}: expected an open store, found a closed one`);
  });

  return {
    async create(name, content, note) {
      if (rows.find(name) !== null)
        throw new SojournError('object.exists', `object ${name}: expected no object of that id in ${path}, found one`);
      await contents.create(name, content, note ?? null);
    },
    async open(name) {
      const row = rows.object(name);
      if (held.has(name))
        throw new SojournError('store.busy', `object ${name}: expected no other holder, found one; try again later`);
      held.add(name);
      const release = (): void => void held.delete(name);
      return openObject({ name, row, statements, commits, bodies, contents, release });
    },
    async *read(name, offset = 0) {
      const { body, length } = rows.object(name);
      yield* bodies.read(body, offset, length);
    },
    list: () => rows.list(),
    find: async (name) => rows.find(name),
    async mark(name, mark) {
      rows.object(name);
      await commits.run(() => statements.mark.run(mark, keyOf(name)));
    },
    async putHandler(digest, component) {
      const key = keyOf(digest);
      await commits.run(() => statements.putHandler.run(key, component));
    },
    handler: async (digest) => rows.handler(digest),
    handlers: async () => rows.handlers(),
    changes: () => null,
    async close() {
      if (!open) return;
      open = false;
      await commits.end();
      opened.close();
    },
  };
}
