/**
 * The order in which an object moves, so that no crash leaves two copies that can both be run:
 *
 * 1. the source marks its copy as left, durably, and runs it no more; its bytes stay there for reading;
 * 2. the bytes are fetched and verified here, against the receipt of the last seal that the source gives;
 * 3. the target takes them in, durably.
 *
 * A crash in between leaves one copy at rest, or that one and the target's: the same command again goes on from the marked copy. Only where
 * the target refused for certain is the mark taken away again. Where it is not known what became of the bytes the mark stays: better an
 * object that waits for the command than two that part. For the same reason nothing is given again to a target that had it and handed it on.
 */
import { SojournError } from '../errors.ts';

/** What a source gave. */
export interface Taken {
  /** A file with the bytes. */
  readonly path: string;
  /** Of the last seal, where the source says it. */
  readonly receipt: Uint8Array | null;
  /** It was marked before: by this command, which did not come to its end. */
  readonly again: boolean;
}

/** Where an object comes from. */
export interface MoveSource {
  readonly name: string;
  /** Where the marked copy is. */
  readonly left: string;
  /** Marks it durably and gives its bytes. */
  take(): Promise<Taken>;
  /** Takes the mark away. */
  back(path: string): Promise<void>;
  /** The target has it. */
  done(): Promise<void>;
}

/** `behind`: it has the object already, and went on. */
export type Given = 'new' | 'extended' | 'same' | 'back' | 'behind';

/** Where it goes. */
export interface MoveTarget {
  readonly name: string;
  /** The file or the address where the object then is. */
  place(id: string): Promise<string>;
  /** Rejects where it can't take anything now: asked before anything is touched. */
  ready(): Promise<void>;
  /** Whether it had the object with all that is in this file, and handed it on. */
  handedOn(id: string, path: string): Promise<boolean>;
  /** Durable when it resolves. */
  give(path: string): Promise<Given>;
  /** Whether it is certain, behind this error, that it did not take the object. */
  refused(error: unknown): Promise<boolean>;
}

export type MoveStep = 'marked' | 'verified' | 'given';

export interface MoveSteps {
  /** Gives the id. Errors: `object.*` for bytes that do not hold. */
  readonly verify: (path: string, receipt: Uint8Array | null) => Promise<string>;
  readonly reached: (step: MoveStep) => void;
}

/** Errors: those of both ends and of `verify`; each says whether the object is where it was. */
export async function moveObject(source: MoveSource, target: MoveTarget, steps: MoveSteps): Promise<Given> {
  await target.ready();
  const { path, receipt, again } = await source.take();
  steps.reached('marked');
  const id = await verified(source, { path, receipt }, steps);
  if (again && (await target.handedOn(id, path))) throw handedOn(id, source, target);
  const given = await giveTo(target, source, path);
  steps.reached('given');
  await source.done();
  return given;
}

async function giveTo(target: MoveTarget, source: MoveSource, path: string): Promise<Given> {
  try {
    return await target.give(path);
  } catch (error) {
    if (await target.refused(error)) throw await takeBack(source, path, error);
    throw worded(
      error,
      `it is not known whether ${target.name} has the object: it rests at ${source.left}, and the same command again goes on`,
    );
  }
}

async function verified(
  source: MoveSource,
  { path, receipt }: Pick<Taken, 'path' | 'receipt'>,
  { verify, reached }: MoveSteps,
): Promise<string> {
  try {
    const id = await verify(path, receipt);
    reached('verified');
    return id;
  } catch (error) {
    throw await takeBack(source, path, error);
  }
}

function handedOn(id: string, source: MoveSource, target: MoveTarget): SojournError {
  return new SojournError(
    'object.left',
    `object ${id}: expected it on its way, found that ${target.name} had it and handed it on: it goes on elsewhere; should it not, move ${source.left} to another place first`,
  );
}

/** Gives the error, with what became of the object. */
async function takeBack(source: MoveSource, path: string, error: unknown): Promise<unknown> {
  try {
    await source.back(path);
    return worded(error, `the object is at ${source.name} as before`);
  } catch (second) {
    const why = second instanceof Error ? second.message : String(second);
    return worded(error, `the object rests at ${source.left}, marked as left: taking that back failed: ${why}`);
  }
}

function worded(error: unknown, rest: string): unknown {
  if (!(error instanceof SojournError)) return error;
  return new SojournError(error.code, `${error.message}; ${rest}`, { details: error.details, cause: error });
}
