/** Files of the command line where a disk has no room: what could not be written whole is not there. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeNewFile } from '../../host/cli/files.ts';
import { mountSmallDisk, unmount } from '../store/small-disk.ts';

it('leaves nothing of a new file that a full disk could not take, and writes it once there is room', async ({
  skip,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-files-'));
  if (!(await mountSmallDisk(folder, '64k'))) {
    rmSync(folder, { recursive: true });
    skip('needs to mount a file system: root with CAP_SYS_ADMIN');
  }
  try {
    const [fill, key] = [join(folder, 'fill'), join(folder, 'node.pem')];
    expect(() => writeFileSync(fill, new Uint8Array(200_000))).toThrow('ENOSPC');
    await expect(writeNewFile(key, 'secret', 0o600)).rejects.toMatchObject({ code: 'store.full' });
    expect(existsSync(key)).toBe(false);
    rmSync(fill);
    await writeNewFile(key, 'secret', 0o600);
    expect(readFileSync(key, 'utf8')).toBe('secret');
    expect((statSync(key).mode & 0o777).toString(8)).toBe('600');
    await expect(writeNewFile(key, 'other', 0o600)).rejects.toMatchObject({ code: 'store.exists' });
    expect(readFileSync(key, 'utf8')).toBe('secret');
  } finally {
    await unmount(folder);
    rmSync(folder, { recursive: true });
  }
});
