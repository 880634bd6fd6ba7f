import { describe, expect, it } from 'vitest';
import { cutLine, topLines } from '../../host/cli/top-lines.ts';
import { ratesBetween, readStats } from '../../host/cli/top-model.ts';
import type { Line, TopModel } from '../../host/cli/top-model.ts';
import { openScreen } from '../../host/cli/top-screen.ts';
import { createTerminal } from '../../host/cli/terminal.ts';
import type { ProcessLike } from '../../host/cli/terminal.ts';
import type { NodeEvent, ObjectLine } from '../../host/node/service/node.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 30, 5);
const ID = '0123456789abcdef'.repeat(4);
const STATS = {
  objects: { 'active': 2, 'dormant': 9_997, 'terminated': 5, 'left': 0, 'set-aside': 1 },
  indexed: true,
  running: 3,
  waiting: 4,
  due: { overdue: 2, lateMs: 1_500, next: NOW + 12_000 },
  signals: 10,
  runs: 30,
  outcomes: { committed: 40, denied: 2, failed: 0 },
  lastEvent: 77,
};
const DUE: ObjectLine = {
  id: ID,
  status: 'dormant',
  running: false,
  handler: ID,
  kind: 'purchase',
  parent: null,
  cycles: 1,
  seq: 8,
  bytes: 900,
  wakesAt: NOW + 12_000,
  waitsFor: { signals: ['approval'], objects: [] },
  reason: null,
};
const event = (more: object): NodeEvent => ({ seq: 1, time: NOW, object: ID, ...more }) as NodeEvent;
const textOf = (lines: readonly Line[]): string[] => lines.map((line) => line.map(({ text }) => text).join(''));
const model = (more: Partial<TopModel> = {}): TopModel => ({
  url: 'http://127.0.0.1:8470',
  node: 'ab'.repeat(16),
  reading: readStats(STATS, NOW, [DUE]),
  rates: null,
  events: [],
  trouble: null,
  ...more,
});

