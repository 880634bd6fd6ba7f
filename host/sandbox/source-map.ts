/**
 * Maps positions of a bundled handler back to the files of its author, with the source map that the build gave. Uses Node's own
 * reader of source maps (ECMA-426).
 */
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';

/** `name.js:line:column` of the bundle, as the guest SDK writes it and as the engines write it. */
const POSITION = /(?:componentize-qjs:user\.js|\bhandler\.js|\bsource\.js):(\d+):(\d+)/g;

/** `stack` with every position in the bundle replaced by `file:line:column` of the author's file, where the map knows it. */
export function mapStack(stack: string, sourceMap: string): string {
  // The text is what the build gave; the reader looks at its fields itself.
  const map = new SourceMap(JSON.parse(sourceMap) as SourceMapPayload);
  return stack.replaceAll(POSITION, (found: string, line: string, column: string) => {
    const generatedLine = Number(line) - 1;
    const entry = map.findEntry(generatedLine, Number(column) - 1);
    // For a line that it does not know, the reader gives the entry before it.
    if (!('originalSource' in entry) || entry.generatedLine !== generatedLine) return found;
    return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}
