/** Restate: its server, and one Node process with its SDK that serves a virtual object. */
import { join } from 'node:path';
import { packageVersion } from './install.ts';
import type { Peer } from './peer.ts';
import { freePort, startProgram } from './program.ts';

export async function createRestate(packages: string, data: string): Promise<Peer> {
  const [ingress, admin, fabric, service] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const server = `@restatedev/restate-server-linux-${process.arch}`;
  return {
    name: 'restate',
    version: packageVersion(packages, '@restatedev/restate-server'),
    durable:
      'the invocation, each result of a step and the end are appended to its log (RocksDB, WAL with fsync, the default) before the answer; one node, replication 1, defaults otherwise. The handler runs in a Node process of its own over HTTP/2. A sleeper is a handler that took one step and sleeps an hour; it is put away at once.',
    prepare: async () => {},
    start: () => [
      startProgram({
        name: 'server',
        command: join(packages, 'node_modules', server, 'bin', 'restate-server'),
        args: [
          '--no-logo',
          '--node-name',
          'peer',
          '--base-dir',
          data,
          '--bind-ip',
          '127.0.0.1',
          '--bind-port',
          String(fabric),
        ],
        env: {
          RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
          RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
          RESTATE_LISTEN_MODE: 'tcp',
          RESTATE_DISABLE_TELEMETRY: 'true',
          RESTATE_LOG_FILTER: 'error',
        },
      }),
      startProgram({
        name: 'service',
        command: process.execPath,
        args: [join(packages, 'restate.js'), String(service)],
      }),
    ],
    register: async () => {
      const body = JSON.stringify({ uri: `http://127.0.0.1:${service}` });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`http://127.0.0.1:${admin}/deployments`, { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(`restate: expected it to take the service, found ${await answer.text()}`);
    },
    url: (key, what) => `http://127.0.0.1:${ingress}/peer/${key}/${what}${what === 'sleep' ? '/send' : ''}`,
    asleep: async () => {
      const query =
        "SELECT COUNT(*) AS n FROM sys_invocation WHERE target_handler_name = 'sleep' AND status = 'suspended'";
      const headers = { 'content-type': 'application/json', 'accept': 'application/json' };
      const answer = await fetch(`http://127.0.0.1:${admin}/query`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query }),
      });
      const { rows } = (await answer.json()) as { rows: { n: number }[] };
      return rows[0]?.n ?? 0;
    },
    others: () => ({}),
    close: async () => {},
  };
}
