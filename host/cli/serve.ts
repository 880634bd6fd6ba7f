/**
 * `sojourn serve`: a node with an HTTP API, one process and no other server. Listens as soon as its store is open; what evaluations
 * need is loaded when the first of them comes.
 */
import { umask } from 'node:process';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { addCommand, collect, parseCount } from './command.ts';
import type { Session } from './command.ts';
import { LOG_LEVELS } from './serve-flags.ts';
import type { ServeFlags } from './serve-flags.ts';
import { openHome } from './serve-home.ts';
import { stopWhenAsked } from './serve-stop.ts';
import { tellStart } from './serve-words.ts';

const TEXT = {
  summary: 'run a node: keep, wake and run objects, and answer HTTP',
  description:
    'Keeps objects in a store, wakes those that are due, runs those that somebody signals or asks for, and answers HTTP (docs/http.md; the API is described at /openapi.json). Needs no other server. The first start makes a folder with a key, a tokens file and a first token, for their owner alone. Nothing is answered without a token, and nothing runs that --policy does not allow.\n\nSIGTERM or Ctrl-C: takes no more, lets what runs come behind its next seal, and ends; a second one ends at once. SIGHUP: reads the tokens file again.',
  examples: [
    'serve --policy policies/quickstart',
    'serve --data node-a --policy policies/quickstart --port 8471 --zone eu-west --json',
    'serve --data node-b --policy policies/quickstart --store file: --otlp http://127.0.0.1:4318',
  ],
};
const PORT = 8_470;
const GRACE_MS = 10_000;

const OWNER_ALONE = 0o077;

export function addServe(program: Command, session: Session): void {
  addCommand(program, 'serve', TEXT)
    .option('--data <folder>', 'where key, tokens and store are', 'sojourn-data')
    .option('--policy <folder>', 'the policy of this node (default: none, and nothing is allowed)')
    .option('--port <number>', 'to listen on; 0 for any that is free', parsePort, PORT)
    .option('--host <address>', 'to listen on', '127.0.0.1')
    .option('--store <store>', 'sqlite:[file], file:[folder], memory: or nats://host:port', 'sqlite:')
    .option('--key <file>', 'who this node is (default: node.pem in its folder)')
    .option('--tokens <file>', 'who may do what (default: tokens.json in its folder; see "sojourn token")')
    .option('--zone <name>', 'where this node stands')
    .option('--accept <node>', 'a node (id) whose checkpoints this one takes the word of; may be repeated', collect)
    .option('--advice <file>', 'whom handlers may ask for advice (docs/advice.md; default: nobody)')
    .option('--concurrency <count>', 'objects that are worked on at once (default: 64)', parseCount)
    .option('--workers <count>', 'threads that run guests (default: one a processor)', parseCount)
    .option('--per-second <count>', 'requests a second of one token at most (default: 20000)', parseCount)
    .option('--grace <milliseconds>', 'what runs when the node is stopped gets so long', parseCount, GRACE_MS)
    .addOption(new Option('--log-level <level>', 'what the log has').choices(LOG_LEVELS).default('info'))
    .option('--otlp <url>', 'an OpenTelemetry collector (OTLP over HTTP) for traces and metrics')
    .action((flags: ServeFlags) => serve(flags, session));
}

async function serve(flags: ServeFlags, session: Session): Promise<void> {
  const { terminal } = session;
  umask(OWNER_ALONE); // of a store in a folder that others may list, too
  const [home, { startServer }] = await Promise.all([openHome(flags), import('./start-server.ts')]);
  const server = await startServer(flags, home, session);
  // whoever reads where it listens may end it at once
  const stopped = stopWhenAsked(server, flags.grace, session);
  await tellStart(server, flags, home, terminal);
  await stopped;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && port < 65_536) return port;
  throw new InvalidArgumentError('Expected a port from 0 to 65535.');
}
