/** What `sojourn run` says: each entry as it comes, how the run stopped, and the stacks of what the handler threw. */
import type { RunReport, RunStatus } from '../node/run.ts';
import type { Entry } from '../object/model.ts';
import { describeCondition } from './describe-condition.ts';
import { describeEntry } from './describe-entry.ts';
import { describeTrust } from './describe-trust.ts';
import { showCount } from './quantities.ts';
import { cleanLine } from './safe-text.ts';
import { sentenceLines } from './sentence-lines.ts';
import { readStacks } from './stack.ts';
import type { Terminal } from './terminal.ts';

/** How a run that stopped so ends its command. */
export const EXIT: { readonly [status in RunStatus]: number } = {
  dormant: 0,
  terminated: 0,
  paused: 0,
  refused: 4,
  blocked: 4,
  failed: 1,
  stalled: 1,
  bound: 1,
};

/** Tells each entry when it is there, under the heading of its cycle. */
export function createTeller(terminal: Terminal): (entry: Entry) => void {
  let cycle = 0;
  return (entry) => {
    if (entry.cycle !== cycle) terminal.line(terminal.paint('strong', `cycle ${entry.cycle}`));
    cycle = entry.cycle;
    for (const line of sentenceLines(describeEntry(entry), terminal)) terminal.line(`  ${line}`);
    if (entry.kind === 'open') terminal.progress('  running the handler …');
    if (entry.kind === 'call') terminal.progress('  waiting for the answer …');
  };
}

/** The handler's own errors with their stacks, when all is done: a map is only looked for where there is a stack. */
export async function tellStacks(
  object: string,
  { outcomes, state }: RunReport,
  flags: { readonly map?: string; readonly handlers?: readonly string[] },
  terminal: Terminal,
): Promise<void> {
  const { map, handlers } = flags;
  const stackLines = await readStacks(outcomes, { object, handler: state.genesis.handler, handlers, map });
  for (const outcome of outcomes) {
    const lines = stackLines(outcome);
    if (lines.length > 0) terminal.line(`stack of entry ${outcome.seq}`);
    for (const line of lines) terminal.line(line);
  }
}

export function endLines(
  { status, message, outcomes, attempts, state }: RunReport,
  terminal: Terminal,
): readonly string[] {
  const said = message === null ? '' : `: ${cleanLine(message)}`;
  const words: { readonly [name in RunStatus]: string } = {
    dormant: `asleep${state.dormancy === null ? '' : `: it wakes ${describeCondition(state.dormancy.condition, state.dormancy.since)}`}`,
    terminated: outcomes.length === 0 ? `nothing to do${said}` : 'ended',
    paused: 'stopped here: run it again to go on',
    refused: `refused${said}`,
    blocked: `blocked${said}`,
    failed: `failed${said}`,
    stalled: `stalled: the handler proposes again what was not carried out${said}`,
    bound: `stopped at the bound of one run${said}`,
  };
  const tone = EXIT[status] === 0 ? (status === 'terminated' ? 'good' : 'attention') : 'bad';
  const nothing =
    outcomes.length === 0 && attempts === null
      ? [`  nothing was appended${status === 'dormant' && message !== null ? `: ${cleanLine(message)}` : ''}`]
      : [];
  const done =
    outcomes.length === 0
      ? []
      : [`  ${showCount(outcomes.length, 'cycle')}, entry ${state.seq}, trust ${describeTrust(state)}`];
  return [terminal.paint(tone, words[status]), ...nothing, ...done];
}
