/**
 * Files in and out for the command line: sizes are bounded before anything is read whole, JSON errors name file and place, and what
 * is written is there whole or not at all. A secret is never written over.
 */
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { SojournError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { parseJson } from '../json.ts';
import { toStoreError } from '../store/store-error.ts';
import type { Value } from '../value.ts';
import { findJsonFault } from './json-position.ts';

/** Errors: `store.missing`, `store.failed`, and `tooLarge` for a file of more than `most` bytes. */
export async function readFileBounded(path: string, most: number, tooLarge: ErrorCode): Promise<Uint8Array> {
  try {
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      const excess = new SojournError(tooLarge, `${path}: expected at most ${most} bytes, found more`, {
        details: { file: path },
      });
      if (size > most) throw excess;
      // a pipe has no size: one byte more than allowed is asked for, and no further
      const pieces: Uint8Array[] = [];
      let length = 0;
      for await (const piece of handle.createReadStream({ autoClose: false, end: most })) {
        pieces.push(piece as Uint8Array); // no encoding is set
        length += (piece as Uint8Array).length;
      }
      if (length > most) throw excess;
      return Buffer.concat(pieces);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw toStoreError(path, error, 'reading');
  }
}

export async function readText(path: string, most: number, malformed: ErrorCode): Promise<string> {
  const bytes = await readFileBounded(path, most, malformed);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SojournError(malformed, `${path}: expected text in UTF-8, found other bytes`, {
      details: { file: path },
    });
  }
}

/** `malformed` is the code for a file that is too large or no JSON. */
export async function readJson(path: string, most: number, malformed: ErrorCode): Promise<Value> {
  return parseText(await readText(path, most, malformed), path, most, malformed);
}

/** `origin` stands in front of the message: a file, or what the text came as. */
export function parseText(text: string, origin: string, most: number, malformed: ErrorCode): Value {
  const result = parseJson(text, most);
  if (result.ok) return result.value;
  const place = result.message.startsWith('expected JSON') ? findJsonFault(text) : null;
  if (place === null) throw new SojournError(malformed, `${origin}: ${result.message}`, { details: { file: origin } });
  const { offset, line, column } = place;
  const found = offset >= text.length ? 'its end' : JSON.stringify(text[offset]);
  throw new SojournError(malformed, `${origin}:${line}:${column}: expected JSON, found ${found} at offset ${offset}`, {
    details: { file: origin, line, column, offset },
  });
}

/** Writes a file that must not be there yet, whole or not at all. Errors: `store.exists`, `store.*`. */
export async function writeNewFile(path: string, text: string, mode: number): Promise<void> {
  let made = false;
  try {
    const handle = await open(path, 'wx', mode);
    made = true;
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // half a key or an empty token would stand in the way of the next try
    if (made) await rm(path, { force: true }).catch(() => {});
    const failure = toStoreError(path, error, 'writing');
    if (failure.code !== 'object.exists') throw failure;
    throw new SojournError(
      'store.exists',
      `${path}: expected no file of that name, found one: choose another name or move it away`,
      { details: { file: path } },
    );
  }
}

/** Puts a whole file in the place of what was there; a device or a pipe is written to. Errors: `store.*`. */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    const there = await stat(path).catch(() => null);
    if (there !== null && !there.isFile()) return await writeFile(path, content);
    await writeFile(draft, content, { flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw toStoreError(path, error, 'writing');
  }
}
