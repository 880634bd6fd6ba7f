/**
 * Opens a sandbox that takes its worker for stuck all the time, runs a handler and closes it, again and again, in a process that nothing else
 * keeps alive. Prints how often it got that far. Arguments: the component, how often.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { SITUATION } from './run-handler.ts';

const [path = '', times = '1'] = process.argv.slice(2);
const bytes = readFileSync(path);
const handler = createHash('sha256').update(bytes).digest('hex');
for (let time = 1; time <= Number(times); time++) {
  const sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1, busyMs: 1 });
  const { kind } = await sandbox.run({
    handler,
    component: async () => bytes,
    situation: SITUATION,
    limits: DEFAULT_LIMITS.cycle,
    onCall: async () => ({ ok: false, error: 'denied' }),
  });
  await sandbox.close();
  process.stdout.write(`${time} ${kind}\n`);
}
