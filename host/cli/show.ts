/**
 * `sojourn show`: what an object is and what happened to it, at its end or at an earlier entry.
 */
import type { Command } from 'commander';
import { hex } from '../json.ts';
import type { Census } from '../node/census.ts';
import { intentJson } from '../node/intent-steps.ts';
import type { ObjectView } from '../node/view.ts';
import { viewJson } from '../node/view.ts';
import type { Entry, Scope } from '../object/model.ts';
import type { State } from '../object/state.ts';
import { describeTrust } from './describe-trust.ts';
import { addCommand, parseSeq } from './command.ts';
import { addTokenOption } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { openRemote } from './remote.ts';
import type { Session } from './command.ts';
import { describeCensus } from './confidential-lines.ts';
import { describeSpent } from './describe-budgets.ts';
import { describeChild } from './describe-child.ts';
import { describeKnown } from './describe-witness.ts';
import { describeCondition } from './describe-condition.ts';
import { describeNegativeNote, describePending } from './describe-pending.ts';
import { markCovered } from './describe-confidential.ts';
import { describeEntry, showValue } from './describe-entry.ts';
import { withHost } from './open-host.ts';
import { shortId, showCount, showTime } from './quantities.ts';
import { cleanLine } from './safe-text.ts';
import { intentLines } from './show-intent.ts';
import { sentenceLines } from './sentence-lines.ts';
import { readStacks } from './stack.ts';
import type { Terminal } from './terminal.ts';

const TEXT = {
  summary: 'show what an object is and what happened to it',
  description:
    'Verifies an object and shows its state and its history, one line for each entry. Changes nothing and needs no key. With --at, both are shown as they were behind that entry.',
  examples: [
    'show order.sojourn',
    'show order.sojourn --at 3',
    'show order.sojourn --intent',
    'show order.sojourn --json',
  ],
};

interface ShowFlags extends TokenFlags {
  readonly at?: number;
  readonly map?: string;
  readonly key?: string;
  readonly intent?: boolean;
}

export function addShow(program: Command, session: Session): void {
  const command = addCommand(program, 'show', TEXT)
    .argument('<object>', 'the file, or its address at a node')
    .option('--at <entry>', 'position of the last entry to take into account', parseSeq)
    .option('--key <file>', "a key that confidential bodies are opened with: a node's, or one that only reads")
    .option('--map <file>', 'source map for the stacks of handlers (default: the one beside the component)')
    .option('--intent', 'show the way of its intent instead: the original, and each step with its reason');
  addTokenOption(command).action((object: string, flags: ShowFlags) => show(object, flags, session));
}

async function show(object: string, flags: ShowFlags, session: Session): Promise<void> {
  const { at, map, key, intent } = flags;
  const { terminal } = session;
  await withHost({ reader: key, remote: await openRemote([object], flags, session) }, async (host) => {
    const view = await host.show(object, at === undefined ? {} : { at });
    if (intent === true) return showIntent(view, terminal);
    if (terminal.json) return terminal.document(viewJson(view));
    const rows = [...stateRows(view), ...valueRows(view.state)];
    for (const [name, text] of rows) terminal.line(`${terminal.paint('faint', name.padEnd(11))} ${text}`);
    terminal.line();
    const stackLines = await readStacks(view.entries, { object, handler: view.state.genesis.handler, map });
    for (const line of timeline(view, terminal, stackLines)) terminal.line(line);
  });
}

function showIntent({ state, entries }: ObjectView, terminal: Terminal): void {
  if (terminal.json) return terminal.document(intentJson(state, entries));
  for (const line of intentLines(state, entries, terminal)) terminal.line(line);
}

type Row = readonly [name: string, text: string];

