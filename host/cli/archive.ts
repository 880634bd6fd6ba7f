/**
 * `sojourn archive`: leaves an object's past behind in a file of its own, or proves from there what was in it.
 */
import type { Command } from 'commander';
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { ArchiveReport } from '../node/archive.ts';
import { encodeProof } from '../object/proof.ts';
import { addCommand, collect, parseSeq } from './command.ts';
import type { Session } from './command.ts';
import { replaceFile } from './files.ts';
import { addTokenOption } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { expectFile } from './node-url.ts';
import { withHost } from './open-host.ts';
import { showBytes, showCount } from './quantities.ts';
import { writeReceipt } from './receipt.ts';
import { openRemote } from './remote.ts';

interface ArchiveFlags extends TokenFlags {
  readonly to: string;
  readonly key?: string;
  readonly withoutHandler?: boolean;
  readonly accept?: readonly string[];
  readonly receipt?: string;
  readonly prove?: number;
  readonly from?: readonly string[];
}

const TEXT = {
  summary: 'leave the past of an object behind in an archive, or prove what is in one',
  description:
    'Appends a checkpoint and its seal, writes all entries before it to an archive, byte for byte, and leaves an object that begins with the checkpoint: it can be run, verified and archived again. Nothing is lost: the archives and the object are the whole history. Should the command be interrupted, give it again.\n\nWith --prove it writes a proof that an archived entry is part of the object, for "sojourn verify --proof".',
  examples: [
    'archive order.sojourn --to order.1.archive --key node-a.pem',
    'archive order.sojourn --prove 3 --from order.1.archive --to entry-3.proof',
  ],
  required: ['--to'],
};

export function addArchive(program: Command, session: Session): void {
  const command = addCommand(program, 'archive', TEXT)
    .argument('<object>', 'the file; with --prove, its address at a node will do')
    .option('--to <file>', 'where the archive goes, a file that is not there yet; or the proof')
    .option(
      '--key <file>',
      'who this node is; without one the checkpoint is unsigned, and others will not go on from it',
    )
    .option('--without-handler', 'leave the embedded handler in the archive, too')
    .option('--accept <node>', 'a node (id) whose checkpoint this one takes the word of; may be repeated', collect)
    .option('--receipt <file>', 'write the receipt of the seal')
    .option('--prove <entry>', 'position of an archived entry: prove that it is part of the object', parseSeq)
    .option('--from <archive>', 'the archive that holds the entry, then each later one; may be repeated', collect);
  addTokenOption(command).action((object: string, flags: ArchiveFlags) =>
    flags.prove === undefined ? archive(object, flags, session) : prove(object, flags.prove, flags, session),
  );
}

async function archive(object: string, flags: ArchiveFlags, { terminal }: Session): Promise<void> {
  expectFile(object, 'archive', 'an archive is made where the object is: bring it here with "sojourn move" first');
  if (flags.from !== undefined) throw new SojournError('usage', '--from: expected it with --prove only');
  await withHost({ key: flags.key, accept: flags.accept }, async (host) => {
    const report = await host.archive(object, { to: flags.to, withoutHandler: flags.withoutHandler ?? false });
    await writeReceipt(flags.receipt, report.receipt);
    terminal.document({ object, archive: report.first === null ? null : flags.to, ...reportJson(report) });
    for (const line of reportLines(report, object, flags.to)) terminal.line(line);
  });
}

function reportJson({ receipt, ...report }: ArchiveReport) {
  return { ...report, receipt: receipt === null ? null : hex(receipt) };
}

function reportLines(report: ArchiveReport, object: string, to: string): readonly string[] {
  const { first, seq, archiveBytes, carriedBytes } = report;
  if (first === null) return [`nothing to archive: ${object} begins with checkpoint ${seq}, and nothing came after it`];
  return [
    `archived ${showCount(seq - first, 'item')}, ${first} to ${seq - 1}: ${to}, ${showBytes(archiveBytes)}`,
    `${object} begins with checkpoint ${seq} now: ${showBytes(carriedBytes)}`,
  ];
}

async function prove(object: string, seq: number, flags: ArchiveFlags, session: Session): Promise<void> {
  const { terminal } = session;
  if (flags.from === undefined)
    throw new SojournError('usage', '--from: expected the archive that holds the entry, found none');
  const from = flags.from;
  await withHost({ remote: await openRemote([object], flags, session) }, async (host) => {
    const proof = await host.prove(object, { seq, from });
    const bytes = encodeProof(proof, DEFAULT_LIMITS.object);
    await replaceFile(flags.to, bytes);
    terminal.document({ object, proof: flags.to, seq, size: proof.size, bytes: bytes.length });
    terminal.line(`entry ${seq} is part of the object: ${flags.to}, ${showBytes(bytes.length)}`);
  });
}
