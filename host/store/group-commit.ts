/**
 * Writes that come in one turn of the event loop, in one transaction: one sync for all of them. Each is told when it is durable. What
 * a commit can't take is not there at all; where there was no room for a group, its writes are tried one by one.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SojournError } from '../errors.ts';
import { isSyncFailure, toSqliteError } from './sqlite-error.ts';

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
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  #jobs: Job[] = [];
  /** Why nothing may be written any more. */
  #end: SojournError | null = null;

  constructor(path: string, database: DatabaseSync) {
    [this.#path, this.#database] = [path, database];
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
      if (this.#jobs.length === 0) setImmediate(() => this.flush());
      this.#jobs.push({
        write: () => void (value = write()),
        done: () => resolve(value),
        fail: reject,
        refusal: null,
      });
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    const jobs = this.#jobs;
    if (jobs.length === 0) return;
    this.#jobs = [];
    const error = this.#commitAll(jobs);
    if (error === null) return;
    if (error.code === 'store.full' && jobs.length > 1) {
      for (const job of jobs) this.#failAll([job], this.#commitAll([job]));
    } else this.#failAll(jobs, error);
  }

  /** Commits what waits, and takes nothing more. */
  end(): void {
    this.flush();
    this.#end ??= new SojournError('store.failed', `${this.#path}: expected an open store, found a closed one`);
  }

  /** Null where all that did not refuse by itself is durable, and told so. */
  #commitAll(jobs: readonly Job[]): SojournError | null {
    if (this.#end !== null) return this.#end;
    try {
      this.#begin.run();
      for (const job of jobs) this.#write(job);
      this.#commit.run();
    } catch (error) {
      return this.#rollBack(error);
    }
    for (const job of jobs) {
      if (job.refusal === null) job.done();
      else job.fail(job.refusal);
    }
    return null;
  }

  #write(job: Job): void {
    try {
      job.refusal = null;
      job.write();
    } catch (error) {
      if (!(error instanceof SojournError)) throw error;
      job.refusal = error;
    }
  }

  #rollBack(error: unknown): SojournError {
    const told = toSqliteError(this.#path, error, 'write');
    try {
      // some errors have rolled back by themselves
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    } catch (failed) {
      this.#end = toSqliteError(this.#path, failed, 'roll back');
    }
    if (isSyncFailure(error)) this.#end = told;
    return told;
  }

  #failAll(jobs: readonly Job[], error: SojournError | null): void {
    if (error !== null) for (const job of jobs) job.fail(error);
  }
}
