/**
 * From arguments to an exit code: parses, runs one command, and turns whatever goes wrong into one line, or into one JSON document
 * with `--json`. Exit codes are those of host/errors.ts.
 */
import { Command, CommanderError } from 'commander';
import { SojournError, exitCodeOf } from '../errors.ts';
import type { Session } from './command.ts';
import { cleanLine, cleanLines } from './safe-text.ts';
import { createTerminal } from './terminal.ts';
import type { ProcessLike, Terminal } from './terminal.ts';
import { readVersion } from './version.ts';

const DESCRIPTION =
  'Runs untrusted agent logic as objects that carry their own state, rules and verifiable history. An object is one file: any node can pick it up, run one more step of it in a sandbox, and hand it on.';
const EXIT_CODES =
  '\nExit codes: 0 done · 1 does not hold, or did not get on · 2 wrong use · 3 bad input · 4 refused · 5 the system failed · 6 busy\nEvery command answers --help with examples.';

/** Only what a command needs is loaded for it. In the order of the help. */
const COMMANDS: { readonly [name: string]: () => Promise<(program: Command, session: Session) => void> } = {
  build: async () => (await import('./build.ts')).addBuild,
  meter: async () => (await import('./meter.ts')).addMeter,
  keygen: async () => (await import('./keygen.ts')).addKeygen,
  new: async () => (await import('./new.ts')).addNew,
  run: async () => (await import('./run.ts')).addRun,
  wake: async () => (await import('./wake.ts')).addWake,
  signal: async () => (await import('./signal.ts')).addSignal,
  show: async () => (await import('./show.ts')).addShow,
  tree: async () => (await import('./tree.ts')).addTree,
  archive: async () => (await import('./archive.ts')).addArchive,
  verify: async () => (await import('./verify.ts')).addVerify,
  compare: async () => (await import('./compare.ts')).addCompare,
  redact: async () => (await import('./redact.ts')).addRedact,
  policy: async () => (await import('./policy.ts')).addPolicy,
  serve: async () => (await import('./serve.ts')).addServe,
  token: async () => (await import('./token.ts')).addToken,
  sync: async () => (await import('./sync.ts')).addSync,
  move: async () => (await import('./move.ts')).addMove,
  top: async () => (await import('./top.ts')).addTop,
};

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
    const program = await createProgram(wordsOf(args)[0] ?? '', session);
    await program.parseAsync(args, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    return report(error, args, session);
  }
}

/** With the command that `first` names; with all of them where it names none. */
async function createProgram(first: string, session: Session): Promise<Command> {
  const program = new Command('sojourn')
    .description(DESCRIPTION)
    .version(readVersion(), '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => session.terminal.raw(text), writeErr: () => {} })
    .addHelpText('after', EXIT_CODES);
  const names = Object.hasOwn(COMMANDS, first) ? [first] : Object.keys(COMMANDS);
  for (const name of names) (await COMMANDS[name]?.())?.(program, session);
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
  const [first = '', second = ''] = wordsOf(args);
  const known = Object.hasOwn(COMMANDS, first) ? first : undefined;
  const command = known === 'policy' && second === 'check' ? 'policy check' : known;
  const help = command === undefined ? 'sojourn --help' : `sojourn ${command} --help`;
  // without a command there is no message, but the whole help
  const what =
    error.code === 'commander.help' ? 'expected a command, found none' : error.message.replace(/^error: /, '');
  return `${cleanLine(what.replace(/\.$/, ''))}: see "${help}"`;
}

function wordsOf(args: readonly string[]): readonly string[] {
  return args.filter((arg) => !arg.startsWith('-'));
}
