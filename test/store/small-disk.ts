/** A disk that is really small: a file system in memory, where this process may mount one. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether it could be mounted on `folder`: that takes root with CAP_SYS_ADMIN. `size` as mount has it: `64k`. */
export async function mountSmallDisk(folder: string, size: string): Promise<boolean> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
    return true;
  } catch {
    return false;
  }
}

export async function unmount(folder: string): Promise<void> {
  await run('umount', [folder]);
}

/** The same disk, for reading only from here on. */
export async function remountReadOnly(folder: string): Promise<void> {
  await run('mount', ['-o', 'remount,ro', folder]);
}
