/**
 * New bytes of objects in a database: in one transaction where they are few; else in several, under a body that belongs to no object until
 * it is whole. A crash in between leaves rows that the next opening removes.
 */
import { SojournError } from '../errors.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Bodies } from './sqlite-bodies.ts';
import type { NodeDatabase } from './sqlite-database.ts';
import { isConstraint } from './sqlite-error.ts';

/** Content of more than this is written in several transactions. */
const WHOLE_BYTES = 1024 * 1024;

type Content = Uint8Array | AsyncIterable<Uint8Array>;

export interface Staged {
  readonly body: number;
  readonly length: number;
}

export interface Contents {
  /** Whole and durable, or not at all. Errors: `object.exists`, `store.*`, those of `content`. */
  create(name: string, content: Content, note: Uint8Array | null): Promise<void>;
  /** Writes content under a body that is loose, until whoever refers to it binds it. Errors: `store.*`, those of `content`. */
  stage(content: AsyncIterable<Uint8Array>): Promise<Staged>;
  /** Removes a loose body when nobody reads it. Where that fails or is cut short, the next opening does it. */
  drop(body: number): void;
}

export function createContents({ statements, nextBody }: NodeDatabase, commits: GroupCommit, bodies: Bodies): Contents {
  function insert(name: string, body: number, length: number, note: Uint8Array | null): void {
    try {
      statements.create.run(Buffer.from(name, 'hex'), body, length, note);
    } catch (error) {
      if (!isConstraint(error)) throw error;
      throw new SojournError('object.exists', `object ${name}: expected no object of that id, found one`);
    }
  }

  async function stage(content: AsyncIterable<Uint8Array>): Promise<Staged> {
    const body = nextBody();
    await commits.run(() => statements.loosen.run(body));
    let length = 0;
    try {
      for await (const bytes of inWholes(content)) {
        const at = length;
        await commits.run(() => bodies.put(body, at, bytes));
        length += bytes.length;
      }
      return { body, length };
    } catch (error) {
      drop(body);
      throw error;
    }
  }

  function drop(body: number): void {
    const gone = async (): Promise<void> => {
      await bodies.unread(body);
      await commits.run(() => {
        bodies.cut(body, 0);
        statements.bind.run(body);
      });
    };
    void gone().catch(() => undefined);
  }

  return {
    async create(name, content, note) {
      const { whole, rest } = await takeWhole(content);
      if (rest === null)
        return commits.run(() => {
          const body = nextBody();
          insert(name, body, whole.length, note);
          bodies.put(body, 0, whole);
        });
      const { body, length } = await stage(rest);
      try {
        await commits.run(() => {
          insert(name, body, length, note);
          statements.bind.run(body);
        });
      } catch (error) {
        drop(body);
        throw error;
      }
    },
    stage,
    drop,
  };
}

type Taken =
  | { readonly whole: Uint8Array; readonly rest: null }
  | { readonly whole: null; readonly rest: AsyncIterable<Uint8Array> };

/** All of it where it is small, else a stream of all of it. */
async function takeWhole(content: Content): Promise<Taken> {
  if (content instanceof Uint8Array)
    return content.length <= WHOLE_BYTES ? { whole: content, rest: null } : { whole: null, rest: chain(content, null) };
  const wholes = inWholes(content);
  const first = await wholes.next();
  const head = first.done === true ? new Uint8Array(0) : first.value;
  return head.length < WHOLE_BYTES ? { whole: head, rest: null } : { whole: null, rest: chain(head, wholes) };
}

async function* chain(head: Uint8Array, rest: AsyncIterable<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  yield head;
  if (rest !== null) yield* rest;
}

/** The same bytes in pieces of at least `WHOLE_BYTES`, but for the last one. */
async function* inWholes(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of content) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes < WHOLE_BYTES) continue;
    yield Buffer.concat(pieces, bytes);
    [pieces, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(pieces, bytes);
}
