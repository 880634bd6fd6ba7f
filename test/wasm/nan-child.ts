/**
 * Prints, as JSON, the bits that every case of nan-cases.ts gives in the modules on standard input: for comparing V8's compilers,
 * some of whose flags leave no parser for the text format.
 */
import { readFileSync } from 'node:fs';
import { arithmeticCases, runCase } from './nan-cases.ts';
import { start } from './run-metered.ts';

const RICH = { fuel: 2 ** 42, callDepth: 20_000, memoryPages: 64 };

const modules = JSON.parse(readFileSync(0, 'utf8')) as string[];
const results: Record<string, string[]> = {};
for (const [index, nanCase] of arithmeticCases().entries()) {
  const guest = start(Buffer.from(modules[index] ?? '', 'base64'), RICH);
  results[nanCase.name] = runCase(nanCase, (x, y) => guest.call('run', x, y));
}
process.stdout.write(JSON.stringify(results));
