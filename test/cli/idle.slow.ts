/** Ten thousand connections that do nothing, at a real process: others are served beside them, and all are let go in time. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openIdle, rawRequest, sendRaw } from '../node/http/raw-client.ts';
import { createDesk } from './run-cli.ts';
import type { Desk } from './run-cli.ts';
import { startServe } from './serving.ts';
import type { Serving } from './serving.ts';

const WANTED = 10_000;
/** Each end holds one file a connection; some are for other things. */
const SPARE = 500;

let desk: Desk;
let node: Serving;
beforeAll(async () => {
  desk = await createDesk();
  node = await startServe(desk.path('data'), ['--policy', desk.path('all')]);
});
afterAll(async () => {
  await node.stop('SIGKILL');
  desk.close();
});

function memoryMb(pid: number): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

it('a node serves others while thousands of connections stand idle, half of them in the middle of a request', async () => {
  const most = Number(execFileSync('sh', ['-c', 'ulimit -n']).toString());
  const count = Math.min(WANTED, most - SPARE);
  const { port } = new URL(node.facts.url);
  const pid = node.child.pid ?? 0;
  const before = memoryMb(pid);
  const idle: Socket[] = [];
  for (let i = 0; i < count; i += 100) {
    idle.push(...(await Promise.all(Array.from({ length: Math.min(100, count - i) }, () => openIdle(Number(port))))));
  }
  for (const [i, socket] of idle.entries()) if (i % 2 === 0) socket.write('GET /health HTTP/1.1\r\nHost: x\r\nX-');
  process.stdout.write(
    `${idle.length} idle connections (files allowed: ${most}), ${(memoryMb(pid) - before).toFixed(0)} MB more\n`,
  );
  for (let i = 0; i < 50; i++) expect((await node.fetch('GET', '/objects')).status).toBe(200);
  expect((await sendRaw(Number(port), [rawRequest('GET', '/health')], { answers: 1 })).statuses).toEqual([200]);
  // none of them ends its headers: the node lets them go after ten seconds
  const open = idle.filter((socket) => !socket.closed);
  await Promise.all(
    open.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()).resume())),
  );
  expect((await node.fetch('GET', '/stats')).status).toBe(200);
  expect(await node.stop()).toEqual({ code: 0, signal: null });
});
