#!/usr/bin/env node
/**
 * The `sojourn` command. Looks at the Node version before anything is imported that needs a recent one; everything else is
 * in command-line.ts.
 */
export {};

const OLDEST = 24;
const version = process.versions.node;

if (Number(version.split('.')[0]) >= OLDEST) {
  const { runCommandLine } = await import('./command-line.ts');
  process.exitCode = await runCommandLine(process.argv.slice(2), process);
} else {
  const message = `Node.js: expected version ${OLDEST} or later, found ${version}: install one from https://nodejs.org`;
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ error: { code: 'usage', message, details: { found: version } } })}\n`);
  } else process.stderr.write(`sojourn: ${message}\n`);
  process.exitCode = 2;
}
