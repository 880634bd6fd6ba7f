/**
 * `sojourn keygen`: a node's key. The file is readable by its owner alone, and never written over.
 */
import type { Command } from 'commander';
import { hex } from '../json.ts';
import { generateKey, generateReaderKey, nativeHash } from '../node/native.ts';
import { readerId } from '../object/cose-encrypt.ts';
import { nodeIdOf } from '../object/seal.ts';
import { formatReaderKey } from '../policy/readers.ts';
import { addCommand } from './command.ts';
import type { Session } from './command.ts';
import { writeNewFile } from './files.ts';

const OWNER_ONLY = 0o600;

const TEXT = {
  summary: 'make a key for a node',
  description:
    'Makes an Ed25519 key: the identity of a node, with which it seals what it adds to objects. Written as PKCS #8 in PEM, which openssl reads too, for its owner alone (mode 0600), and never over a file that is there. Without -o the key itself goes to standard output. The reader key, which follows from it, is for others: they name it in readers.json of a policy set or with "signal --to" to make entries readable to this node. With --reader, an X25519 key is made that reads what is confidential to it and signs nothing: for an auditor.',
  examples: ['keygen -o node-a.pem', 'keygen > node-b.pem', 'keygen --reader -o auditor.pem'],
};

export function addKeygen(program: Command, session: Session): void {
  addCommand(program, 'keygen', TEXT)
    .option('-o, --output <file>', 'where to write the key')
    .option('--reader', 'make a key that only reads')
    .action((flags: KeygenFlags) => keygen(flags, session));
}

interface KeygenFlags {
  readonly output?: string;
  readonly reader?: boolean;
}

async function keygen({ output, reader: readOnly = false }: KeygenFlags, { terminal }: Session): Promise<void> {
  const { privatePem, reader, signer } = readOnly ? { ...generateReaderKey(), signer: null } : generateKey();
  const readerKey = formatReaderKey(reader.publicKey);
  const named = {
    ...(signer === null ? {} : { node: hex(nodeIdOf(signer.publicKey, nativeHash)), publicKey: hex(signer.publicKey) }),
    readerKey,
    readerId: hex(readerId(reader.publicKey)),
  };
  const lines = [
    ...(signer === null ? [] : [`  node        ${named.node}`, `  public key  ${named.publicKey}`]),
    `  reader key  ${readerKey}`,
    `  reader id   ${named.readerId}`,
  ];
  if (output === undefined) {
    terminal.document({ ...named, privateKey: privatePem });
    if (!terminal.json) terminal.raw(privatePem);
    terminal.note(lines.join('\n'));
    return;
  }
  await writeNewFile(output, privatePem, OWNER_ONLY);
  terminal.document({ ...named, file: output });
  terminal.line(
    `${terminal.paint('good', 'made')} ${output}: whoever has this file ${readOnly ? 'reads what is for this reader' : 'is this node'}`,
  );
  for (const line of lines) terminal.line(line);
}
