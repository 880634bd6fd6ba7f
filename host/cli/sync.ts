/** `sojourn sync`: two places come to know the same of their objects; who goes on with each stays as it is. */
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { SojournError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { exchange } from '../node/exchange/exchange.ts';
import type { ExchangeLine } from '../node/exchange/exchange.ts';
import { createFolderPlace } from '../node/exchange/folder-place.ts';
import { createNodePlace } from '../node/exchange/node-place.ts';
import type { ExchangePlace } from '../node/exchange/place.ts';
import type { Client } from '../node/http/client.ts';
import { createNativeVerify, nativeHash } from '../node/native.ts';
import { createFileStore } from '../store/file.ts';
import { addCommand, collect } from './command.ts';
import type { Session } from './command.ts';
import { addTokenOption } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { isUrl, readNodeUrl } from './node-url.ts';
import { showCount } from './quantities.ts';
import { openRemote } from './remote.ts';
import type { Remote } from './remote.ts';
import { cleanLine } from './safe-text.ts';
import type { Terminal, Tone } from './terminal.ts';

interface SyncFlags extends TokenFlags {
  readonly accept?: readonly string[];
}

type Result = ExchangeLine['result'];
type Counts = { readonly [result in Result]: number };

const TEXT = {
  summary: 'have two places know the same of their objects',
  description:
    'Exchanges what a folder or a node knows of its objects with another folder or node: of two copies of one history the longer takes the place of the shorter, once it is verified whole. Who goes on with an object stays as it is: a folder keeps living objects that it gets as "<id>.left", for reading, and a node takes what it never had only where it has ended; "sojourn move" hands the right over. Copies that parted are named with the entry where they do, and left alone: nothing is merged. What breaks off is done again by the same command.\n\nExit code 0: both know the same, but for living objects that stay where they are. 1: a fork, or an object that was refused; the others are exchanged all the same.',
  examples: [
    'sync objects http://127.0.0.1:8470 --token-file sojourn-data/first.token',
    'sync objects http://127.0.0.1:8470 --token-file sojourn-data/first.token --json',
  ],
};

const WORDS: { readonly [result in Result]: readonly [tone: Tone, text: string] } = {
  same: ['faint', 'same'],
  new: ['good', 'new'],
  extended: ['good', 'extended'],
  only: ['attention', 'stays'],
  fork: ['bad', 'fork'],
  refused: ['bad', 'refused'],
};

export function addSync(program: Command, session: Session): void {
  const command = addCommand(program, 'sync', TEXT)
    .argument('<a>', 'a folder of objects, or the address of a node')
    .argument('<b>', 'the other')
    .option('--accept <node>', 'a node whose checkpoints a folder takes at their word; may be repeated', collect);
  addTokenOption(command).action((a: string, b: string, flags: SyncFlags) => sync([a, b], flags, session));
}

async function sync(names: readonly [string, string], flags: SyncFlags, session: Session): Promise<void> {
  const { terminal } = session;
  await expectTwoPlaces(names);
  const remote = await openRemote(names, flags, session);
  try {
    const ports = { store: createFileStore(), hash: nativeHash, verify: createNativeVerify(), signer: null };
    const limits = DEFAULT_LIMITS;
    const places = names.map((name): ExchangePlace => {
      if (isUrl(name) && remote !== null) return nodePlace(name, remote);
      return createFolderPlace(name, { ports, limits, accept: flags.accept ?? [] });
    });
    terminal.progress('listing both …');
    const [a, b] = places;
    if (a === undefined || b === undefined) return;
    const lines = await exchange(a, b, { ports, limits, onLine: (line) => tell(line, [a.name, b.name], terminal) });
    const counts = countOf(lines);
    session.exitCode = counts.fork + counts.refused > 0 ? 1 : 0;
    terminal.document({ a: a.name, b: b.name, counts, objects: lines.map((line) => ({ ...line })) });
    terminal.line(summaryOf(lines.length, counts));
  } finally {
    await remote?.close();
  }
}

function nodePlace(name: string, remote: Remote): ExchangePlace {
  const { node, origin } = readNodeUrl(name);
  const client = remote.client(node, origin);
  return createNodePlace(node, {
    async list(filter = {}) {
      if (filter.cursor === undefined) await expectIndexed(client);
      return client.list(filter);
    },
    read: (id, offset) => client.read(id, { offset }),
    admit: (bytes, options) => client.admit(bytes, options),
  });
}

/** What is not listed yet would be taken for not there. Errors: `node.busy`, those of the client. */
async function expectIndexed(client: Client): Promise<void> {
  if ((await client.health()).indexed) return;
  throw new SojournError(
    'node.busy',
    `${client.url}: expected whole lists, found its index being rebuilt: try again soon`,
  );
}

/** Of those that are the same nothing is said. */
function tell({ object, result, from, at, message }: ExchangeLine, names: readonly string[], terminal: Terminal): void {
  terminal.progress(`exchanging ${object} …`);
  if (result === 'same') return;
  const [tone, word] = WORDS[result];
  const to = from === 'a' ? names[1] : names[0];
  const what = from === null ? (message ?? '') : `to ${to ?? ''}`;
  const where = at === null ? '' : `at entry ${at}: `;
  terminal.line(`${terminal.paint(tone, word.padEnd(8))}  ${object}  ${where}${cleanLine(what)}`);
}

function countOf(lines: readonly ExchangeLine[]): Counts {
  const counts: Record<Result, number> = { same: 0, new: 0, extended: 0, only: 0, fork: 0, refused: 0 };
  for (const { result } of lines) counts[result]++;
  return counts;
}

function summaryOf(total: number, counts: Counts): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  const words = parts.map(([result, count]) => `${count} ${result === 'only' ? 'stay' : result}`);
  return [showCount(total, 'object'), ...words].join(', ');
}

/** Errors: `usage` for one place twice, and for what is no folder. */
async function expectTwoPlaces([a, b]: readonly [string, string]): Promise<void> {
  const keys: string[] = [];
  for (const name of [a, b]) keys.push(isUrl(name) ? readNodeUrl(name).node : await folderKey(name));
  if (keys[0] === keys[1])
    throw new SojournError(
      'usage',
      `sync: expected two places, found the same twice: ${JSON.stringify(b.slice(0, 200))}`,
    );
}

async function folderKey(name: string): Promise<string> {
  const found = await stat(name).catch(() => null);
  if (found?.isDirectory() === true) return `${found.dev}:${found.ino}`;
  const what = found === null ? 'nothing of that name' : 'a file';
  throw new SojournError('usage', `${name}: expected a folder of objects or the address of a node, found ${what}`);
}
