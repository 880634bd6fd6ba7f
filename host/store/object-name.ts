/** What a node's store calls things: objects by their ids, handlers by their digests. Nothing else gets as far as a path or a subject. */
import { SojournError } from '../errors.ts';

const NAME = /^[0-9a-f]{64}$/;

export function isObjectName(name: string): boolean {
  return NAME.test(name);
}

/** Gives the name. Errors: `usage`. */
export function expectObjectName(name: string): string {
  if (NAME.test(name)) return name;
  const found = JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
  throw new SojournError('usage', `name: expected an id of 64 lower-case hexadecimal digits, found ${found}`);
}
