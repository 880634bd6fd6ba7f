/** DBOS: one Node process with its SDK behind Node's HTTP server, and a PostgreSQL of its own, where one is installed. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageVersion } from './install.ts';
import type { Peer } from './peer.ts';
import type { Program } from './program.ts';
import { findUser, freePort, memoryOf, startProgram, withChildren } from './program.ts';

/** Null, in words, where there is no PostgreSQL. */
export async function createDbos(packages: string, data: string): Promise<Peer | string> {
  const postgres = findCommand('postgres');
  const initdb = findCommand('initdb');
  if (postgres === null || initdb === null) return 'PostgreSQL: expected postgres and initdb on the path, found none';
  // PostgreSQL refuses root
  const user = process.getuid?.() === 0 ? (findUser('postgres') ?? findUser('nobody')) : null;
  const [databasePort, port] = [await freePort(), await freePort()];
  const databaseUrl = `postgresql://peer@127.0.0.1:${databasePort}/peer`;
  let database: Program | null = null;
  return {
    name: 'dbos',
    version: packageVersion(packages, '@dbos-inc/dbos-sdk'),
    durable:
      "the start of the workflow, each result of a step and the end are commits of PostgreSQL (fsync and synchronous_commit on, the defaults). A sleeper is a workflow that took one step and sleeps an hour: it stays in the process. PostgreSQL stays up through the application's SIGKILL and its start.",
    prepare: async () => {
      mkdirSync(data, { recursive: true });
      if (user !== null) chownSync(data, user.uid, user.gid);
      chmodSync(data, 0o700);
      const args = ['-D', data, '-U', 'peer', '-A', 'trust', '-E', 'UTF8', '--no-instructions'];
      const made = spawnSync(initdb, args, { encoding: 'utf8', ...user });
      if (made.status !== 0) throw new Error(`initdb: expected exit code 0, found ${made.status}: ${made.stderr}`);
      database = startProgram({
        name: 'postgres',
        command: postgres,
        args: ['-D', data, '-p', String(databasePort), '-h', '127.0.0.1', '-k', data],
        ...(user === null ? {} : { user }),
      });
    },
    start: () => [
      startProgram({
        name: 'application',
        command: process.execPath,
        args: [join(packages, 'dbos.js'), String(port), databaseUrl],
        cwd: packages,
      }),
    ],
    url: (key, what) => `http://127.0.0.1:${port}/${key}/${what}`,
    asleep: async () => null,
    others: () => (database === null ? {} : { postgres: memoryOf(withChildren(database.pid)) }),
    close: async () => database?.end('SIGINT'),
  };
}

function findCommand(name: string): string | null {
  const { status, stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}
