/**
 * Where a text stops being JSON (RFC 8259). Engines differ in whether they say so; a message without the place helps nobody.
 */

export interface Position {
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

const SPACE = /[ \t\n\r]*/y;
const SCALAR =
  /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

interface Reader {
  readonly text: string;
  at: number;
}

/**
 * The place of the first token that cannot stand there, the end for a text that stops too early; null where all of it is JSON. The
 * text must have been found to be of bounded depth.
 */
export function findJsonFault(text: string): Position | null {
  const reader: Reader = { text, at: 0 };
  const whole = readValue(reader) && isAtEnd(reader);
  return whole ? null : positionOf(text, reader.at);
}

/** Each of these reads as far as it can, and says whether it read all that it should. */
function readValue(reader: Reader): boolean {
  if (takeMark(reader, '[')) return readItems(reader, ']', readValue);
  if (takeMark(reader, '{')) return readItems(reader, '}', readMember);
  return take(reader, SCALAR);
}

function readItems(reader: Reader, close: string, readItem: (reader: Reader) => boolean): boolean {
  if (takeMark(reader, close)) return true;
  while (readItem(reader)) {
    if (takeMark(reader, close)) return true;
    if (!takeMark(reader, ',')) return false;
  }
  return false;
}

function readMember(reader: Reader): boolean {
  take(reader, SPACE);
  return reader.text[reader.at] === '"' && take(reader, SCALAR) && takeMark(reader, ':') && readValue(reader);
}

function takeMark(reader: Reader, mark: string): boolean {
  take(reader, SPACE);
  if (reader.text[reader.at] !== mark) return false;
  reader.at += 1;
  return true;
}

function isAtEnd(reader: Reader): boolean {
  take(reader, SPACE);
  return reader.at === reader.text.length;
}

/** `pattern` is sticky. */
function take(reader: Reader, pattern: RegExp): boolean {
  pattern.lastIndex = reader.at;
  if (!pattern.test(reader.text)) return false;
  reader.at = pattern.lastIndex;
  return true;
}

function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { offset, line, column: offset - before.lastIndexOf('\n') };
}
