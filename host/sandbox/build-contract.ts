/**
 * Finds what a build needs within this package: the contract in wit/ and the guest SDK, whether the code runs from its sources or
 * from dist/ of an installed package.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SojournError } from '../errors.ts';

export interface Contract {
  /** The folder of the WIT package. */
  readonly witPath: string;
  /** The whole WIT package as one text. componentize-js and jco cannot read folders in every installation; a text always works. */
  readonly witText: string;
  /** The folder of the guest SDK: guest/sdk beside the running code. */
  readonly sdkPath: string;
  /** How the SDK's modules end: `.ts` in the sources, `.js` in dist/. */
  readonly sdkSuffix: '.ts' | '.js';
}

/** Throws `internal` where the package is incomplete. */
export function readContract(): Contract {
  const here = fileURLToPath(import.meta.url);
  const witPath = join(findPackageRoot(dirname(here)), 'wit');
  // host/sandbox/ is two folders below the root of the sources, and of dist/.
  const sdkPath = join(dirname(here), '..', '..', 'guest', 'sdk');
  return { witPath, witText: readWitText(witPath), sdkPath, sdkSuffix: here.endsWith('.ts') ? '.ts' : '.js' };
}

/** The folder of the nearest package.json above `folder` that is named sojourn. */
export function findPackageRoot(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    const manifest = join(at, 'package.json');
    if (existsSync(manifest)) {
      const content: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
      if (typeof content === 'object' && content !== null && 'name' in content && content.name === 'sojourn') return at;
    }
    if (dirname(at) === at) {
      throw new SojournError('internal', `package: expected a package.json named sojourn above ${folder}, found none`);
    }
  }
}

/** All files of a WIT package in one text: the package line once, then each file without it. */
function readWitText(witPath: string): string {
  const names = readdirSync(witPath)
    .filter((name) => name.endsWith('.wit'))
    .toSorted();
  const texts = names.map((name) => readFileSync(join(witPath, name), 'utf8'));
  const packageLine = /^package [^;]+;$/m;
  const line = texts.map((text) => packageLine.exec(text)?.[0]).find((found) => found !== undefined);
  if (line === undefined) throw new SojournError('internal', `package: expected WIT files in ${witPath}, found none`);
  return [line, ...texts.map((text) => text.replace(packageLine, ''))].join('\n');
}
