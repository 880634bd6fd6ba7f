/** The version of this package, as its manifest says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPackageRoot } from '../sandbox/build-contract.ts';

export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(join(findPackageRoot(import.meta.dirname), 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
