/**
 * The whole life of one object in seven steps, on this machine: `npm run quickstart`. Each step is a command of the command line, run
 * in a process of its own and printed as you would type it. What is promised is checked; the first thing that is not so ends it
 * with exit code 1.
 */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { startService } from './service.ts';
import type { PurchaseService } from './service.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const OUT = resolve('quickstart-out');
const HANDLER = join(OUT, 'purchase-approval.wasm');
const INTENT = join(OUT, 'request.json');
const POLICY = join(ROOT, 'policies', 'quickstart');
const ON_A = join(OUT, 'node-a', 'order.sojourn');
const ON_B = join(OUT, 'node-b', 'order.sojourn');
const KEY_A = join(OUT, 'node-a', 'key.pem');
const KEY_B = join(OUT, 'node-b', 'key.pem');
const RECEIPT = join(OUT, 'order.receipt');
const FORGED = join(OUT, 'forged.sojourn');

const isColoured = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';

interface Ended {
  readonly code: number;
  readonly output: string;
}

interface EntryJson {
  readonly seq: number;
  readonly kind: string;
  readonly body: {
    readonly action?: string;
    readonly verdict?: { readonly verdict: string };
    readonly rationale?: string;
    readonly operation?: string;
    readonly key?: string | null;
  };
}

interface ViewJson {
  readonly status: string;
  readonly seq: number;
  readonly entries: readonly EntryJson[];
}