describe('the lines of top', () => {
  it('tell objects, what runs, what is due and what happened, the newest first', () => {
    const events = [
      event({ type: 'created', kind: 'purchase', parent: null }),
      event({
        type: 'outcome',
        entry: { seq: 9 },
        action: 'execution',
        class: 'committed',
        reason: null,
        message: 'done',
      }),
      event({ type: 'asleep', wakesAt: NOW + 1_000 }),
    ];
    const rates = { cycles: 12.34, signals: 0.5, runs: 3 };
    expect(textOf(topLines(model({ events, rates }), { columns: 120, rows: 24 }, NOW))).toEqual([
      'sojourn top  http://127.0.0.1:8470  node abababab  12:30:05',
      'objects    2 active, 9,997 asleep, 5 ended, 0 left, 1 set aside',
      'running    3 now, 4 waiting for their turn',
      'cycles     42: 40 committed, 2 denied; 12.3/s, 0.5 signals/s',
      'due        2 overdue, the first by 1 s; the next in 12 s',
      '  01234567  in 12 s        purchase, or for approval',
      '',
      'recent',
      '  12:30:05  01234567  asleep     until 2026-11-21 12:30:06 UTC',
      '  12:30:05  01234567  outcome    entry 9, execution, committed, done',
      '  12:30:05  01234567  created    purchase',
    ]);
  });

  it('fit into any screen', () => {
    const events = Array.from({ length: 300 }, () => event({ type: 'left' }));
    for (const [columns, rows] of [
      [1, 1],
      [20, 3],
      [80, 24],
      [200, 100],
    ] as const) {
      const lines = textOf(topLines(model({ events }), { columns, rows }, NOW));
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });

  it('are cut by cells: what is wide takes two', () => {
    const line = [{ text: '漢字kana' }, { text: '😀x', tone: 'good' as const }];
    expect(
      textOf([cutLine(line, 3), cutLine(line, 5), cutLine(line, 9), cutLine(line, 10), cutLine(line, 99)]),
    ).toEqual(['漢', '漢字k', '漢字kana', '漢字kana😀', '漢字kana😀x']);
  });

  it('say why a node does not answer, below what was known', () => {
    const lines = textOf(
      topLines(model({ trouble: 'http://x: expected an answer,\nfound none' }), { columns: 80, rows: 9 }, NOW),
    );
    expect(lines[1]).toBe('http://x: expected an answer, found none');
    expect(lines[2]).toMatch(/^objects/);
  });

  it('of a hostile node move no cursor and show no nonsense', () => {
    const evil = '\u001b[2J\u202eevil\u0007\r\n';
    const stats = {
      objects: { active: '\u001b[31m', dormant: -1, [evil]: 3 },
      running: 1e300,
      waiting: evil,
      due: { overdue: {}, lateMs: Number.NaN, next: evil },
      outcomes: { [evil]: 5 },
    };
    const due = [{ ...DUE, kind: evil, waitsFor: { signals: [evil], objects: [] } }];
    const events = ['created', 'entry', 'outcome', 'asleep', 'ended', 'signal', 'set-aside', evil].map((type) =>
      event({
        type,
        kind: evil,
        entry: { seq: evil, kind: evil },
        action: evil,
        class: evil,
        reason: evil,
        name: evil,
        wakesAt: evil,
        time: 9e15,
      }),
    );
    const hostile = model({ url: 'http://x', node: evil, reading: readStats(stats, NOW, due), events, trouble: evil });
    const lines = textOf(topLines(hostile, { columns: 100, rows: 40 }, NOW));
    expect(lines.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/); // eslint-disable-line no-control-regex
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
    expect(lines[3]).toBe('running    0 now, 0 waiting for their turn');
    expect(
      textOf(topLines(model({ reading: readStats('nothing', NOW, []) }), { columns: 100, rows: 40 }, NOW))[1],
    ).toBe('objects    0 active, 0 asleep, 0 ended, 0 left, 0 set aside');
  });
});

describe('rates', () => {
  const at = (seconds: number, committed: number) =>
    readStats({ ...STATS, outcomes: { committed }, signals: committed * 2 }, NOW + seconds * 1_000, []);
  it('are what came between two readings, a second', () =>
    expect(ratesBetween(at(0, 10), at(2, 30))).toEqual({ cycles: 10, signals: 20, runs: 0 }));
  it('are none of one reading, of no time, and never below nothing', () => {
    expect(ratesBetween(null, at(0, 1))).toBeNull();
    expect(ratesBetween(at(1, 1), at(1, 2))).toBeNull();
    expect(ratesBetween(at(0, 100), at(1, 3))?.cycles).toBe(0);
  });
});

describe('the screen', () => {
  function setUp() {
    const out: string[] = [];
    const keys: ((piece: Uint8Array | string) => void)[] = [];
    const resize: (() => void)[] = [];
    const raw: boolean[] = [];
    const process: ProcessLike = {
      stdout: {
        isTTY: true,
        columns: 40,
        rows: 10,
        write: (text: string) => out.push(text),
        on: (_: string, listener: (...args: never[]) => void) => resize.push(listener),
        off: () => resize.pop(),
      },
      stderr: { isTTY: true, write: () => {}, on: () => {} },
      stdin: {
        isTTY: true,
        setRawMode: (on) => raw.push(on),
        on: (_, listener) => keys.push(listener),
        off: () => keys.pop(),
        resume: () => {},
        pause: () => {},
      },
      env: {},
      on: () => {},
      off: () => {},
      exit: (code) => {
        throw new Error(`exit ${code}`);
      },
    };
    const told: string[] = [];
    const on = { onQuit: () => void told.push('quit'), onResize: () => void told.push('resize') };
    return { screen: openScreen(process, createTerminal(false, process), on), out, keys, resize, raw, told };
  }

  it('draws a frame in one write, over the one before, and clears what is behind each line', () => {
    const { screen, out } = setUp();
    screen.draw([[{ text: 'a', tone: 'strong' }, { text: 'b' }], []]);
    expect(out).toEqual([
      '\u001b[?1049h\u001b[?25l',
      '\u001b[?2026h\u001b[H\u001b[1ma\u001b[22mb\u001b[K\r\n\u001b[K\u001b[J\u001b[?2026l',
    ]);
  });

  it('hears of keys and of its size, and leaves all as it was', () => {
    const { screen, out, keys, resize, raw, told } = setUp();
    for (const key of ['x', 'q', Buffer.from([3]), '\u001b', '\u001b[A']) keys[0]!(key);
    resize[0]!();
    expect(told).toEqual(['quit', 'quit', 'quit', 'resize']);
    screen.close();
    expect([keys, resize, raw]).toEqual([[], [], [true, false]]);
    expect(out.at(-1)).toBe('\u001b[?25h\u001b[?1049l');
  });
});
