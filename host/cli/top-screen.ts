/**
 * A screen that is drawn over in place: the terminal's other screen, one write a frame, each line cleared behind its end, so that nothing
 * flickers; and keys as they are pressed. What it found is there again when it is closed.
 */
import type { ProcessLike, Terminal } from './terminal.ts';
import type { Line } from './top-model.ts';

export interface Screen {
  readonly size: { readonly columns: number; readonly rows: number };
  draw(lines: readonly Line[]): void;
  close(): void;
}

interface Listeners {
  readonly onQuit: () => void;
  readonly onResize: () => void;
}

const ESC = '\u001b[';
const ENTER = `${ESC}?1049h${ESC}?25l`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;
/** Terminals that know it show a frame at once; the others pass over it. */
const [BEGIN, END] = [`${ESC}?2026h`, `${ESC}?2026l`];
/** q, Ctrl-C, Ctrl-D, Escape. */
const QUIT: readonly string[] = ['q', 'Q', '\u0003', '\u0004', '\u001b'];

export function openScreen({ stdout, stdin }: ProcessLike, terminal: Terminal, on: Listeners): Screen {
  const onKey = (piece: Uint8Array | string): void => {
    if (QUIT.includes(typeof piece === 'string' ? piece : new TextDecoder().decode(piece))) on.onQuit();
  };
  const [rawBefore, canRaw] = [stdin?.isRaw === true, stdin?.isTTY === true];
  if (canRaw) {
    stdin?.setRawMode?.(true);
    stdin?.on('data', onKey);
    stdin?.resume();
  }
  stdout.on('resize', on.onResize);
  stdout.write(ENTER);
  return {
    get size() {
      const { columns = 0, rows = 0 } = stdout;
      // some terminals do not know
      return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 };
    },
    draw(lines) {
      const texts = lines.map((line) =>
        line.map(({ text, tone }) => (tone === undefined ? text : terminal.paint(tone, text))),
      );
      const body = texts.map((pieces) => `${pieces.join('')}${ESC}K`).join('\r\n');
      stdout.write(`${BEGIN}${ESC}H${body}${ESC}J${END}`);
    },
    close() {
      stdout.off?.('resize', on.onResize);
      if (canRaw) {
        stdin?.off('data', onKey);
        stdin?.setRawMode?.(rawBefore);
        stdin?.pause();
      }
      stdout.write(LEAVE);
    },
  };
}
