/** Files and folders of one user, and whose one is. Where the system has no such owners and modes (Windows), all count as ours. */
import type { Stats } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { geteuid } from 'node:process';

/** True where it belongs to the user of this process, and none of the permission bits `refused` is set. */
export function isOwn({ uid, mode }: Pick<Stats, 'uid' | 'mode'>, refused: number): boolean {
  const user = geteuid?.();
  return user === undefined || (uid === user && (mode & refused) === 0);
}

/**
 * Makes a folder for this user alone, and what is missing above it. Node's own way of doing so does not come back where the system
 * has the folder above and still says that it is missing (below `/proc`).
 */
export async function makeOwnFolder(path: string): Promise<void> {
  const make = (): Promise<'made' | 'missing'> =>
    mkdir(path, { mode: 0o700 }).then(
      () => 'made',
      (error: unknown) => {
        const code = error instanceof Error && 'code' in error ? error.code : null;
        if (code === 'EEXIST') return 'made';
        if (code === 'ENOENT') return 'missing';
        throw error;
      },
    );
  if ((await make()) === 'made') return;
  if (dirname(path) !== path) await makeOwnFolder(dirname(path));
  if ((await make()) === 'missing') throw new Error(`${path}: expected a place for a folder, found none`);
}
