/**
 * Text from objects, files and services, made safe for a terminal: no control, escape or direction characters get through, so that
 * what is printed cannot move the cursor, hide itself or pass for something else.
 */
import { stringifyJson } from '../json.ts';
import type { Value } from '../value.ts';

const LINE_MAX = 400;
const BREAKS = /[\t\n\v\f\r\u0085\p{Zl}\p{Zp}]+/gu;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;

/** One line: breaks and tabs become a space, other characters without a shape are dropped, and a long text ends in `…`. */
export function cleanLine(text: string, most = LINE_MAX): string {
  // a long text is cut before it is looked at: it may be megabytes
  const clean = text
    .slice(0, most * 4)
    .replaceAll(BREAKS, ' ')
    .replaceAll(UNSEEN, '')
    .trim();
  return clean.length > most || text.length > most * 4 ? `${clean.slice(0, most - 1).replace(/\p{Cs}$/u, '')}…` : clean;
}

/** Several lines, each of them clean. */
export function cleanLines(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) => cleanLine(line));
}

/** JSON text in which every character without a shape is written as an escape. It reads back to the same value. */
export function safeJson(value: Value, indent = 2): string {
  return stringifyJson(value, indent).replaceAll(/[\u007f\u0085\p{Zl}\p{Zp}\p{Cf}]|[\u0080-\u009f]/gu, (found) =>
    Array.from({ length: found.length }, (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  );
}
