/**
 * Entries that a lockfile lacks. A registry mirror may serve only the platforms that it was asked for; npm then leaves the other
 * platforms' optional packages out of the lockfile, and `npm ci` refuses it everywhere. Run with Node, this file adds them,
 * without a digest where none is known. It changes nothing where the lockfile is complete. Another folder than this project's can be
 * named.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Entry {
  readonly version?: string;
  readonly optional?: boolean;
  readonly dev?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: { readonly [name: string]: string };
}

export interface Lockfile {
  readonly packages: { readonly [path: string]: Entry };
}

const PLATFORM =
  /[-/](?:(wasm32)-wasi|(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32|windows)-(arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64|64)(?:-(gnu|musl|gnueabihf|musleabihf|eabi|msvc))?)$/;

/** Entries to add, by their path, for exact optional dependencies on packages of one platform that resolve to nothing. */
export function findMissingPlatforms(lockfile: Lockfile): Record<string, Entry> {
  const missing: Record<string, Entry> = {};
  for (const [path, entry] of Object.entries(lockfile.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const platform = PLATFORM.exec(name);
      const known = (candidate: string): Entry | undefined => missing[candidate] ?? lockfile.packages[candidate];
      const places = lookupPlaces(path).map((place) => `${place}node_modules/${name}`);
      const nearest = places.find((place) => known(place) !== undefined);
      if (!platform || !/^\d/.test(version) || (nearest !== undefined && known(nearest)!.version === version)) continue;
      const free = nearest === undefined ? places.at(-1)! : places[places.indexOf(nearest) - 1]!;
      missing[free] = {
        version,
        ...(entry.dev === true ? { dev: true } : {}),
        optional: true,
        ...limitsOf(platform),
      };
    }
  }
  return missing;
}

/** The platform that a package's name tells, as its manifest would. */
function limitsOf([, wasm, system, width, abi = '']: RegExpExecArray): Pick<Entry, 'os' | 'cpu' | 'libc'> {
  if (wasm !== undefined || system === undefined || width === undefined) return { cpu: ['wasm32'] };
  const [os, cpu] = [system === 'windows' ? 'win32' : system, width === '64' ? 'x64' : width];
  if (os !== 'linux' || abi === '') return { os: [os], cpu: [cpu] };
  return { os: [os], cpu: [cpu], libc: [abi.startsWith('musl') ? 'musl' : 'glibc'] };
}

/** Folders whose node_modules a package at `path` looks into, nearest first, the root as ''. */
function lookupPlaces(path: string): string[] {
  const places: string[] = [];
  for (let rest = path; rest !== ''; rest = rest.slice(0, Math.max(0, rest.lastIndexOf('/node_modules/'))))
    places.push(`${rest}/`);
  return [...places, ''];
}

if (import.meta.main) {
  const folder = process.argv[2] ?? fileURLToPath(new URL('../..', import.meta.url));
  const file = join(folder, 'package-lock.json');
  const lockfile = JSON.parse(readFileSync(file, 'utf8')) as Lockfile;
  const missing = findMissingPlatforms(lockfile);
  const packages = Object.entries({ ...lockfile.packages, ...missing }).toSorted(([a], [b]) =>
    a.localeCompare(b, 'en'),
  );
  writeFileSync(file, `${JSON.stringify({ ...lockfile, packages: Object.fromEntries(packages) }, null, 2)}\n`);
  process.stdout.write(`${file}: ${Object.keys(missing).length} entries added\n`);
}
