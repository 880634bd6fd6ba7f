/**
 * From arguments to an exit code: parses, runs one command, and turns whatever goes wrong into one line, or into one JSON document
 * with `--json`. Exit codes are those of host/errors.ts.
 */
import { Command, CommanderError } from 'commander';
import { SojournError, exitCodeOf } from '../errors.ts';
import { addArchive } from './archive.ts';
import { addBuild } from './build.ts';
import type { Session } from './command.ts';
import { addCompare } from './compare.ts';
import { addKeygen } from './keygen.ts';
import { addMeter } from './meter.ts';
import { addNew } from './new.ts';
import { addPolicy } from './policy.ts';
import { addRedact } from './redact.ts';
import { addRun } from './run.ts';
import { cleanLine, cleanLines } from './safe-text.ts';
import { addServe } from './serve.ts';
import { addShow } from './show.ts';
import { addSignal } from './signal.ts';
import { createTerminal } from './terminal.ts';
import type { ProcessLike, Terminal } from './terminal.ts';
import { addToken } from './token.ts';
import { addTree } from './tree.ts';
import { addVerify } from './verify.ts';
import { readVersion } from './version.ts';
import { addWake } from './wake.ts';

const DESCRIPTION =
  'Runs untrusted agent logic as objects that carry their own state, rules and verifiable history. An object is one file: any node can pick it up, run one more step of it in a sandbox, and hand it on.';
const EXIT_CODES =
  '\nExit codes: 0 done · 1 does not hold, or did not get on · 2 wrong use · 3 bad input · 4 refused · 5 the system failed · 6 busy\nEvery command answers --help with examples.';

/** Runs one command. Resolves to the exit code; never rejects. */
export async function runCommandLine(args: readonly string[], process: ProcessLike): Promise<number> {
  const end = args.indexOf('--');
  const json = args.slice(0, end < 0 ? args.length : end).includes('--json');
  const terminal = createTerminal(json, process);
  const session: Session = { terminal, process, exitCode: 0 };
  // whoever reads has seen enough
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) =>
      process.exit('code' in error && error.code === 'EPIPE' ? session.exitCode : exitCodeOf('store.failed')),
    );
  }
  try {
    await createProgram(session).parseAsync(args, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    return report(error, args, session);
  }
}

function createProgram(session: Session): Command {
  const program = new Command('sojourn')
    .description(DESCRIPTION)
    .version(readVersion(), '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => session.terminal.raw(text), writeErr: () => {} })
    .addHelpText('after', EXIT_CODES);
  for (const add of [
    addBuild,
    addMeter,
    addKeygen,
    addNew,
    addRun,
    addWake,
    addSignal,
    addShow,
    addTree,
    addArchive,
    addVerify,
    addCompare,
    addRedact,
    addPolicy,
    addServe,
    addToken,
  ])
    add(program, session);
  return program;
}

function report(error: unknown, args: readonly string[], { terminal, process }: Session): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const failure = toFailure(error, args);
  if (terminal.json)
    terminal.document({ error: { code: failure.code, message: failure.message, details: failure.details } });
  else printError(failure.message, terminal);
  if ((process.env['SOJOURN_DEBUG'] ?? '') !== '' && error instanceof Error)
    process.stderr.write(`${error.stack ?? ''}\n`);
  return exitCodeOf(failure.code);
}

/** One line, but for a build, which may have found several things. */
function printError(message: string, terminal: Terminal): void {
  const [first = '', ...more] = cleanLines(message).filter((line) => line !== '');
  terminal.note([`sojourn: ${first}`, ...more.map((line) => `  ${line}`)].join('\n'));
}

function toFailure(error: unknown, args: readonly string[]): SojournError {
  if (error instanceof SojournError) return error;
  if (error instanceof CommanderError) return new SojournError('usage', usageMessage(error, args));
  return new SojournError('internal', error instanceof Error ? error.message : String(error), { cause: error });
}

function usageMessage(error: CommanderError, args: readonly string[]): string {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const command =
    COMMANDS.find((name) => name === words.slice(0, 2).join(' ')) ?? COMMANDS.find((name) => name === words[0]);
  const help = command === undefined ? 'sojourn --help' : `sojourn ${command} --help`;
  // without a command there is no message, but the whole help
  const what =
    error.code === 'commander.help' ? 'expected a command, found none' : error.message.replace(/^error: /, '');
  return `${cleanLine(what.replace(/\.$/, ''))}: see "${help}"`;
}

const COMMANDS = [
  'build',
  'meter',
  'keygen',
  'new',
  'run',
  'wake',
  'signal',
  'show',
  'tree',
  'archive',
  'verify',
  'compare',
  'redact',
  'policy check',
  'policy',
  'serve',
  'token',
];
