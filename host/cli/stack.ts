/**
 * Stacks of handlers for people to read. An object holds a stack as its engine gave it, the same on every node; only here, where it
 * is shown, are its positions mapped to the author's files. A map is a stranger's text: bounded in size, and what it names is cleaned.
 */
import { stat } from 'node:fs/promises';
import { hex } from '../json.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { findHandlerFile } from '../node/handlers.ts';
import type { Entry } from '../object/model.ts';
import { readText } from './files.ts';
import { cleanLine } from './safe-text.ts';
import { isMap } from '../value.ts';

const MAP_BYTES = 8 * 2 ** 20;
const LINES_MAX = 24;

export interface StackSources {
  /** The object's file: a component in its folder may have a map beside it. */
  readonly object: string;
  readonly handler: Uint8Array;
  /** More folders with components. */
  readonly handlers?: readonly string[] | undefined;
  /** The map to use, whatever stands beside the component. */
  readonly map?: string | undefined;
}

/** Gives the lines of an entry's stack, none where it has none. Errors: `store.*` and `usage` for a map that was asked for by name. */
export async function readStacks(
  entries: readonly Entry[],
  sources: StackSources,
): Promise<(entry: Entry) => readonly string[]> {
  const needed = entries.some((entry) => stackOf(entry) !== null);
  const map = needed || sources.map !== undefined ? await readMap(sources) : null;
  const mapLine = map === null ? (line: string) => line : await createMapper(map);
  return (entry) => {
    const lines = (stackOf(entry) ?? '').split('\n').filter((line) => line.trim() !== '');
    const shown = lines.slice(0, LINES_MAX).map((line) => `  ${cleanLine(mapLine(line))}`);
    return lines.length > LINES_MAX ? [...shown, `  … ${lines.length - LINES_MAX} more`] : shown;
  };
}

function stackOf(entry: Entry): string | null {
  if (entry.kind !== 'outcome' || entry.body.reason !== 'handler-error' || !isMap(entry.body.value)) return null;
  const { stack } = entry.body.value;
  return typeof stack === 'string' && stack !== '' ? stack : null;
}

/** The map that was named, or else the one beside the component of this digest. One that is no map is none. */
async function readMap({ object, handler, handlers = [], map }: StackSources): Promise<string | null> {
  if (map !== undefined) return readText(map, MAP_BYTES, 'usage');
  const component = await findHandlerFile(hex(handler), object, handlers, DEFAULT_LIMITS.component);
  const beside = `${component?.path ?? ''}.map`;
  const there = component === null ? null : await stat(beside).catch(() => null);
  if (there === null || !there.isFile() || there.size > MAP_BYTES) return null;
  return readText(beside, MAP_BYTES, 'usage').catch(() => null);
}

async function createMapper(map: string): Promise<(line: string) => string> {
  const { createStackMapper } = await import('../sandbox/source-map.ts');
  return createStackMapper(map) ?? ((line) => line);
}
