/** Has many evaluations wait for the host at once, answers them when all have called, and prints what that took as JSON. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { runHandler, told } from './run-handler.ts';
import type { GuestReply } from '../../host/ports.ts';

const [path = '', count = '1000'] = process.argv.slice(2);
const total = Number(count);
const bytes = readFileSync(path);
const handler = { digest: createHash('sha256').update(bytes).digest('hex'), bytes };
const sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 2, busyMs: 600_000 });
const { promise: allCalled, resolve } = Promise.withResolvers<void>();
let calls = 0;
const answer = async (): Promise<GuestReply> => {
  calls += 1;
  if (calls === total) resolve();
  await allCalled;
  return { ok: true, value: 5 };
};
const runs = Array.from({ length: total }, () =>
  runHandler(sandbox, handler, { situation: told({ calls: 1 }), limits: { deadlineMs: 600_000 }, answer }),
);
await allCalled;
const { workers, parked } = sandbox.stats();
const waiting = { workers, parked, residentMb: Math.round(process.memoryUsage.rss() / 1e6) };
const results = await Promise.all(runs);
const fuels = new Set(results.map((result) => (result.kind === 'proposal' ? result.fuel : result.kind)));
await sandbox.close();
process.stdout.write(JSON.stringify({ ...waiting, calls, fuels: [...fuels] }));
