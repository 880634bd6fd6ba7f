/** Rules on names, sizes and contents of files, as functions from files to violations. */
import type { Source } from './sources.ts';

const MAX_LINES = 400;
const LONG_BY_NATURE = [/(^|\/)opcodes\.ts$/, /(^|\/)generated\//];
const GRAB_BAG = /(^|[/.-])(utils?|commons?|helpers?|misc|managers?)([/.-]|$)/;

/** Home folders and the usual roots of build machines: a path that only one machine has. */
const MACHINE_PATH = /(?<![\w.~/$}\])-])\/(?:root|home|Users|work|workspace|builds|tmp)\/[\w.]/;
/** Hosts that serve packages, whichever port they listen on. */
const REGISTRY_HOST =
  /\b(?:registry|npm|pypi|artifactory|verdaccio|nexus)(?:[.-][\w-]+)*\.[a-z]{2,}(?::\d+)?\/|:487[3]\b/i;

/** Files that are too long, by the number of their lines. */
export function findLongFiles(sources: readonly Source[]): string[] {
  return sources
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ path, lines }) => lines > MAX_LINES && !LONG_BY_NATURE.some((pattern) => pattern.test(path)))
    .map(({ path, lines }) => `${path}: expected at most ${MAX_LINES} lines, found ${lines}`);
}

/** Files whose name says nothing about what is in them. */
export function findGrabBags(paths: readonly string[]): string[] {
  return paths.filter((path) => GRAB_BAG.test(path)).map((path) => `${path}: expected a name that says what is inside`);
}

/** Lines that name a place on one machine or a package registry's host. */
export function findForeignPlaces(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const found = MACHINE_PATH.exec(line)?.[0] ?? REGISTRY_HOST.exec(line)?.[0];
      return found === undefined
        ? []
        : [`${path}:${index + 1}: expected no machine's path or registry, found '${found}'`];
    }),
  );
}

/**
 * Packages of a lockfile (version 3) that carry a download address, or lack the digest that stands in for it. Optional packages
 * of one platform may lack it: see lockfile.ts.
 */
export function findLockfileFaults(lockfile: string): string[] {
  const { packages } = JSON.parse(lockfile) as { packages: Record<string, Record<string, unknown>> };
  return Object.entries(packages).flatMap(([name, entry]) => {
    if (name === '' || entry['link'] === true) return [];
    if (entry['resolved'] !== undefined) return [`${name}: expected no download address`];
    const excused = entry['inBundle'] === true || (entry['optional'] === true && entry['cpu'] !== undefined);
    return entry['integrity'] === undefined && !excused ? [`${name}: expected an integrity digest`] : [];
  });
}

/** Dependencies of a manifest that are not pinned to one version. */
export function findLooseVersions(manifest: string): string[] {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(manifest) as Record<string, Record<string, string>>;
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))
    .map(([name, version]) => `${name}: expected an exact version, found '${version}'`);
}
