/**
 * `sojourn wake`: looks at every sleeper in a folder and runs those whose condition holds, one line for each object.
 */
import type { Command } from 'commander';
import { basename } from 'node:path';
import { DEFAULT_LIMITS } from '../limits.ts';
import { listObjects } from '../node/list-objects.ts';
import type { WakeLine, WakeReport, WakeState } from '../node/wake-objects.ts';
import { addCommand, collect } from './command.ts';
import type { Session } from './command.ts';
import { listenForInterrupt } from './interrupt.ts';
import { expectFile } from './node-url.ts';
import { withHost } from './open-host.ts';
import { showCount, showTime } from './quantities.ts';
import { readReceipts } from './receipt.ts';
import { EXIT } from './run-lines.ts';
import { cleanLine } from './safe-text.ts';
import type { Terminal, Tone } from './terminal.ts';

interface WakeFlags {
  readonly policy: string;
  readonly key?: string;
  readonly now?: string;
  readonly zone?: string;
  readonly handlers?: readonly string[];
  readonly dryRun?: boolean;
  readonly advice?: string;
  readonly head?: readonly string[];
  readonly accept?: readonly string[];
}

const TEXT = {
  summary: 'run the sleepers in a folder whose time has come',
  description:
    'Reads every object in a folder, tells those that have to do with each other what became of the other one (a child that ended, a parent that gave up), and runs each sleeper whose wake condition holds. What sleeps on stays as it is. An object that is broken, or lies there twice, is named and passed over.',
  examples: [
    'wake objects --policy policies/quickstart --key node-a.pem',
    'wake objects --policy policies/quickstart --key node-a.pem --dry-run',
    'wake objects --policy policies/quickstart --key node-a.pem --now 2027-01-01T00:00:00Z --json',
  ],
  required: ['--policy'],
};

export function addWake(program: Command, session: Session): void {
  addCommand(program, 'wake', TEXT)
    .argument('<folder>', 'where the objects lie')
    .option('--policy <folder>', 'the policy of this node')
    .option('--key <file>', 'who this node is; without one what it adds is unsigned')
    .option(
      '--head <receipt>',
      'a receipt that its object must hold: a file, or hexadecimal digits; may be repeated',
      collect,
    )
    .option('--accept <node>', 'a node (id) whose checkpoint this one takes the word of; may be repeated', collect)
    .option('--dry-run', 'say what would wake, and when; change nothing')
    .option('--now <instant>', 'the time that this node goes by, for example 2026-12-24T18:00:00Z (default: its clock)')
    .option('--zone <name>', 'where this node stands')
    .option('--handlers <folder>', 'a folder with handlers that objects do not embed; may be repeated', collect)
    .option('--advice <file>', 'whom handlers may ask for advice (docs/advice.md; default: nobody)')
    .action((folder: string, flags: WakeFlags) => wake(folder, flags, session));
}

async function wake(folder: string, flags: WakeFlags, session: Session): Promise<void> {
  const { terminal } = session;
  expectFile(folder, 'wake', 'a node wakes its objects by itself');
  const heads = await readReceipts(flags.head);
  await withHost(flags, async (host) => {
    terminal.progress('reading and verifying the objects …');
    const stop = listenForInterrupt(session.process, terminal);
    let report: WakeReport;
    try {
      report = await host.wake(() => listObjects(folder, DEFAULT_LIMITS.run.wakeObjects), {
        dryRun: flags.dryRun ?? false,
        heads,
        onLine: (line) => tell(line, terminal),
        signal: stop.signal,
      });
    } finally {
      stop.done();
    }
    session.exitCode = exitCodeFor(report.lines);
    terminal.document({
      folder,
      node: host.node,
      settled: report.settled,
      lines: report.lines.map((line) => ({ ...line })),
    });
    const woke = report.lines.filter(({ state }) => state === 'woke' || state === 'would-wake').length;
    terminal.line(
      `${showCount(new Set(report.lines.map(({ object }) => object)).size, 'object')}, ${woke} ${flags.dryRun === true ? 'would wake' : 'woke'}`,
    );
    if (!report.settled) terminal.line(terminal.paint('attention', 'more may wake: run it again'));
  });
}

const TONES: { readonly [state in WakeState]: Tone } = {
  'woke': 'good',
  'refused': 'bad',
  'would-wake': 'good',
  'asleep': 'faint',
  'active': 'faint',
  'ended': 'faint',
  'broken': 'bad',
  'closed': 'attention',
  'twice': 'bad',
  'busy': 'attention',
  'failed': 'bad',
};
const STATE_WIDTH = 11;

function tell(line: WakeLine, terminal: Terminal): void {
  const { state, object, message } = line;
  const said = message === null ? '' : `: ${cleanLine(message)}`;
  const name = cleanLine(basename(object));
  const words = [describeNews(line), describeCause(line), describeNext(line)].filter((text) => text !== '').join('; ');
  terminal.line(
    `${terminal.paint(TONES[state], state.padEnd(STATE_WIDTH))}${name}${words === '' ? '' : `  ${words}`}${said}`,
  );
}

function describeNews({ told }: WakeLine): string {
  return told.length === 0 ? '' : `told of ${told.map((name) => cleanLine(basename(name))).join(', ')}`;
}

function describeCause({ because }: WakeLine): string {
  if (because.length === 0) return '';
  return `because of ${because.length === 1 ? 'entry' : 'entries'} ${because.slice(0, 8).join(', ')}`;
}

function describeNext({ state, status, wakesAt }: WakeLine): string {
  if (status !== null) return `its run: ${status}`;
  if (state !== 'asleep') return '';
  return wakesAt === null ? 'time alone never wakes it' : `wakes at ${showTime(wakesAt)} at the latest`;
}

/** The gravest: a bad object, a system that failed, a run that did not get on, one that was refused, one that another process has. */
function exitCodeFor(lines: readonly WakeLine[]): number {
  const states = new Set(lines.map(({ state }) => state));
  if (states.has('broken') || states.has('twice')) return 3;
  if (states.has('failed')) return 5;
  const codes = lines.map(({ status }) => (status === null ? 0 : EXIT[status]));
  return [1, 4].find((code) => codes.includes(code)) ?? (states.has('busy') ? 6 : 0);
}
