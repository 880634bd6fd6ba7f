/**
 * Maps positions of a bundled handler back to the files of its author, with the source map that the build gave. Uses Node's own
 * reader of source maps (ECMA-426). A map may come from anyone: one that cannot be read maps nothing.
 */
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';

/** `name.js:line:column` of the bundle, as the guest SDK writes it and as the engines write it. */
const POSITION = /(?:componentize-qjs:user\.js|\bhandler\.js|\bsource\.js):(\d{1,9}):(\d{1,9})/g;

/** `stack` with every position in the bundle replaced by `file:line:column` of the author's file, where the map knows it. */
export function mapStack(stack: string, sourceMap: string): string {
  const map = createStackMapper(sourceMap);
  return map === null ? stack : map(stack);
}

/** Reads a map once, for many stacks; null where the text is no source map. The names it gives are as the map has them. */
export function createStackMapper(sourceMap: string): ((stack: string) => string) | null {
  const map = readSourceMap(sourceMap);
  if (map === null) return null;
  return (stack) =>
    stack.replaceAll(POSITION, (found: string, line: string, column: string) => {
      const generatedLine = Number(line) - 1;
      const entry = map.findEntry(generatedLine, Number(column) - 1);
      // For a line that it does not know, the reader gives the entry before it.
      if (!('originalSource' in entry) || entry.generatedLine !== generatedLine) return found;
      const { originalSource } = entry;
      if (typeof originalSource !== 'string') return found;
      return `${originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    });
}

function readSourceMap(text: string): SourceMap | null {
  try {
    // The reader looks at the fields itself.
    return new SourceMap(JSON.parse(text) as SourceMapPayload);
  } catch {
    return null;
  }
}
