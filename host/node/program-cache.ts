/**
 * Where a user's cache of admitted handlers lies, after the XDG base directories: entries with the caches, the secret that vouches for
 * them with the state, so that one may be shared or restored without the other.
 */
import { isAbsolute, join } from 'node:path';
import type { ProgramCacheOptions } from '../sandbox/program-cache.ts';

const MIB = 1024 * 1024;

/** `SOJOURN_PROGRAM_CACHE` names another folder; `off` gives null. */
export function placeProgramCache(
  env: { readonly [name: string]: string | undefined },
  home: string,
): ProgramCacheOptions | null {
  const asked = env['SOJOURN_PROGRAM_CACHE'] ?? '';
  if (asked === 'off') return null;
  const base = (name: string, otherwise: string): string => {
    const path = env[name] ?? '';
    return isAbsolute(path) ? path : join(home, otherwise);
  };
  return {
    folder: asked === '' ? join(base('XDG_CACHE_HOME', '.cache'), 'sojourn', 'programs') : asked,
    secret: join(base('XDG_STATE_HOME', '.local/state'), 'sojourn', 'program-cache.key'),
    maxBytes: 512 * MIB,
  };
}
