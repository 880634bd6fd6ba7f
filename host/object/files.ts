/**
 * Files that an object carries: blobs under the creator's seal whose media type names a path. They never change. Pure.
 */
import type { BlobBody } from './model.ts';

/** Where the content of a file stands. */
export interface FileRef {
  /** Of its blob. */
  readonly seq: number;
  readonly size: number;
}

const PREFIX = 'application/octet-stream;path=';
const PATH = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,7}$/;
const PATH_CHARS = 96;

/** Relative, of up to eight names in letters, digits, `.`, `_` and `-`, none of which begins with a dot. */
export function isFilePath(path: string): boolean {
  return path.length <= PATH_CHARS && PATH.test(path);
}

/** Media type of the blob that holds the file. */
export function fileMedia(path: string): string {
  return `${PREFIX}${path}`;
}

/** The file's path, or null for a blob that is none. */
export function filePath({ media }: BlobBody): string | null {
  if (!media.startsWith(PREFIX)) return null;
  const path = media.slice(PREFIX.length);
  return isFilePath(path) ? path : null;
}
