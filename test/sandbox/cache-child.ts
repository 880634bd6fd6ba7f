/**
 * Runs one handler in a process of its own and prints its result, how often the component was asked for, and which modules of
 * the tool chain were loaded. Arguments: the component, the folder of the cache, its secret.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const [path = '', folder = '', secret = ''] = process.argv.slice(2);
const loaded: string[] = [];
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    if (/jco|componentize|esbuild/.test(found.url)) loaded.push(found.url);
    return found;
  },
});
// after the hook, so that it sees what they import
const { createSandbox } = await import('../../host/sandbox/runner.ts');
const { DEFAULT_LIMITS } = await import('../../host/limits.ts');
const { SITUATION } = await import('./run-handler.ts');

const bytes = readFileSync(path);
let asked = 0;
const sandbox = createSandbox({
  limits: DEFAULT_LIMITS.component,
  workers: 1,
  programCache: { folder, secret },
});
const result = await sandbox.run({
  handler: createHash('sha256').update(bytes).digest('hex'),
  component: async () => {
    asked += 1;
    return Uint8Array.from(bytes);
  },
  situation: SITUATION,
  limits: DEFAULT_LIMITS.cycle,
  onCall: async () => ({ ok: false, error: 'denied' }),
});
await sandbox.close();
process.stdout.write(JSON.stringify({ result, asked, loaded }));
