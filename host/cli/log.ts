/**
 * The log of a node, by pino on standard error: a line of JSON for each event with `--json`, else a line for people. Objects are named
 * by id; neither tokens nor contents are ever told to it.
 */
import pino from 'pino';
import type { NodeLog } from '../node/service/node.ts';
import { cleanLine } from './safe-text.ts';
import type { LogLevel } from './serve-flags.ts';
import type { OutputStream } from './terminal.ts';

/** Told with each line by pino, and of no use to people. */
const QUIET: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'err']);
const NAMES: { readonly [level: number]: string } = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' };

export function createLog(level: LogLevel, json: boolean, stream: OutputStream): NodeLog {
  const write = (text: string): void => void stream.write(text);
  return pino({ level, base: { pid: process.pid } }, { write: json ? write : (text) => write(readable(text)) });
}

function readable(text: string): string {
  const line = JSON.parse(text) as { readonly [name: string]: unknown }; // pino wrote it
  const { level, time, msg, err } = line;
  const facts = Object.entries(line)
    .filter(([name]) => !QUIET.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const why =
    typeof err === 'object' && err !== null && 'message' in err
      ? [`(${String(err.message)})`]
      : typeof err === 'string'
        ? [`(${err})`]
        : [];
  const at = new Date(Number(time)).toISOString();
  return `${cleanLine([at, (NAMES[Number(level)] ?? '').padEnd(5), String(msg), ...why, ...facts].join(' '), 2_000)}\n`;
}
