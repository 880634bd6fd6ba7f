/**
 * `sojourn keygen`: a node's key. The file is readable by its owner alone, and never written over.
 */
import type { Command } from 'commander';
import { hex } from '../json.ts';
import { generateKey, nativeHash } from '../node/native.ts';
import { nodeIdOf } from '../object/seal.ts';
import { addCommand } from './command.ts';
import type { Session } from './command.ts';
import { writeNewFile } from './files.ts';

const OWNER_ONLY = 0o600;

const TEXT = {
  summary: 'make a key for a node',
  description:
    'Makes an Ed25519 key: the identity of a node, with which it seals what it adds to objects. Written as PKCS #8 in PEM, which openssl reads too, for its owner alone (mode 0600), and never over a file that is there. Without -o the key itself goes to standard output.',
  examples: ['keygen -o node-a.pem', 'keygen > node-b.pem'],
};

export function addKeygen(program: Command, session: Session): void {
  addCommand(program, 'keygen', TEXT)
    .option('-o, --output <file>', 'where to write the key')
    .action((flags: { readonly output?: string }) => keygen(flags.output, session));
}

async function keygen(output: string | undefined, { terminal }: Session): Promise<void> {
  const { privatePem, signer } = generateKey();
  const node = hex(nodeIdOf(signer.publicKey, nativeHash));
  const publicKey = hex(signer.publicKey);
  const lines = [`  node        ${node}`, `  public key  ${publicKey}`];
  if (output === undefined) {
    terminal.document({ node, publicKey, privateKey: privatePem });
    if (!terminal.json) terminal.raw(privatePem);
    terminal.note(lines.join('\n'));
    return;
  }
  await writeNewFile(output, privatePem, OWNER_ONLY);
  terminal.document({ node, publicKey, file: output });
  terminal.line(`${terminal.paint('good', 'made')} ${output}: whoever has this file is this node`);
  for (const line of lines) terminal.line(line);
}
