/** A child process and the lines that it prints, for tests that go on, or kill it, right behind one of them. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class ChildLines {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  /** `uid`: the user that it runs as, where this process may choose. */
  constructor(command: string, words: readonly string[], uid?: number) {
    this.process = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'], ...(uid === undefined ? {} : { uid }) });
    this.#lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  /** The next line; `end` behind the last. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    return done === true ? 'end' : value;
  }

  /** All lines that are left. */
  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== 'end'; line = await this.line()) lines.push(line);
    return lines;
  }

  /** SIGKILL: no handler of its own runs. Does nothing to one that has ended. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }
}
