/** `sojourn top`: how a node stands, live on a terminal, once elsewhere. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { SojournError } from '../errors.ts';
import type { Client } from '../node/http/client.ts';
import type { NodeEvent } from '../node/service/node.ts';
import type { ValueMap } from '../value.ts';
import { addCommand } from './command.ts';
import type { Session } from './command.ts';
import { addTokenOption } from './node-token.ts';
import type { TokenFlags } from './node-token.ts';
import { readNodeUrl } from './node-url.ts';
import { withRemote } from './remote.ts';
import { topLines } from './top-lines.ts';
import { ratesBetween, readStats } from './top-model.ts';
import type { TopModel, TopReading } from './top-model.ts';
import { openScreen } from './top-screen.ts';
import type { Terminal } from './terminal.ts';

interface TopFlags extends TokenFlags {
  readonly once?: boolean;
  readonly interval: number;
}

const TEXT = {
  summary: 'watch a node',
  description:
    'Shows how a node stands, and goes on showing it: objects by status, what runs and what waits, cycles a second, what is due next, and what happened last. Ends with q or Ctrl-C. Where standard output is no terminal, or with --once or --json, it is said once. Needs a token that may read all of the node.',
  examples: [
    'top http://127.0.0.1:8470 --token-file sojourn-data/first.token --once',
    'top http://127.0.0.1:8470 --token-file sojourn-data/first.token --json',
  ],
};
/** Sleepers that are looked at for those that are due next. */
const DUE_LOOKED_AT = 100;
const DUE_WITHIN_MS = 3_600_000;
const EVENTS_KEPT = 256;
/** Of those before this command. */
const EVENTS_AT_START = 32;
const ONCE_SIZE = { columns: 400, rows: 24 };

export function addTop(program: Command, session: Session): void {
  const command = addCommand(program, 'top', TEXT)
    .argument('<node>', 'its address')
    .option('--once', 'say it once')
    .option('--interval <seconds>', 'between two looks', parseSeconds, 1);
  addTokenOption(command).action((node: string, flags: TopFlags) => top(node, flags, session));
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^[0-9]{1,4}(?:\.[0-9]{1,3})?$/.test(text) && seconds >= 0.1) return seconds;
  throw new InvalidArgumentError('Expected seconds, 0.1 at least.');
}

async function top(address: string, flags: TopFlags, session: Session): Promise<void> {
  const { terminal, process } = session;
  const { node, origin } = readNodeUrl(address);
  await withRemote([address], flags, session, async (remote) => {
    const client = remote.client(node, origin);
    terminal.progress(`asking ${node} …`);
    const { node: id } = await client.health();
    const first: TopModel = {
      url: node,
      node: id,
      reading: await look(client),
      rates: null,
      events: [],
      trouble: null,
    };
    const live = flags.once !== true && !terminal.json && process.stdout.isTTY === true;
    if (live) await watch(client, first, flags.interval * 1_000, session);
    else sayOnce(first, terminal);
  });
}

/** Errors: those of the client. */
async function look(client: Client): Promise<TopReading> {
  const stats = await client.stats();
  const { next } = readStats(stats, 0, []);
  const due =
    next === null
      ? []
      : (await client.list({ status: 'dormant', dueBefore: next + DUE_WITHIN_MS, limit: DUE_LOOKED_AT })).objects;
  const soonest = due.toSorted((a, b) => (a.wakesAt ?? Number.MAX_VALUE) - (b.wakesAt ?? Number.MAX_VALUE));
  return readStats(stats, Date.now(), soonest);
}

function sayOnce(model: TopModel, terminal: Terminal): void {
  const { url, node, reading } = model;
  if (reading === null) return;
  const { due, at, ...stats } = reading;
  const document: ValueMap = { ...stats, objects: { ...stats.objects }, outcomes: { ...stats.outcomes } };
  terminal.document({
    url,
    node,
    time: at,
    ...document,
    due: due.map((line) => ({ ...line, waitsFor: { ...line.waitsFor } })),
  });
  const lines = topLines(model, ONCE_SIZE, at).slice(0, -2); // nothing was watched for events
  for (const line of lines)
    terminal.line(line.map(({ text, tone }) => (tone === undefined ? text : terminal.paint(tone, text))).join(''));
}

/** Until q or Ctrl-C. A node that does not answer is asked again. */
async function watch(
  client: Client,
  first: TopModel,
  intervalMs: number,
  { process, terminal }: Session,
): Promise<void> {
  const stop = new AbortController();
  const quit = (): void => stop.abort();
  let model = first;
  const redraw = (): void => screen.draw(topLines(model, screen.size, Date.now()));
  const screen = openScreen(process, terminal, { onQuit: quit, onResize: redraw });
  process.on('SIGINT', quit);
  try {
    redraw();
    const known = Math.max(0, (first.reading?.lastEvent ?? 0) - EVENTS_AT_START);
    const events = follow(client, known, stop.signal, (event) => {
      model = { ...model, events: [...model.events, event].slice(-EVENTS_KEPT) };
    });
    while (await pause(intervalMs, stop.signal)) {
      try {
        const reading = await look(client);
        model = { ...model, reading, rates: ratesBetween(model.reading, reading), trouble: null };
      } catch (error) {
        model = { ...model, rates: null, trouble: troubleOf(error) };
      }
      redraw();
    }
    await events;
  } finally {
    process.off('SIGINT', quit);
    screen.close();
  }
}

/** Hands on each event, and takes the stream up again behind the last one where it breaks off. */
async function follow(
  client: Client,
  known: number,
  signal: AbortSignal,
  onEvent: (event: NodeEvent) => void,
): Promise<void> {
  let after = known;
  do {
    try {
      for await (const event of client.events({ signal, after })) {
        after = event.seq;
        onEvent(event);
      }
    } catch {
      // what is wrong with the node, the next look says
    }
  } while (await pause(RETRY_MS, signal));
}

const RETRY_MS = 1_000;

function troubleOf(error: unknown): string {
  return error instanceof SojournError ? error.message : String(error);
}

/** False once it is over. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
  return !signal.aborted;
}
