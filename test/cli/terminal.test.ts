import { describe, expect, it } from 'vitest';
import { createTerminal } from '../../host/cli/terminal.ts';
import type { ProcessLike, Terminal } from '../../host/cli/terminal.ts';

function setUp(
  isTTY: boolean,
  env: { [name: string]: string } = {},
  json = false,
): { terminal: Terminal; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const stream = (pieces: string[]) => ({ isTTY, write: (text: string) => pieces.push(text), on: () => {} });
  const process: ProcessLike = {
    stdout: stream(out),
    stderr: stream(err),
    env,
    on: () => {},
    off: () => {},
    exit: (code) => {
      throw new Error(`exit ${code}`);
    },
  };
  return { terminal: createTerminal(json, process), out, err };
}

describe('colour', () => {
  it('is there on a terminal, and ends where it should', () => {
    expect(setUp(true).terminal.paint('good', 'x')).toBe('\u001b[32mx\u001b[39m');
  });

  it.each<[string, boolean, { [name: string]: string }]>([
    ['in a pipe', false, {}],
    ['with NO_COLOR', true, { NO_COLOR: '1' }],
    ['on a dumb terminal', true, { TERM: 'dumb' }],
  ])('is not there %s', (_where, isTTY, env) => {
    expect(setUp(isTTY, env).terminal.paint('bad', 'x')).toBe('x');
  });

  it('is there with an empty NO_COLOR, as no-color.org says', () => {
    expect(setUp(true, { NO_COLOR: '' }).terminal.paint('strong', 'x')).toBe('\u001b[1mx\u001b[22m');
  });
});

describe('progress', () => {
  it('is replaced by what comes next', () => {
    const { terminal, out, err } = setUp(true);
    terminal.progress('a');
    terminal.progress('b');
    terminal.line('done');
    terminal.line('more');
    expect(err).toEqual(['\r\u001b[2Ka', '\r\u001b[2Kb', '\r\u001b[2K']);
    expect(out).toEqual(['done\n', 'more\n']);
  });

  it.each<[string, boolean, boolean]>([
    ['where nobody watches', false, false],
    ['beside --json', true, true],
  ])('is not there %s', (_where, isTTY, json) => {
    const { terminal, err } = setUp(isTTY, {}, json);
    terminal.progress('a');
    expect(err).toEqual([]);
  });
});

describe('--json', () => {
  it('prints the document and nothing else', () => {
    const { terminal, out, err } = setUp(true, {}, true);
    terminal.line('for people');
    terminal.note('beside');
    terminal.document({ a: 1 });
    expect(JSON.parse(out.join(''))).toEqual({ a: 1 });
    expect(err).toEqual([]);
  });
});
