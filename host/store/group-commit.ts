/**
 * Writes that come in one turn of the event loop, or while the disk is still busy with those before, in one transaction and under one
 * sync. Each is told when it is durable. What a commit can't take is not there at all; where there was no room for a group, its writes
 * are tried one by one.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SojournError } from '../errors.ts';
import { toSqliteError } from './sqlite-error.ts';

/** Makes durable what was committed: all of it, in the order of the commits. */
export interface LogSync {
  /** Waits for the disk. */
  now(): void;
  /** Leaves the event loop free meanwhile. */
  soon(): Promise<void>;
}

interface Job {
  /** Runs within a transaction, maybe again in another one. A SojournError that it throws comes before it writes anything. */
  readonly write: () => void;
  readonly done: () => void;
  readonly fail: (error: SojournError) => void;
  refusal: SojournError | null;
}

export class GroupCommit {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #sync: LogSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  #waiting: Job[] = [];
  /** Under way to the disk; null where nothing is. */
  #syncing: Promise<void> | null = null;
  #scheduled = false;
  /** Writes of the last commit. */
  #lastSize = 1;
  /** Why nothing may be written any more. */
  #end: SojournError | null = null;

  constructor(path: string, database: DatabaseSync, sync: LogSync) {
    [this.#path, this.#database, this.#sync] = [path, database, sync];
    [this.#begin, this.#commit] = [database.prepare('BEGIN IMMEDIATE'), database.prepare('COMMIT')];
  }

  /**
   * Resolves when what `write` wrote is durable; its own SojournErrors, thrown before it writes, spoil nothing for others. Errors: those,
   * `store.full`, `store.failed`.
   */
  run<T>(write: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#end !== null) return reject(this.#end);
      let value: T;
      this.#waiting.push({
        write: () => void (value = write()),
        done: () => resolve(value),
        fail: reject,
        refusal: null,
      });
      this.#schedule();
    });
  }

  /** Takes nothing more; resolves when all before is durable or refused. */
  async end(): Promise<void> {
    const closed = new SojournError('store.failed', `${this.#path}: expected an open store, found a closed one`);
    await this.#syncing;
    this.#flush();
    this.#end ??= closed;
    await this.#syncing;
  }

  #schedule(): void {
    if (this.#scheduled || this.#syncing !== null) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const jobs = this.#waiting;
    if (jobs.length === 0 || this.#syncing !== null) return;
    this.#waiting = [];
    const error = this.#commitAll(jobs);
    if (error === null) this.#makeDurable(jobs);
    else if (error.code === 'store.full' && jobs.length > 1) this.#oneByOne(jobs);
    else for (const job of jobs) job.fail(error);
  }

  #oneByOne(jobs: readonly Job[]): void {
    const committed = jobs.filter((job) => {
      const error = this.#commitAll([job]);
      if (error !== null) job.fail(error);
      return error === null;
    });
    this.#makeDurable(committed);
  }

  /** A lone writer is answered sooner without the way to another thread and back. */
  #makeDurable(jobs: readonly Job[]): void {
    const alone = jobs.length === 1 && this.#lastSize === 1;
    this.#lastSize = jobs.length;
    if (!alone) {
      this.#syncing = this.#syncSoon(jobs);
      return;
    }
    try {
      this.#sync.now();
      tell(jobs);
    } catch (error) {
      this.#lose(jobs, error);
    }
  }

  async #syncSoon(jobs: readonly Job[]): Promise<void> {
    try {
      await this.#sync.soon();
      tell(jobs);
    } catch (error) {
      this.#lose(jobs, error);
    }
    this.#syncing = null;
    if (this.#waiting.length > 0) this.#schedule();
  }

  /** Behind a sync that failed it can't be known what the disk holds: nothing is written any more. */
  #lose(jobs: readonly Job[], error: unknown): void {
    this.#end ??= toSqliteError(this.#path, error, 'sync');
    for (const job of jobs) job.fail(this.#end);
  }

  /** Null where all that did not refuse by itself is committed. */
  #commitAll(jobs: readonly Job[]): SojournError | null {
    if (this.#end !== null) return this.#end;
    try {
      this.#begin.run();
      for (const job of jobs) writeOne(job);
      this.#commit.run();
      return null;
    } catch (error) {
      return this.#rollBack(error);
    }
  }

  #rollBack(error: unknown): SojournError {
    try {
      // some errors have rolled back by themselves
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    } catch (failed) {
      this.#end = toSqliteError(this.#path, failed, 'roll back');
    }
    return toSqliteError(this.#path, error, 'write');
  }
}

function writeOne(job: Job): void {
  try {
    job.refusal = null;
    job.write();
  } catch (error) {
    if (!(error instanceof SojournError)) throw error;
    job.refusal = error;
  }
}

function tell(jobs: readonly Job[]): void {
  for (const job of jobs) {
    if (job.refusal === null) job.done();
    else job.fail(job.refusal);
  }
}
