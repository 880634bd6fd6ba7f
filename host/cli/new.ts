/**
 * `sojourn new`: an object from a handler, an intent and a context.
 */
import type { Command } from 'commander';
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { readPolicyFolder } from '../node/policy-folder.ts';
import { encodePolicySet } from '../policy/encode.ts';
import type { PolicyFiles } from '../policy/encode.ts';
import { loadPolicySet } from '../policy/load.ts';
import { addCommand, collect } from './command.ts';
import type { Session } from './command.ts';
import { addBudget, readContext, readIntent, readSchema } from '../node/draft-json.ts';
import { readFileBounded, readJson } from './files.ts';
import { partLines } from './new-parts.ts';
import type { NewParts } from './new-parts.ts';
import { createRemote } from './new-remote.ts';
import { addTokenOption } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { isUrl } from './node-url.ts';
import { withHost } from './open-host.ts';
import { showBytes } from './quantities.ts';
import { writeReceipt } from './receipt.ts';

interface NewFlags extends TokenFlags {
  readonly handler: string;
  readonly intent: string;
  readonly context?: string;
  readonly schema?: string;
  readonly carry?: readonly string[];
  readonly file?: readonly string[];
  readonly budget?: readonly string[];
  readonly embed?: boolean;
  readonly key?: string;
  readonly output: string;
  readonly receipt?: string;
  readonly id?: string;
  readonly run: boolean;
}

const TEXT = {
  summary: 'make an object',
  description:
    'Makes an object: one file with what it is to achieve (intent), what it may do (context), and its history, which begins here.\n\nThe intent is { "kind", "goal", "input", "constraints"? }. The context is { "capabilities": ["http.send", …], "zones"?: […], "depth"?: n, "budgets"?: { "fuel", "calls", "bytes", "cycles", "counters" } }; without one the object may use no capability. With --embed the handler is in the file, and the file alone is enough to go on anywhere.\n\nWith the address of a node in place of a file, that node makes it, signs it and begins with it at once.',
  examples: [
    'new --handler handler.wasm --intent request.json --context context.json --embed --key node-a.pem -o order.sojourn',
    'new --handler handler.wasm --intent request.json --context context.json --budget cycles=50 --budget cents=500 -o budget.sojourn',
    'new --handler handler.wasm --intent request.json --carry policies/deny-all -o narrow.sojourn --json',
  ],
  required: ['--handler', '--intent', '--output'],
};

const COMPONENT_HEADER = '0061736d0d000100';

export function addNew(program: Command, session: Session): void {
  const command = addCommand(program, 'new', TEXT)
    .option('--handler <wasm>', 'the component that "sojourn build" made')
    .option('--intent <json>', 'what it is to achieve')
    .option('--context <json>', 'what it may do')
    .option('--schema <json>', 'what its state may look like: a subset of JSON Schema')
    .option(
      '--carry <folder>',
      'a policy set that travels with it and can only narrow what nodes allow; may be repeated',
      collect,
    )
    .option('--file <path=local>', 'a file that travels with it, for handlers of WASI; may be repeated', collect)
    .option(
      '--budget <name=limit>',
      'what it may spend in all: fuel, calls, bytes, cycles, or a counter that policy charges; may be repeated',
      collect,
    )
    .option('--embed', 'put the handler into the file')
    .option('--key <file>', 'who makes it; without one it is unsigned')
    .option('-o, --output <object>', 'the file to make, never written over; or the address of the node that makes it')
    .option('--receipt <file>', 'write the receipt of its first seal')
    .option('--id <id>', 'at a node: idempotency key; the same one gives the same object')
    .option('--no-run', 'at a node: do not evaluate it before somebody asks');
  addTokenOption(command).action((flags: NewFlags) => create(flags, session));
}