const started = performance.now();
const service = await startService();
try {
  await rm(OUT, { recursive: true, force: true });
  await Promise.all(['node-a', 'node-b'].map((name) => mkdir(join(OUT, name), { recursive: true })));
  await buildTheHandler();
  await startTheServices(service);
  await createTheObject();
  await runOnNodeA(service);
  const view = await approveAndRunOnNodeB(service);
  await lookAndVerify();
  await forgeAndVerify(view);
  tellTheEnd();
} catch (error) {
  say(`\nThis is not as promised: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await service.close();
}

async function buildTheHandler(): Promise<void> {
  step(1, 'Build the handler');
  explain(
    'The handler is the part that nobody has to trust: a small TypeScript program that looks at a purchase request and',
    'proposes what to do. It is compiled to a WebAssembly component: a closed box that reaches nothing but what it is',
    'handed, and in which every instruction is counted.',
  );
  await sojourn(['build', join(import.meta.dirname, 'handler.ts'), '-o', HANDLER]);
}

async function startTheServices({ url }: PurchaseService): Promise<void> {
  step(2, 'Start the services that it will talk to');
  const request = JSON.parse(await readFile(join(import.meta.dirname, 'request.json'), 'utf8')) as {
    input: { number: string; lines: readonly unknown[]; services: { vendor: string; orders: string } };
  };
  request.input.services = { vendor: url, orders: url };
  await writeFile(INTENT, `${JSON.stringify(request, null, 2)}\n`);
  explain(
    `A real HTTP server on this machine, ${url}, plays the vendor register and the ordering system.`,
    `Its address goes into the purchase request ${request.input.number} (${request.input.lines.length} lines): ${shown(INTENT)}`,
  );
}

async function createTheObject(): Promise<void> {
  step(3, 'Create the object');
  explain(
    'An object is one file. It says what is to be done and what may be done for it, holds the handler, and will hold',
    'everything that happens. "Node A" is a machine with a key of its own, with which it signs what it adds.',
  );
  await sojourn(['keygen', '-o', KEY_A]);
  const context = join(import.meta.dirname, 'context.json');
  const schema = join(import.meta.dirname, 'schema.json');
  await sojourn([
    'new',
    '--handler',
    HANDLER,
    '--intent',
    INTENT,
    '--context',
    context,
    '--schema',
    schema,
    '--embed',
    '--key',
    KEY_A,
    '-o',
    ON_A,
  ]);
}

async function runOnNodeA(shop: PurchaseService): Promise<void> {
  step(4, 'Run it on node A');
  explain(
    'The handler runs in its box. Whatever it asks for is decided by the policy of this node (rules in a folder), and',
    'written down. It will propose to place the order; the rules say that so large an order has to wait for an approval.',
  );
  await sojourn(['run', ON_A, '--policy', POLICY, '--key', KEY_A]);
  const { status, entries } = await look(ON_A);
  promise('the object sleeps', status === 'dormant', `it is ${status}`);
  promise('policy deferred the order', verdictsOf(entries) === 'execution:defer', verdictsOf(entries));
  promise(
    'the vendor was asked and nothing was ordered',
    shop.received().length === 1 && shop.orders().length === 0,
    `${shop.orders().length} orders`,
  );
  explain(
    'That process has ended. No thread, no timer and no server waits for anything: the object sleeps in its file.',
  );
}

async function approveAndRunOnNodeB(shop: PurchaseService): Promise<ViewJson> {
  step(5, 'Approve it, and go on as node B');
  explain(
    'Node B has never seen this object and has another key. All it gets is a copy of the file. It delivers a signed',
    'approval, which is what the object waits for, and runs it: it wakes, and proposes the order again.',
  );
  say(`  $ cp ${shown(ON_A)} ${shown(ON_B)}`);
  await copyFile(ON_A, ON_B);
  await sojourn(['keygen', '-o', KEY_B]);
  await sojourn(['signal', ON_B, 'approval', '{"by":"controlling"}', '--key', KEY_B]);
  await sojourn(['run', ON_B, '--policy', POLICY, '--key', KEY_B, '--receipt', RECEIPT]);
  const view = await look(ON_B);
  const { status, entries } = view;
  const verdicts = verdictsOf(entries);
  promise('the object has ended', status === 'terminated', `it is ${status}`);
  promise(
    'deferred, woken, ordered, ended, each by a verdict',
    verdicts === 'execution:defer reentry:permit execution:permit termination:permit',
    verdicts,
  );
  const posts = shop.received().filter(({ method }) => method === 'POST');
  const [order] = shop.orders();
  const sent = entries.find(({ kind, body }) => kind === 'call' && body.key !== null && body.operation === 'http.send');
  promise(
    'ordered exactly once',
    shop.orders().length === 1 && posts.length === 1,
    `${shop.orders().length} orders, ${posts.length} requests`,
  );
  promise(
    'under the idempotency key that the object holds',
    order !== undefined && order.key === sent?.body.key,
    `${order?.key}`,
  );
  explain(
    `The ordering system has one order, ${order?.number ?? ''}. Sent twice after a crash, the same key would still be one order.`,
  );
  return view;
}

async function lookAndVerify(): Promise<void> {
  step(6, 'Look at the history, and check it');
  explain(
    'Every line below is an entry in the file. Each names the hash of the one before it, and each cycle is signed.',
  );
  await sojourn(['show', ON_B]);
  explain(
    'Anyone can check this offline: every hash and signature, and that nothing was done without a verdict. "Replay" runs',
    'the handler again over the recorded answers: it must ask, propose and cost exactly the same. The receipt, which',
    'node B handed out at the end, shows that nothing was cut off.',
  );
  const output = await sojourn(['verify', ON_B, '--replay', '--head', RECEIPT]);
  const same =
    output.match(/^ *replay .*: the same calls \(\d+\), the same proposal, the same fuel \([1-9][\d,]*\)$/gm) ?? [];
  promise('the handler ran three times, and each run came out the same', same.length === 3, `${same.length} of them`);
  promise(
    'the receipt is part of it, and every signature holds',
    /receipt is part of it/.test(output) && /every signature holds/.test(output),
    output,
  );
}

async function forgeAndVerify({ entries }: ViewJson): Promise<void> {
  step(7, 'Forge it, and be found out');
  const target = entries.find(({ kind }) => kind === 'proposal');
  const rationale = target?.body.rationale ?? '';
  const bytes = await readFile(ON_B);
  const amount = /\d[\d.,]*\.\d\d/.exec(rationale);
  const offset = bytes.indexOf(rationale) + (amount?.index ?? 0);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  await writeFile(FORGED, bytes);
  const forged = bytes.toString('utf8', offset, offset + (amount?.[0].length ?? 0));
  explain(
    `In a copy, one bit of one byte is flipped, so that the handler seems to have proposed an order for ${forged}`,
    `instead of ${amount?.[0] ?? ''}. That is entry ${target?.seq ?? 0} of the history, byte ${offset} of the file.`,
  );
  const output = await sojourn(['verify', FORGED], 1);
  const named = Number(/^ *where +entry (\d+)/m.exec(output)?.[1]);
  promise(`verify names entry ${target?.seq ?? 0}`, named === target?.seq, `entry ${named}`);
}

function tellTheEnd(): void {
  say(`\n${strong('All as promised')}, in ${((performance.now() - started) / 1000).toFixed(1)} seconds.\n`);
  say(`Everything is in ${shown(OUT)}/:`);
  say('  node-a/order.sojourn    the object as node A left it: asleep, waiting for an approval');
  say('  node-b/order.sojourn    the same object after node B went on with it');
  say('  order.receipt           what node B handed out at the end');
  say('  forged.sojourn          the copy with one bit flipped\n');
  say('What to try next:');
  say(`  $ npx sojourn show ${shown(ON_B)} --at 12        # as it was behind entry 12`);
  say(
    `  $ npx sojourn run ${shown(ON_A)} --policy ${shown(join(ROOT, 'policies', 'deny-all'))} --key ${shown(KEY_A)}   # a node that allows nothing`,
  );
  say(`  $ npx sojourn policy check ${shown(POLICY)}        # the rules, and what they allow at all`);
  say(`  Then read ${shown(join(import.meta.dirname, 'handler.ts'))}, which is what ran in the box.`);
}

/** Runs a command as the reader would, in a process of its own, and shows what it says. */
async function sojourn(args: readonly string[], expected = 0): Promise<string> {
  const typed = args.map((arg) => (arg.startsWith(OUT) || arg.startsWith(ROOT) ? shown(arg) : arg));
  say(`  ${strong(`$ npx sojourn ${typed.map((arg) => (/^[\w./:@=-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ')}`)}`);
  const { code, output } = await run(args);
  for (const line of output.trimEnd().split('\n')) say(`    ${line.replaceAll(`${OUT}/`, `${shown(OUT)}/`)}`);
  say('');
  if (code !== expected) throw new Error(`"sojourn ${args[0] ?? ''}": expected exit code ${expected}, found ${code}`);
  return output;
}

function run(args: readonly string[]): Promise<Ended> {
  return new Promise((settle, fail) => {
    const child = spawn(process.execPath, [join(ROOT, 'host', 'cli', 'main.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const pieces: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => pieces.push(piece));
    child.once('error', fail);
    child.once('close', (code) => settle({ code: code ?? 70, output: Buffer.concat(pieces).toString('utf8') }));
  });
}

async function look(object: string): Promise<ViewJson> {
  return JSON.parse((await run(['show', object, '--json'])).output) as ViewJson;
}

function verdictsOf(entries: readonly EntryJson[]): string {
  return entries
    .filter(({ kind }) => kind === 'verdict')
    .map(({ body }) => `${body.action}:${body.verdict?.verdict}`)
    .join(' ');
}

function promise(what: string, holds: boolean, found: string): void {
  if (!holds) throw new Error(`expected that ${what}; found ${found}`);
  say(`  ✓ ${what}`);
}

function step(number: number, title: string): void {
  say(`\n${strong(`${number}/7  ${title}`)}`);
}

function explain(...lines: readonly string[]): void {
  for (const line of lines) say(`  ${line}`);
  say('');
}

/** A path as one would type it here. */
function shown(path: string): string {
  return relative(process.cwd(), path) || '.';
}

function strong(text: string): string {
  return isColoured ? `\u001b[1m${text}\u001b[22m` : text;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
