/** Starts `crash-child.ts` as a process of its own, under the Node that runs the tests. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ChildLine, ChildOrder } from './crash-child.ts';

const SCRIPT = fileURLToPath(new URL('crash-child.ts', import.meta.url));

export interface ChildEnd {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly lines: readonly ChildLine[];
  readonly stderr: string;
}

export interface ChildOptions {
  /** `ulimit -f`: the size that a file may grow to, in blocks of 512 bytes. */
  readonly fileBlocks?: number;
  readonly onLine?: (line: ChildLine) => void;
}

export async function runChild(order: ChildOrder, { fileBlocks, onLine }: ChildOptions = {}): Promise<ChildEnd> {
  const args = [SCRIPT, JSON.stringify(order)];
  const child =
    fileBlocks === undefined
      ? spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn('sh', ['-c', `ulimit -f ${fileBlocks}; exec "$@"`, 'sh', process.execPath, ...args], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
  const lines: ChildLine[] = [];
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as ChildLine;
    lines.push(line);
    onLine?.(line);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, lines, stderr }));
  });
}
