/** The lines of `sojourn top`: plain data in, lines of pieces out, each cut to the width of the screen. */
import type { ObjectLine } from '../node/service/node.ts';
import { shortId, showCount, showNumber } from './quantities.ts';
import { cleanLine } from './safe-text.ts';
import { describeNodeEvent } from './top-event.ts';
import { STATUSES, clockOf, cyclesOf } from './top-model.ts';
import type { Line, Piece, TopModel, TopReading } from './top-model.ts';

const NAMES: { readonly [status in (typeof STATUSES)[number]]: string } = {
  'active': 'active',
  'dormant': 'asleep',
  'terminated': 'ended',
  'left': 'left',
  'set-aside': 'set aside',
};
const LABEL_WIDTH = 11;
const DUE_LINES = 6;
/** Characters that take two cells: East Asian wide ones and pictographs. Of others one a character is taken. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** At most `rows` lines of `columns` cells. `now` is of this clock. */
export function topLines(
  model: TopModel,
  size: { readonly columns: number; readonly rows: number },
  now: number,
): Line[] {
  const { url, node, reading, trouble } = model;
  const head: Line[] = [
    [
      { text: 'sojourn top', tone: 'strong' },
      { text: `  ${url}  node ${shortId(cleanLine(node, 64))}  ${clockOf(now)}` },
    ],
    ...(trouble === null ? [] : [[{ text: cleanLine(trouble), tone: 'bad' } as const]]),
    ...(reading === null ? [] : readingLines(model, reading, now)),
  ];
  const room = Math.max(0, size.rows - head.length - 2);
  const events = room === 0 ? [] : model.events.slice(-room);
  const told: Line[] = events.map((event) => describeNodeEvent(event));
  const lines = [...head, [], [{ text: 'recent', tone: 'faint' } as const], ...told.toReversed()];
  return lines.slice(0, size.rows).map((line) => cutLine(line, size.columns));
}

function readingLines({ rates }: TopModel, reading: TopReading, now: number): Line[] {
  const { running, waiting, overdue, lateMs, next, due, indexed } = reading;
  const perSecond = (value: number): string => `${value.toFixed(1)}/s`;
  const speed =
    rates === null ? '' : `; ${perSecond(rates.cycles)}, ${perSecond(rates.signals).replace('/s', ' signals/s')}`;
  const late = overdue === 0 ? 'none overdue' : `${showNumber(overdue)} overdue, the first by ${spanOf(lateMs)}`;
  const soon = next === null ? 'time alone wakes nothing' : `the next ${whenOf(next, now)}`;
  return [
    row('objects', objectsText(reading)),
    row('running', `${showNumber(running)} now, ${showNumber(waiting)} waiting for their turn`),
    row('cycles', `${showNumber(cyclesOf(reading))}${outcomesText(reading)}${speed}`),
    row('due', `${late}; ${soon}${indexed ? '' : '; the index is being rebuilt'}`),
    ...due.slice(0, DUE_LINES).map((line) => dueLine(line, now)),
  ];
}

function row(label: string, text: string): Line {
  return [{ text: label.padEnd(LABEL_WIDTH), tone: 'faint' }, { text }];
}

function objectsText({ objects }: TopReading): string {
  const parts = STATUSES.map((status) => `${showNumber(objects[status] ?? 0)} ${NAMES[status]}`);
  return parts.join(', ');
}

function outcomesText({ outcomes }: TopReading): string {
  const some = Object.entries(outcomes).filter(([, count]) => count > 0);
  if (some.length === 0) return '';
  return `: ${some.map(([name, count]) => `${showNumber(count)} ${cleanLine(name, 24)}`).join(', ')}`;
}

function dueLine({ id, kind, wakesAt, waitsFor, running }: ObjectLine, now: number): Line {
  const others = [
    ...waitsFor.signals.map((name) => cleanLine(name, 32)),
    ...waitsFor.objects.map((other) => shortId(other)),
  ];
  const waits = others.length === 0 ? '' : `, or for ${others.slice(0, 4).join(', ')}`;
  const when = running ? 'running' : wakesAt === null ? 'never' : whenOf(wakesAt, now);
  return [
    { text: `  ${shortId(id)}  ` },
    { text: when.padEnd(14), tone: 'attention' },
    { text: ` ${cleanLine(kind, 64)}${waits}` },
  ];
}

/** `in 12 s`, `3 s ago`. */
function whenOf(time: number, now: number): string {
  return time >= now ? `in ${spanOf(time - now)}` : `${spanOf(now - time)} ago`;
}

const SPANS = [
  [86_400_000, 'day'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** In the largest unit that fits. */
function spanOf(ms: number): string {
  for (const [size, unit] of SPANS) {
    if (ms < size) continue;
    const count = Math.floor(ms / size);
    return unit === 'day' ? showCount(count, 'day') : `${count} ${unit}`;
  }
  return `${Math.round(ms)} ms`;
}

/** Cut to so many cells. */
export function cutLine(line: Line, columns: number): Line {
  const cut: Piece[] = [];
  let left = columns;
  for (const { text, ...piece } of line) {
    const kept = cutText(text, left);
    left -= cellsOf(kept);
    if (kept !== '') cut.push({ ...piece, text: kept });
    if (kept.length < text.length) break;
  }
  return cut;
}

function cutText(text: string, cells: number): string {
  let [kept, used] = ['', 0];
  for (const character of text) {
    used += WIDE.test(character) ? 2 : 1;
    if (used > cells) break;
    kept += character;
  }
  return kept;
}

function cellsOf(text: string): number {
  return Array.from(text).reduce((cells, character) => cells + (WIDE.test(character) ? 2 : 1), 0);
}
