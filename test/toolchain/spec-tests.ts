/**
 * Fetches the WebAssembly specification's tests through cargo and converts them: one folder for each script, with `test.json` and the
 * modules that it names. The folder appears whole or not at all.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cratePath, specTestsPath } from './tools.ts';
import { SPEC_TESTS } from './versions.ts';

function run(command: string, args: readonly string[], cwd: string): boolean {
  const { status, stderr, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  if (status === 0) return true;
  process.stderr.write(`${command} ${args.join(' ')}: ${error?.message ?? stderr.toString()}\n`);
  return false;
}

/** A throw-away project that depends on the crate, so that cargo itself gets it and checks its digest. */
function fetchCrate(folder: string): boolean {
  const manifest = `[package]
name = "spec-tests"
version = "0.0.0"
[lib]
path = "lib.rs"
[dependencies]
${SPEC_TESTS.crate} = "=${SPEC_TESTS.version}"
`;
  writeFileSync(join(folder, 'Cargo.toml'), manifest);
  writeFileSync(join(folder, 'lib.rs'), '');
  return run('cargo', ['vendor', '--quiet', 'vendor'], folder);
}

/** Names of the suites below `data`: the standard's own, and the proposals' (`simd`, `gc`, …), which hold what it leaves to them. */
function listSuites(data: string): { readonly name: string; readonly folder: string }[] {
  const proposals = join(data, 'proposals');
  return [
    { name: 'wasm-v3', folder: join(data, 'wasm-v3') },
    ...readdirSync(proposals).map((name) => ({ name, folder: join(proposals, name) })),
  ];
}

function convert(script: string, out: string): boolean {
  mkdirSync(out, { recursive: true });
  const args = ['json-from-wast', script, '--output', join(out, 'test.json'), '--wasm-dir', out];
  return run(cratePath('wasm-tools'), args, out);
}

/** Fetches and converts; false where that failed, after saying why. Needs wasm-tools. */
export function installSpecTests(): boolean {
  const target = specTestsPath();
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}-`);
  try {
    if (!fetchCrate(folder)) return false;
    const out = join(folder, 'scripts');
    for (const suite of listSuites(join(folder, 'vendor', SPEC_TESTS.crate, 'data'))) {
      for (const script of readdirSync(suite.folder)) {
        const name = basename(script, '.wast');
        if (!convert(join(suite.folder, script), join(out, suite.name, name))) return false;
      }
    }
    renameSync(out, target);
    return true;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
