/** `sojourn signal` to an object at a node: the node signs it and, where the object waits for it, runs the object. */
import { fromHex } from '../json.ts';
import { formatReaderKey } from '../policy/readers.ts';
import type { Value } from '../value.ts';
import type { Session } from './command.ts';
import type { TokenFlags } from './node-token.ts';
import { readObjectUrl, refuseFlags } from './node-url.ts';
import { openReaders } from './readers.ts';
import { writeReceipt } from './receipt.ts';
import { withRemote } from './remote.ts';

interface Flags extends TokenFlags {
  readonly id?: string;
  readonly to?: readonly string[];
  readonly policy?: string;
  readonly receipt?: string;
}

const ALLOWED = ['id', 'to', 'policy', 'receipt', 'tokenFile', 'json'];

/** Errors: `usage`, `signal.invalid`, and those of the node. */
export async function signalRemote(
  object: string,
  message: { readonly name: string; readonly payload: Value },
  flags: Flags,
  session: Session,
): Promise<void> {
  refuseFlags(flags, ALLOWED, 'signal', 'the node signs it with its own key and has the newest copy');
  const { terminal } = session;
  const { url, node, origin, id } = readObjectUrl(object);
  const readers = flags.to === undefined ? [] : await openReaders(flags.to, flags.policy);
  await withRemote([object], flags, session, async (remote) => {
    terminal.progress('delivering …');
    const done = await remote.client(node, origin).signal(id, message.name, message.payload, {
      ...(flags.id === undefined ? {} : { key: flags.id }),
      ...(readers.length === 0 ? {} : { to: readers.map((key) => formatReaderKey(key)) }),
    });
    const { seq, duplicate, receipt } = done;
    await writeReceipt(flags.receipt, receipt === null ? null : fromHex(receipt));
    terminal.document({ object: url, signal: message.name, seq, duplicate, receipt });
    if (duplicate) terminal.line(`a signal with this id is at entry ${seq} already: nothing was appended`);
    else terminal.line(`${terminal.paint('good', 'delivered')} "${message.name}" at entry ${seq}, signed by its node`);
  });
}
