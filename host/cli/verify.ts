/**
 * `sojourn verify`: does everything hold? Exit code 0 only if it does.
 */
import type { Command } from 'commander';
import { censusJson } from '../node/census.ts';
import type { Census } from '../node/census.ts';
import type { VerifyReport } from '../node/verify.ts';
import type { ReplayResult } from '../kernel/replay.ts';
import { SojournError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { entryJson } from '../object/json.ts';
import type { Entry } from '../object/model.ts';
import { decodeProof, proofBytesMost } from '../object/proof.ts';
import { addCommand, collect } from './command.ts';
import type { Session } from './command.ts';
import { describeCensus } from './confidential-lines.ts';
import { describeEntry } from './describe-entry.ts';
import { readFileBounded } from './files.ts';
import { addTokenOption } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { withHost } from './open-host.ts';
import { shortId, showCount, showNumber, showTime } from './quantities.ts';
import { readReceipts } from './receipt.ts';
import { openRemote } from './remote.ts';
import { cleanLine } from './safe-text.ts';
import type { Terminal } from './terminal.ts';

interface VerifyFlags extends TokenFlags {
  readonly replay?: boolean;
  readonly head?: readonly string[];
  readonly key?: string;
  readonly archive?: readonly string[];
  readonly proof?: string;
  readonly handlers?: readonly string[];
}

const TEXT = {
  summary: 'check that everything in an object holds',
  description:
    'Checks every hash, seal and signature of an object, and that nothing was done without a verdict that allows it. Needs no key, no policy and no network; bodies that are confidential to others stay closed, and what follows from them is not audited. With --replay the handler of every cycle runs again over the recorded answers, and must make the same calls and proposals with the same fuel. With --head a receipt that somebody kept shows whether the end of the history was cut off. An object that left entries in archives is verified from its checkpoint on, and with --archive from its first entry; with --proof, that one archived entry is part of it.\n\nExit code 0: all holds. 1: it does not, and the entry and the reason are named.',
  examples: [
    'verify order.sojourn --replay',
    'verify order.sojourn --archive order.1.archive --head order.receipt --json',
    'verify order.sojourn --proof entry-3.proof',
  ],
};

export function addVerify(program: Command, session: Session): void {
  const command = addCommand(program, 'verify', TEXT)
    .argument('<object>', 'the file, or its address at a node')
    .option('--replay', 'run every cycle again')
    .option(
      '--head <receipt>',
      'a receipt that the object must hold: a file, or hexadecimal digits; may be repeated',
      collect,
    )
    .option('--archive <file>', 'an archive of the object; all of them, the oldest first', collect)
    .option('--proof <file>', 'a proof that "sojourn archive --prove" wrote')
    .option('--key <file>', "a key that confidential bodies are opened with: a node's, or one that only reads")
    .option('--handlers <folder>', 'a folder with handlers that objects do not embed; may be repeated', collect);
  addTokenOption(command).action((object: string, flags: VerifyFlags) => verify(object, flags, session));
}

async function verify(object: string, flags: VerifyFlags, session: Session): Promise<void> {
  const { terminal } = session;
  const heads = await readReceipts(flags.head);
  const proof = flags.proof === undefined ? null : await readProof(flags.proof);
  const remote = await openRemote([object], flags, session);
  await withHost({ handlers: flags.handlers, reader: flags.key, remote }, async (host) => {
    terminal.progress('verifying …');
    const onCycle = (result: ReplayResult): void => terminal.progress(`replayed cycle ${result.cycle} …`);
    const report = await host.verify(object, {
      replay: flags.replay ?? false,
      onCycle,
      archives: flags.archive ?? [],
      heads,
      ...(proof === null ? {} : { proof }),
    });
    session.exitCode = report.ok ? 0 : 1;
    terminal.document({ object, ...reportJson(report) });
    for (const line of reportLines(object, report, heads.length > 0, terminal)) terminal.line(line);
  });
}

/** Errors: those of `decodeProof`, with the file's name. */
async function readProof(path: string): Promise<Uint8Array> {
  const bytes = await readFileBounded(path, proofBytesMost(DEFAULT_LIMITS.object), 'object.limit');
  try {
    decodeProof(bytes, DEFAULT_LIMITS.object);
  } catch (error) {
    if (!(error instanceof SojournError)) throw error;
    const message = `${path}: expected a proof, as "sojourn archive --prove" writes it: ${error.message}`;
    throw new SojournError(error.code, message, { details: error.details, cause: error });
  }
  return bytes;
}

function reportJson(report: VerifyReport) {
  if (!report.ok) return { ...report };
  return {
    ...report,
    nodes: [...report.nodes],
    confidential: censusJson(report.confidential),
    replay: report.replay?.map((result) => ({ ...result })) ?? null,
    carried: report.carried === null ? null : { ...report.carried },
    proven: report.proven === null ? null : entryJson(report.proven),
  };
}

/** Where the bytes begin that were verified. */
function beginLines({ carried, proven }: Extract<VerifyReport, { ok: true }>): readonly string[] {
  return [
    ...(carried === null
      ? []
      : [
          `  begins      with checkpoint ${carried.seq}: what was before stands in archives, on the word of ${carried.signed ? `node ${carried.node}` : 'nobody: it is not signed'}`,
        ]),
    ...(proven === null ? [] : [`  proven      entry ${proven.seq}: ${describeProven(proven)}`]),
  ];
}

function describeProven(entry: Entry): string {
  const { verb, text } = describeEntry(entry);
  return `${verb} ${text}, at ${showTime(entry.time)} by node ${shortId(entry.node)}`;
}

function reportLines(
  object: string,
  report: VerifyReport,
  withReceipt: boolean,
  terminal: Terminal,
): readonly string[] {
  if (!report.ok) {
    return [
      `${terminal.paint('bad', 'does not hold')}: ${object}`,
      `  where       entry ${report.index}${report.offset === null ? '' : `, seen at byte ${report.offset}`}`,
      `  why         ${cleanLine(report.message)}`,
    ];
  }
  return [
    `${terminal.paint('good', 'holds')}: ${object}`,
    `  chain       ${showCount(report.entries, 'entry')}, ${showCount(report.cycles, 'cycle')}: each names the hash of the one before`,
    `  seals       ${showCount(report.seals, 'seal')} by ${report.nodes.map((node) => shortId(node)).join(', ')}; ${report.signed ? 'every signature holds' : 'not every one is signed'}`,
    ...beginLines(report),
    ...(report.unsealed === 0
      ? []
      : [`  unsealed    ${showCount(report.unsealed, 'entry')} at the end: nobody vouches for them yet`]),
    `  head        ${report.head}${withReceipt ? ', and the receipt is part of it' : ''}`,
    `  trust       ${report.trust} of 1000`,
    ...censusLine(report.confidential),
    ...(report.replay ?? []).map((result) => `  replay      cycle ${result.cycle}: ${describeReplay(result)}`),
  ];
}

function censusLine(census: Census): readonly string[] {
  const text = describeCensus(census);
  return text === null ? [] : [`  secret      ${text}`];
}

function describeReplay(result: ReplayResult): string {
  switch (result.kind) {
    case 'same':
      return `the same calls (${result.calls}), the same proposal, the same fuel (${showNumber(result.fuel)})`;
    case 'skipped':
      return `nothing to run: ${cleanLine(result.why)}`;
    case 'diverged':
      return `differs at entry ${result.seq}: ${cleanLine(result.message)}`;
  }
}
