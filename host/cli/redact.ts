/**
 * `sojourn redact`: a copy of an object without the content of some confidential entries.
 */
import type { Command } from 'commander';
import { addCommand, parseSeq } from './command.ts';
import type { Session } from './command.ts';
import { addTokenOption } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { expectFile } from './node-url.ts';
import { withHost } from './open-host.ts';
import { showBytes, showCount } from './quantities.ts';
import { openRemote } from './remote.ts';

interface RedactFlags extends TokenFlags {
  readonly entry: readonly number[];
  readonly output: string;
}

const TEXT = {
  summary: 'make a copy without the content of confidential entries',
  description:
    'Writes a copy of an object in which the encrypted bodies of the named entries are gone for good. Everything else is the same to the byte, and so the copy verifies as the object does: the same id, hashes, seals and receipts. The object itself is not touched. Needs no key. What follows from a body that is gone is not known any more, so the copy is for looking at and for proof, and is not run.',
  examples: ['redact budget.sojourn --entry 2 -o public.sojourn'],
  required: ['--entry', '--output'],
};

export function addRedact(program: Command, session: Session): void {
  const command = addCommand(program, 'redact', TEXT)
    .argument('<object>', 'the file, or its address at a node')
    .option('--entry <seq>', 'position of an entry whose body is confidential; may be repeated', collectSeq)
    .option('-o, --output <file>', 'where to write the copy; nothing may be there');
  addTokenOption(command).action((object: string, flags: RedactFlags) => redact(object, flags, session));
}

function collectSeq(text: string, before: readonly number[] | undefined): readonly number[] {
  return [...(before ?? []), parseSeq(text)];
}

async function redact(object: string, flags: RedactFlags, session: Session): Promise<void> {
  const { terminal } = session;
  expectFile(flags.output, 'redact', 'a copy is written here');
  await withHost({ remote: await openRemote([object], flags, session) }, async (host) => {
    const { entries, removed } = await host.redact(object, flags.output, flags.entry);
    terminal.document({ object, copy: flags.output, entries, removed });
    terminal.line(`${terminal.paint('good', 'redacted')} ${flags.output}: ${showBytes(removed)} taken out`);
    terminal.line(`  ${showCount(entries.length, 'body')}: ${entries.map((seq) => `entry ${seq}`).join(', ')}`);
  });
}
