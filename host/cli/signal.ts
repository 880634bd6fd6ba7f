/**
 * `sojourn signal`: delivers a message to an object, signed by whoever sends it.
 */
import type { Command } from 'commander';
import { hex } from '../json.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { Value } from '../value.ts';
import { addCommand, collect } from './command.ts';
import type { Session } from './command.ts';
import { parseText } from './files.ts';
import { addHeadOptions, readHeadFlags } from './heads.ts';
import type { HeadFlags } from './heads.ts';
import { addTokenOption } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { isUrl } from './node-url.ts';
import { withHost } from './open-host.ts';
import { openReaders } from './readers.ts';
import { writeReceipt } from './receipt.ts';
import { signalRemote } from './signal-remote.ts';

interface SignalFlags extends HeadFlags, TokenFlags {
  readonly key?: string;
  readonly id?: string;
  readonly receipt?: string;
  readonly to?: readonly string[];
  readonly policy?: string;
  readonly accept?: readonly string[];
}

const TEXT = {
  summary: 'deliver a message to an object',
  description:
    'Appends a signed message to an object. Nothing runs: the next "sojourn run" looks whether it is what the object waits for. A second message with the same --id is not appended. With --to, it is encrypted to the named readers and to its sender: name whoever is to run the object.\n\nTo an object at a node (its address) the node delivers it, signed with its own key, and runs the object if it waits for it.',
  examples: [
    `signal order.sojourn approval --key node-b.pem`,
    `signal order.sojourn approval '{"by":"controlling"}' --key node-b.pem --id approval-1187`,
    `signal budget.sojourn iban '"DE02 1203"' --key node-b.pem --to x25519:4049502db92ca2342c3f92dac5d6de7c85db5df5407a5b4996ce39f2efb7e827`,
  ],
  requiredForFiles: ['--key'],
};

export function addSignal(program: Command, session: Session): void {
  const command = addCommand(program, 'signal', TEXT)
    .argument('<object>', 'the file, or its address at a node')
    .argument('<name>', 'what the message is called, for example approval')
    .argument('[payload]', 'its content, as JSON', 'null')
    .option('--key <file>', 'who sends it')
    .option('--id <id>', 'idempotency key (default: a new one each time)')
    .option('--accept <node>', 'a node (id) whose checkpoint this one takes the word of; may be repeated', collect)
    .option('--to <reader>', 'make it confidential to this reader: a key, or a name; may be repeated', collect)
    .option('--policy <folder>', 'a policy set whose readers.json has the names')
    .option('--receipt <file>', 'write the receipt of the seal');
  addTokenOption(addHeadOptions(command)).action(
    async (object: string, name: string, payload: string, flags: SignalFlags) => {
      const message = { name, payload: readPayload(payload) };
      return isUrl(object) ? signalRemote(object, message, flags, session) : signal(object, message, flags, session);
    },
  );
}

function readPayload(text: string): Value {
  return parseText(text, 'the payload', DEFAULT_LIMITS.object.signalBytes, 'signal.invalid');
}

async function signal(
  object: string,
  message: { readonly name: string; readonly payload: Value },
  flags: SignalFlags,
  { terminal }: Session,
): Promise<void> {
  const readers = flags.to === undefined ? null : await openReaders(flags.to, flags.policy);
  const head = await readHeadFlags(flags);
  await withHost({ key: flags.key, accept: flags.accept }, async (host) => {
    const { seq, duplicate, receipt } = await host.signal(object, message.name, message.payload, {
      ...head,
      ...(flags.id === undefined ? {} : { key: flags.id }),
      ...(readers === null ? {} : { readers }),
    });
    await writeReceipt(flags.receipt, receipt);
    terminal.document({
      object,
      signal: message.name,
      node: host.node,
      seq,
      duplicate,
      receipt: receipt === null ? null : hex(receipt),
    });
    if (duplicate) terminal.line(`a signal with this id is at entry ${seq} already: nothing was appended`);
    else
      terminal.line(
        `${terminal.paint('good', 'delivered')} "${message.name}" at entry ${seq}, signed by node ${host.node}`,
      );
  });
}
