/** `sojourn move`: hands an object over from one place to another, files and nodes alike. */
import type { Command } from 'commander';
import { SojournError } from '../errors.ts';
import type { Host } from '../node/host.ts';
import { addCommand } from './command.ts';
import type { Session } from './command.ts';
import { createFileSource, createFileTarget, leftName } from './move-file.ts';
import { createNodeSource, createNodeTarget } from './move-node.ts';
import { moveObject } from './move-object.ts';
import type { Given, MoveStep, MoveTarget } from './move-object.ts';
import { addTokenOption } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { isUrl, readNodeUrl, readObjectUrl } from './node-url.ts';
import { withHost } from './open-host.ts';
import { writeReceipt } from './receipt.ts';
import { openRemote } from './remote.ts';
import type { Remote } from './remote.ts';
import type { Terminal } from './terminal.ts';

interface MoveFlags extends TokenFlags {
  readonly receipt?: string;
}

const TEXT = {
  summary: 'hand an object over to another node, or bring it into a file',
  description:
    'Moves an object: from a file or the address of an object, to a file, a folder or the address of a node. First the source marks its copy as left, durably, and runs it no more (a file "order.sojourn" becomes "order.leaving", and "order.left" in the end; its bytes stay there for reading); then the bytes are verified here; then the target takes them in. Should anything break off in between, nothing is lost and no two copies go on: the object rests, and the same command again goes on. Where the target refuses it, it is put back where it was.',
  examples: [
    'move order.sojourn http://127.0.0.1:8470 --token-file sojourn-data/first.token',
    'move budget.sojourn objects',
  ],
};

const WORDS: { readonly [given in Given]: string } = {
  new: 'moved',
  extended: 'moved: an older copy was there',
  same: 'moved: it was there already',
  back: 'moved back',
  behind: 'moved: it was there already, and has gone on since',
};

export function addMove(program: Command, session: Session): void {
  const command = addCommand(program, 'move', TEXT)
    .argument('<object>', 'the file, or its address at a node')
    .argument('<to>', 'a file that is not there yet, a folder, or the address of a node')
    .option('--receipt <file>', 'write the receipt of the last seal, where a node hands the object over');
  addTokenOption(command).action((object: string, to: string, flags: MoveFlags) => move(object, to, flags, session));
}

/** `reached` is told of each step once it is durable. Errors: as the command has them. */
export async function move(
  object: string,
  to: string,
  flags: MoveFlags,
  session: Session,
  reached: (step: MoveStep) => void = () => {},
): Promise<void> {
  const { terminal } = session;
  expectTwoPlaces(object, to);
  const remote = await openRemote([object, to], flags, session);
  await withHost({ remote }, async (host) => {
    const known: { id: string; receipt: Uint8Array | null } = { id: '', receipt: null };
    const source =
      isUrl(object) && remote !== null ? createNodeSource(object, remote) : await createFileSource(object, host);
    const target = await targetOf(to, remote, host, async () => known.id);
    const given = await moveObject(source, target, {
      verify: async (path, receipt) => {
        terminal.progress('verifying …');
        const report = await host.verify(path, { heads: receipt === null ? [] : [receipt] });
        if (!report.ok)
          throw new SojournError('object.chain', `${object}: entry ${report.index}: ${report.message}`, {
            details: { index: report.index, reason: report.reason },
          });
        [known.id, known.receipt] = [report.id, receipt];
        terminal.progress(`handing it to ${to} …`);
        return report.id;
      },
      reached,
    });
    await writeReceipt(flags.receipt, known.receipt);
    tell(object, await target.place(known.id), { id: known.id, given }, terminal);
  });
}

async function targetOf(to: string, remote: Remote | null, host: Host, id: () => Promise<string>): Promise<MoveTarget> {
  return isUrl(to) && remote !== null ? createNodeTarget(to, remote) : createFileTarget(to, id, host);
}

function tell(
  object: string,
  place: string,
  { id, given }: { readonly id: string; readonly given: Given },
  terminal: Terminal,
): void {
  const kept = isUrl(object) ? object : leftName(object);
  terminal.document({ object, id, to: place, state: given, kept });
  terminal.line(`${terminal.paint('good', WORDS[given])}: ${place}`);
  terminal.line(`  kept        ${kept}, for reading only`);
}

/** Errors: `usage` for a move from a place to itself. */
function expectTwoPlaces(object: string, to: string): void {
  const same = isUrl(object) && isUrl(to) ? readObjectUrl(object).node === readNodeUrl(to).node : object === to;
  if (same) throw new SojournError('usage', `move: expected another place than where the object is, found ${to}`);
}
