/** Reading the operator's JSON files about advice: each map has the keys that are named and no others. */
import { SojournError } from '../errors.ts';
import { isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';

export interface ClosedReader {
  /** A map with these keys and no others. Errors: `advice.malformed` with the path. */
  map(value: Value | undefined, path: string, required: readonly string[], optional: readonly string[]): ValueMap;
  refuse(path: string, expected: string): SojournError;
}

/** `origin` is the file, for messages. What was found is not shown: it may be a secret in the wrong place. */
export function createClosedReader(origin: string): ClosedReader {
  const refuse = (path: string, expected: string): SojournError =>
    new SojournError('advice.malformed', `${origin}: ${path === '' ? 'the whole' : path}: expected ${expected}`, {
      details: { file: origin, path },
    });
  return {
    refuse,
    map(value, path, required, optional) {
      if (!isMap(value)) throw refuse(path, 'an object');
      const known = [...required, ...optional];
      const unknown = Object.keys(value).find((key) => !known.includes(key));
      if (unknown !== undefined)
        throw refuse(`${path}/${unknown.slice(0, 64)}`, `no other key than ${known.join(', ')}`);
      const missing = required.find((key) => value[key] === undefined);
      if (missing !== undefined) throw refuse(`${path}/${missing}`, 'a value');
      return value;
    },
  };
}
