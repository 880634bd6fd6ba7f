/**
 * The peers' packages, in a folder of their own below the cache: `npm ci` of this project never fetches them. Their install scripts
 * do not run (one of them reports usage to its maker). Services are copied beside the packages that they import.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Where the packages and the services stand. Fetches the packages where they are not there yet. */
export function installPeers(): string {
  const lockfile = readFileSync(join(HERE, 'package-lock.json'));
  const digest = createHash('sha256').update(lockfile).digest('hex').slice(0, 16);
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'sojourn', 'peers', digest);
  const done = join(folder, 'installed');
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(HERE, name), join(folder, name));
  cpSync(join(HERE, 'services'), folder, { recursive: true });
  if (existsSync(done)) return folder;
  process.stderr.write(`peers: fetching their packages into ${folder}\n`);
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error(`peers: expected npm to install them in ${folder}, found exit code ${status}`);
  writeFileSync(done, '');
  return folder;
}

/** The version of one of the packages. */
export function packageVersion(folder: string, name: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
