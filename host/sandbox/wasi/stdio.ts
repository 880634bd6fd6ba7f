/**
 * Standard streams and the rest of `wasi:cli`. Standard input is the situation. Standard output is the proposal of a command; standard error,
 * and the output of a handler that exports `handle`, become log entries, line by line and bounded. There is no terminal, no
 * environment, no argument but a name.
 */
import { WASI_LIMITS } from '../../limits.ts';
import type { WasiEvaluation } from './evaluation.ts';
import { Resource, guard } from './resource.ts';
import type { Interface } from './resource.ts';
import { sourceOf } from './streams.ts';
import type { Sink, Streams } from './streams.ts';

const NAME = 'handler';

export interface Stdio {
  readonly interfaces: { readonly [name: string]: Interface };
  /** What a command wrote to its standard output. */
  output(): Uint8Array;
  /** The last of what was written to standard error. */
  tail(): string;
  /** Sends the lines that are complete so far; with `all`, the last one too. */
  sendLines(all: boolean): Promise<void>;
}

export function createStdio(evaluation: WasiEvaluation, streams: Streams, input: Uint8Array): Stdio {
  const log = createLineLog(evaluation);
  const output = createOutput(evaluation);
  const stdin = sourceOf(input);
  const stdout = evaluation.command ? output.sink : log.sink;
  const cli: { readonly [name: string]: Interface } = {
    'cli/environment': {
      getEnvironment: () => [],
      getArguments: () => [NAME],
      initialCwd: () => undefined,
    },
    'cli/exit': {
      exit: ({ tag }: { readonly tag: string }) => evaluation.end({ kind: 'exit', code: tag === 'ok' ? 0 : 1 }),
      exitWithCode: (code: number) => evaluation.end({ kind: 'exit', code }),
    },
    'cli/stdin': { getStdin: () => streams.input(stdin) },
    'cli/stdout': { getStdout: () => streams.output(stdout) },
    'cli/stderr': { getStderr: () => streams.output(log.sink) },
    'cli/terminal-input': { TerminalInput: class TerminalInput extends Resource {} },
    'cli/terminal-output': { TerminalOutput: class TerminalOutput extends Resource {} },
    'cli/terminal-stdin': { getTerminalStdin: () => undefined },
    'cli/terminal-stdout': { getTerminalStdout: () => undefined },
    'cli/terminal-stderr': { getTerminalStderr: () => undefined },
  };
  return {
    interfaces: Object.fromEntries(Object.entries(cli).map(([name, members]) => [name, guard(evaluation, members)])),
    output: output.bytes,
    tail: log.tail,
    sendLines: log.send,
  };
}

/** Standard output of a command: all of it, up to the bound of a proposal. */
function createOutput(evaluation: WasiEvaluation): { readonly sink: Sink; readonly bytes: () => Uint8Array } {
  const pieces: Uint8Array[] = [];
  const { proposalBytes } = evaluation.limits;
  let size = 0;
  return {
    sink: {
      write(bytes) {
        size += bytes.length;
        if (size > proposalBytes)
          evaluation.pass('proposalBytes', `standard output: expected at most ${proposalBytes} bytes, found more`);
        pieces.push(bytes.slice());
      },
    },
    bytes: () => Buffer.concat(pieces),
  };
}

interface LineLog {
  readonly sink: Sink;
  readonly tail: () => string;
  readonly send: (all: boolean) => Promise<void>;
}

const TAIL_BYTES = 2048;
const NEWLINE = 0x0a;

/**
 * Bytes in, `log.write` calls out. Lines wait here until the guest makes a capability call or ends, so that they stand in the
 * object in the order in which things happened. A denial ends it: one entry says so, and no more are asked for.
 */
function createLineLog(evaluation: WasiEvaluation): LineLog {
  const { stderrBytes, lineBytes, logLines } = WASI_LIMITS;
  const most = Math.min(logLines, Math.floor(evaluation.limits.calls / 4));
  let lines: string[] = [];
  let rest = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let kept = 0;
  let left = 0;
  let sent = 0;
  let denied = false;

  const take = (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const end = rest.indexOf(NEWLINE);
      const cut = end >= 0 && end <= lineBytes ? end : rest.length > lineBytes ? lineBytes : -1;
      if (cut < 0) return;
      lines.push(rest.toString('utf8', 0, cut));
      rest = rest.subarray(cut === end ? cut + 1 : cut);
    }
  };
  const write = async (message: string) => {
    if (denied) return;
    const answer = await evaluation.call('log.write', { level: 'info', message });
    denied = !answer.ok;
  };
  return {
    sink: {
      write(bytes) {
        const taken = Math.min(bytes.length, stderrBytes - kept);
        kept += taken;
        left += bytes.length - taken;
        take(Buffer.from(bytes.subarray(0, taken)));
        tail = Buffer.concat([tail, bytes]).subarray(-TAIL_BYTES);
      },
    },
    tail: () => tail.toString('utf8').trim(),
    async send(all) {
      if (all && rest.length > 0) {
        lines.push(rest.toString('utf8'));
        rest = Buffer.alloc(0);
      }
      const due = lines;
      lines = [];
      for (const line of due) {
        // the guest's own calls come first
        if (sent >= most || evaluation.callsLeft() <= (all ? 0 : 1)) left += Buffer.byteLength(line) + 1;
        else await write(line);
        sent += 1;
      }
      if (all && left > 0 && most > 0 && evaluation.callsLeft() > 0) await write(`${left} more bytes were left out`);
    },
  };
}
