/** workerd with a Durable Object whose storage is on the local disk. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { packageVersion } from './install.ts';
import type { Peer } from './peer.ts';
import { freePort, startProgram } from './program.ts';

export async function createWorkerd(packages: string, data: string): Promise<Peer> {
  const port = await freePort();
  const { default: command } = createRequire(join(packages, 'package.json'))('workerd') as { default: string };
  return {
    name: 'workerd',
    version: packageVersion(packages, 'workerd'),
    durable:
      "each step is a put into the object's own SQLite file (WAL) and storage.sync(), one fsync each; a value, no journal. A sleeper is a put and an alarm, both synced. Idle objects are put away after 10 s.",
    prepare: async () => void mkdirSync(data, { recursive: true }),
    start: () => [
      startProgram({
        name: 'workerd',
        command,
        args: [
          'serve',
          join(packages, 'workerd.capnp'),
          '--socket-addr',
          `http=127.0.0.1:${port}`,
          '--directory-path',
          `data=${data}`,
        ],
      }),
    ],
    url: (key, what) => `http://127.0.0.1:${port}/${key}/${what}`,
    asleep: async () => null,
    others: () => ({}),
    close: async () => {},
  };
}
