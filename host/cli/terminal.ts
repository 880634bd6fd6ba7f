/**
 * Where a command's words go: lines for people or one JSON document on standard output, progress and notes on standard error. Colour
 * and progress exist on a terminal only.
 */
import type { ValueMap } from '../value.ts';
import { safeJson } from './safe-text.ts';

export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

/** Keys, where a terminal stands behind it. */
export interface InputStream {
  readonly isTTY?: boolean;
  readonly isRaw?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (piece: Uint8Array | string) => void): unknown;
  off(event: 'data', listener: (piece: Uint8Array | string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface ProcessLike {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin?: InputStream;
  readonly env: { readonly [name: string]: string | undefined };
  on(event: SignalName, listener: () => void): unknown;
  off(event: SignalName, listener: () => void): unknown;
  exit(code: number): never;
}

export type Tone = 'strong' | 'faint' | 'good' | 'bad' | 'attention';

export interface Terminal {
  readonly json: boolean;
  /** Somebody reads standard output as it comes: it is a terminal, and no program asked for JSON. */
  readonly watched: boolean;
  /** For people; nothing with `--json`. */
  line(text?: string): void;
  /** The one document; nothing without `--json`. */
  document(value: ValueMap): void;
  /** As it stands: for a result that is not meant for eyes alone. */
  raw(text: string): void;
  /** What is going on now, on one line that the next text replaces. Only where somebody can be watching. */
  progress(text: string): void;
  /** A remark beside the result, on standard error; nothing with `--json`. */
  note(text: string): void;
  paint(tone: Tone, text: string): string;
}

const CODES: { readonly [tone in Tone]: readonly [number, number] } = {
  strong: [1, 22],
  faint: [2, 22],
  good: [32, 39],
  bad: [31, 39],
  attention: [33, 39],
};
const CLEAR = '\r\u001b[2K';

export function createTerminal(json: boolean, { stdout, stderr, env }: ProcessLike): Terminal {
  const colour = stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const watched = stderr.isTTY === true && env['TERM'] !== 'dumb' && !json;
  let pending = false;
  const settle = (): void => {
    if (pending) stderr.write(CLEAR);
    pending = false;
  };
  const print = (stream: OutputStream, text: string): void => {
    settle();
    stream.write(text);
  };
  return {
    json,
    watched: stdout.isTTY === true && !json,
    line: (text = '') => (json ? undefined : print(stdout, `${text}\n`)),
    document: (value) => (json ? print(stdout, `${safeJson(value)}\n`) : undefined),
    raw: (text) => print(stdout, text),
    progress(text) {
      if (!watched) return;
      stderr.write(`${CLEAR}${text}`);
      pending = true;
    },
    note: (text) => (json ? undefined : print(stderr, `${text}\n`)),
    paint(tone, text) {
      const [on, off] = CODES[tone];
      return colour ? `\u001b[${on}m${text}\u001b[${off}m` : text;
    },
  };
}
