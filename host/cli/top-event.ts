/** One event of a node as a line. Its members come from a stranger: each is looked at before it is shown. */
import type { NodeEvent } from '../node/service/node.ts';
import { shortId, showTime } from './quantities.ts';
import { cleanLine } from './safe-text.ts';
import type { Tone } from './terminal.ts';
import { clockOf, mapOf } from './top-model.ts';
import type { Line } from './top-model.ts';

const TONES: { readonly [type: string]: Tone } = {
  'created': 'good',
  'ended': 'good',
  'arrived': 'good',
  'asleep': 'faint',
  'entry': 'faint',
  'signal': 'attention',
  'left': 'attention',
  'set-aside': 'bad',
};
const TYPE_WIDTH = 10;

export function describeNodeEvent(event: NodeEvent): Line {
  const { time, object, type } = event;
  return [
    { text: `  ${clockOf(time)}  ${shortId(object)}  ` },
    { text: cleanLine(type, TYPE_WIDTH).padEnd(TYPE_WIDTH), tone: TONES[type] ?? 'strong' },
    { text: ` ${wordsOf(mapOf(event))}` },
  ];
}

function wordsOf(event: { readonly [name: string]: unknown }): string {
  const entry = mapOf(event['entry']);
  const at = typeof entry['seq'] === 'number' ? `entry ${entry['seq']}` : '';
  switch (event['type']) {
    case 'created':
      return join([textOf(event['kind']), event['parent'] === null ? '' : 'as a child']);
    case 'entry':
      return join([at, textOf(entry['kind'])]);
    case 'outcome':
      return join([
        at,
        textOf(event['action']),
        textOf(event['class']),
        textOf(event['reason']),
        textOf(event['message']),
      ]);
    case 'ended':
      return join([event['achieved'] === true ? 'achieved' : 'not achieved', textOf(event['class'])]);
    case 'asleep':
      return typeof event['wakesAt'] === 'number'
        ? `until ${showTime(event['wakesAt'])}`
        : 'time alone does not wake it';
    case 'signal':
      return join([at, textOf(event['name'])]);
    case 'set-aside':
      return textOf(event['reason']);
    default:
      return '';
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? cleanLine(value, 120) : '';
}

function join(words: readonly string[]): string {
  return words.filter((word) => word !== '').join(', ');
}