function stateRows({ state, unsealed, signed, confidential, carried }: ObjectView): readonly Row[] {
  const { genesis, spent } = state;
  const { context } = genesis;
  return [
    ['object', hex(state.id)],
    ['goal', cleanLine(state.intent.goal)],
    ['kind', cleanLine(state.intent.kind)],
    ['status', describeStatus(state, confidential.closedAt)],
    [
      'made',
      `${showTime(genesis.time)} by ${context.creator.every((byte) => byte === 0) ? 'nobody (unsigned)' : `key ${shortId(context.creator)}…`}`,
    ],
    ['handler', hex(genesis.handler)],
    ...(state.pending === null ? [] : [['tries', describePending(state.pending)] as const]),
    ...state.negatives.map((note) => ['ruled out', describeNegativeNote(note)] as const),
    ['may use', describeScope(context.scope)],
    ['spent', describeSpent(spent, context.budgets)],
    ['trust', describeTrust(state)],
    ...archivedRows(carried),
    [
      'sealed',
      `${signed ? 'every seal is signed' : 'not every seal is signed'}${unsealed === 0 ? '' : `; ${showCount(unsealed, 'entry')} at the end without a seal`}`,
    ],
    ...censusRow(confidential),
  ];
}

function archivedRows(carried: ObjectView['carried']): readonly Row[] {
  if (carried === null) return [];
  const who = carried.signed ? `node ${shortId(carried.node)}` : 'nobody (unsigned)';
  return [['archived', `entries 1 to ${carried.seq - 1}; what they came to is the word of ${who}`]];
}

function censusRow(census: Census): readonly Row[] {
  const text = describeCensus(census);
  return text === null ? [] : [['secret', text]];
}

function describeStatus({ status, dormancy, last, seq }: State, closedAt: number | null): string {
  if (closedAt !== null && closedAt === seq + 1)
    return `not known: entry ${closedAt} is closed to this reader; what stands here is of the entry before`;
  if (status === 'dormant' && dormancy !== null)
    return `asleep; wakes ${describeCondition(dormancy.condition, dormancy.since)}`;
  if (status === 'terminated') return `ended at entry ${last?.seq ?? 0}`;
  return 'active: it can be run';
}

function describeScope({ capabilities, zones }: Scope): string {
  const what = capabilities.length === 0 ? 'no capability' : capabilities.map((name) => cleanLine(name, 64)).join(', ');
  return zones.length === 0 ? what : `${what}; in ${zones.map((zone) => cleanLine(zone, 64)).join(', ')} only`;
}

function valueRows({ values, children, objects }: State): readonly Row[] {
  const kept = [...values].map(([key, { value, seq }]): Row => [
    'value',
    `${cleanLine(key, 64)} = ${showValue(value)} (entry ${seq})`,
  ]);
  return [
    ...kept,
    ...[...children].map(([name, child]): Row => ['child', describeChild(name, child)]),
    ...[...objects].map(([id, known]): Row => ['knows', describeKnown(id, known)]),
  ];
}

function timeline(
  { state, entries }: ObjectView,
  terminal: Terminal,
  stackLines: (entry: Entry) => readonly string[],
): readonly string[] {
  const width = String(entries.at(-1)?.seq ?? state.seq).length;
  const lines = entries.flatMap((entry) => {
    const head = `${String(entry.seq).padStart(width)}  ${showTime(entry.time)}  ${shortId(entry.node).padEnd(8)}  `;
    return [...sentenceLines(markCovered(describeEntry(entry), entry), terminal), ...stackLines(entry)].map(
      (line, index) => `${index === 0 ? terminal.paint('faint', head) : ' '.repeat(head.length)}${line}`,
    );
  });
  const heading = `${'#'.padStart(width)}  ${'when'.padEnd(23)}  ${'node'.padEnd(8)}  what`;
  return [
    terminal.paint('strong', heading),
    terminal.paint('faint', `${'0'.padStart(width)}  ${showTime(state.genesis.time)}  ${' '.repeat(8)}  genesis`),
    ...lines,
    ...endOfLine(entries),
  ];
}

function endOfLine(entries: readonly Entry[]): readonly string[] {
  return entries.length === 0 ? ['no entries'] : [];
}
