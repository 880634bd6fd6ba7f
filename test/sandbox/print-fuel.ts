/**
 * Run as a process of its own: runs a handler once in a sandbox that it does not close, and prints the fuel used. That it ends
 * shows that idle workers keep no process alive.
 */
import { readFileSync } from 'node:fs';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { toHandler } from './guest-builds.ts';
import { runHandler, told } from './run-handler.ts';

const [path = '', input = '{}'] = process.argv.slice(2);
const sandbox = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
const handler = toHandler(Uint8Array.from(readFileSync(path)));
const result = await runHandler(sandbox, handler, { situation: told(JSON.parse(input)) });
process.stdout.write(JSON.stringify({ kind: result.kind, fuel: 'fuel' in result ? result.fuel : null }));
