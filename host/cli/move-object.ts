/**
 * The order in which an object moves, so that no crash leaves two copies that can both be run:
 *
 * 1. the source marks its copy as left, durably, and runs it no more; its bytes stay there for reading;
 * 2. the bytes are fetched and verified here, against the receipt of the last seal that the source gives;
 * 3. the target takes them in, durably.
 *
 * A crash in between leaves one copy at rest, or that one and the target's: the same command again goes on from the marked copy. Only where
 * the target refused for certain is the mark taken away again. Where it is not known what became of the bytes the mark stays: better an
 * object that waits for the command than two that part.
 */
import { SojournError } from '../errors.ts';

/** Where an object comes from. */
export interface MoveSource {
  readonly name: string;
  /** Where the marked copy is. */
  readonly left: string;
  /** Marks it durably and gives its bytes as a file, and the receipt of its last seal where it says it. */
  take(): Promise<{ readonly path: string; readonly receipt: Uint8Array | null }>;
  /** Takes the mark away. */
  back(path: string): Promise<void>;
}

/** `behind`: it has the object already, and went on. */
export type Given = 'new' | 'extended' | 'same' | 'back' | 'behind';

/** Where it goes. */
export interface MoveTarget {
  readonly name: string;
  /** Rejects where it can't take anything now: asked before anything is touched. */
  ready(): Promise<void>;
  /** Durable when it resolves. */
  give(path: string): Promise<Given>;
  /** Whether it is certain, behind this error, that it did not take the object. */
  refused(error: unknown): Promise<boolean>;
}

export type MoveStep = 'marked' | 'verified' | 'given';

export interface MoveSteps {
  /** Errors: `object.*` for bytes that do not hold. */
  readonly verify: (path: string, receipt: Uint8Array | null) => Promise<void>;
  readonly reached: (step: MoveStep) => void;
}

/** Errors: those of both ends and of `verify`; each says whether the object is where it was. */
export async function moveObject(source: MoveSource, target: MoveTarget, steps: MoveSteps): Promise<Given> {
  await target.ready();
  const { path, receipt } = await source.take();
  steps.reached('marked');
  try {
    await steps.verify(path, receipt);
    steps.reached('verified');
  } catch (error) {
    throw await takeBack(source, path, error);
  }
  try {
    const given = await target.give(path);
    steps.reached('given');
    return given;
  } catch (error) {
    if (await target.refused(error)) throw await takeBack(source, path, error);
    throw worded(
      error,
      `it is not known whether ${target.name} has the object: it rests at ${source.left}, and the same command again goes on`,
    );
  }
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