async function create(flags: NewFlags, session: Session): Promise<void> {
  const parts = await readParts(flags);
  if (isUrl(flags.output)) return createRemote(parts, flags, session);
  const { terminal } = session;
  const { handler, intent, scope, budgets, schema, files } = parts;
  const policies = parts.policies.map((set) => encodePolicySet(set));
  const embed = flags.embed ?? false;
  await withHost({ key: flags.key }, async (host) => {
    const draft = { handler, intent, scope, budgets, policies, schema, embed, files };
    const created = await host.create(flags.output, draft);
    await writeReceipt(flags.receipt, created.receipt);
    const signed = flags.key !== undefined;
    terminal.document({
      object: flags.output,
      id: created.id,
      bytes: created.bytes,
      node: host.node,
      signed,
      embedded: embed,
      receipt: hex(created.receipt),
    });
    const where = `not embedded: ${flags.handler} must be there when it runs (beside it, or in a folder named with --handlers)`;
    const lines = partLines(parts, {
      made: `${flags.output}, ${showBytes(created.bytes)}`,
      id: created.id,
      handler: embed ? 'embedded' : where,
      by: signed ? `node ${host.node}` : 'nobody: without --key it is unsigned',
      good: (text) => terminal.paint('good', text),
    });
    for (const line of lines) terminal.line(line);
  });
}

/** Errors: those of the files, each with its name. */
async function readParts(flags: NewFlags): Promise<NewParts> {
  const { object, policy } = DEFAULT_LIMITS;
  const handler = await readComponent(flags.handler);
  const intent = readIntent(await readJson(flags.intent, object.intentBytes, 'intent.invalid'), flags.intent);
  const context =
    flags.context === undefined
      ? null
      : readContext(await readJson(flags.context, object.contextBytes, 'context.invalid'), flags.context);
  const schema =
    flags.schema === undefined
      ? null
      : readSchema(await readJson(flags.schema, object.schemaBytes, 'object.schema'), flags.schema);
  return {
    handler,
    intent,
    scope: context?.scope ?? { capabilities: [], zones: [], depth: 0 },
    budgets: (flags.budget ?? []).reduce(addBudget, context?.budgets ?? {}),
    schema,
    policies: await Promise.all((flags.carry ?? []).map((folder) => readCarried(folder, policy))),
    files: await readCarriedFiles(flags.file ?? []),
  };
}

/** The bytes of a component. That a node will admit it is for `build` to say, and for the node. */
async function readComponent(path: string): Promise<Uint8Array> {
  const bytes = await readFileBounded(path, DEFAULT_LIMITS.component.componentBytes, 'component.limit');
  if (hex(bytes.subarray(0, COMPONENT_HEADER.length / 2)) === COMPONENT_HEADER) return bytes;
  throw new SojournError(
    'component.malformed',
    `${path}: expected a WebAssembly component, found other bytes: make one with "sojourn build"`,
    { details: { file: path } },
  );
}

async function readCarriedFiles(pairs: readonly string[]): Promise<{ readonly [path: string]: Uint8Array }> {
  const files = new Map(await Promise.all(pairs.map((pair) => readCarriedFile(pair))));
  if (files.size === pairs.length) return Object.fromEntries(files);
  throw new SojournError('usage', '--file: expected each path once, found one twice');
}

/** `path=local`: the name within the object, and where the content is now. */
async function readCarriedFile(pair: string): Promise<readonly [string, Uint8Array]> {
  const [, path, local] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
  if (path === undefined || local === undefined)
    throw new SojournError('usage', `--file: expected path=local, found ${JSON.stringify(pair)}`);
  return [path, await readFileBounded(local, DEFAULT_LIMITS.object.blobBytes, 'object.limit')];
}

/** Refuses a set that no node could use. */
async function readCarried(folder: string, limits: typeof DEFAULT_LIMITS.policy): Promise<PolicyFiles> {
  const files = await readPolicyFolder(folder, limits);
  loadPolicySet(files, { limits, origin: folder });
  return files;
}
