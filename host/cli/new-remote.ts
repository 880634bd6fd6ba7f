/** `sojourn new` at a node: hands it the handler, where it has none of that digest yet, and the draft. The node makes and signs. */
import { SojournError } from '../errors.ts';
import { fromHex, hex } from '../json.ts';
import { toBase64 } from '../node/http/create-draft.ts';
import { nativeHash } from '../node/native.ts';
import type { PolicyFiles } from '../policy/encode.ts';
import type { ValueMap } from '../value.ts';
import type { Session } from './command.ts';
import { partLines } from './new-parts.ts';
import type { NewParts } from './new-parts.ts';
import type { TokenFlags } from './node-token.ts';
import { readNodeUrl } from './node-url.ts';
import { showBytes } from './quantities.ts';
import { writeReceipt } from './receipt.ts';
import { withRemote } from './remote.ts';

interface Flags extends TokenFlags {
  readonly output: string;
  readonly key?: string;
  readonly embed?: boolean;
  readonly receipt?: string;
  readonly id?: string;
  readonly run: boolean;
}

/** Errors: `usage`, and those of the node. */
export async function createRemote(parts: NewParts, flags: Flags, session: Session): Promise<void> {
  if (flags.key !== undefined)
    throw new SojournError(
      'usage',
      'new: expected no --key with the address of a node, found one: the node signs what it makes; to make it with a key of yours, make a file and "sojourn move" it',
    );
  const { terminal } = session;
  const { node, origin } = readNodeUrl(flags.output);
  await withRemote([flags.output], flags, session, async (remote) => {
    const client = remote.client(node, origin);
    const digest = hex(nativeHash(parts.handler));
    if (!(await client.handlers()).some(({ handler }) => handler === digest)) {
      terminal.progress(`sending the handler, ${showBytes(parts.handler.length)} …`);
      await client.putHandler(parts.handler);
    }
    terminal.progress('making the object …');
    const key = flags.id === undefined ? {} : { key: flags.id };
    const { id, bytes, receipt, duplicate } = await client.create(draftJson(parts, digest, flags), key);
    const url = `${node}/objects/${id}`;
    await writeReceipt(flags.receipt, fromHex(receipt));
    terminal.document({ object: url, id, bytes, duplicate, handler: digest, receipt });
    const lines = partLines(parts, {
      made: duplicate ? `${url} before, under this --id: nothing new was made` : `${url}, ${showBytes(bytes)}`,
      id,
      handler: flags.embed === true ? 'embedded' : `${digest}, kept by the node`,
      by: 'the node',
      good: (text) => terminal.paint('good', text),
    });
    for (const line of lines) terminal.line(line);
  });
}

function draftJson(
  { intent, scope, budgets, schema, policies, files }: NewParts,
  handler: string,
  flags: Flags,
): ValueMap {
  return {
    handler,
    intent: { ...intent },
    context: { ...scope, budgets: { ...budgets } },
    schema,
    policies: policies.map((set) => textsOf(set)),
    files: Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, toBase64(bytes)])),
    embed: flags.embed === true,
    run: flags.run,
  };
}

function textsOf(set: PolicyFiles): ValueMap {
  return Object.fromEntries(Array.from(set, ([name, bytes]) => [name, new TextDecoder().decode(bytes)]));
}
