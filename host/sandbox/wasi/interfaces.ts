/**
 * Which imports of a guest are WASI's, by name, and how they are declared in the envelope. Any patch version of 0.2 is served by
 * the same declarations: within 0.2 interfaces only grow, so a guest that was built for an earlier one asks for a part of them.
 * The component validator compares every function and type that it asks for.
 */
import { WASI_INTERFACES, WASI_VERSION } from './generated/interfaces.ts';

const IMPORT = /^wasi:([a-z-]+\/[a-z-]+)@0\.2\.(?:0|[1-9][0-9]{0,3})$/;
const RUN = /^wasi:cli\/run@0\.2\.(?:0|[1-9][0-9]{0,3})$/;

/** The interface that an import names, without `wasi:` and version; null where it is none that guests may have. */
export function wasiInterface(importName: string): string | null {
  const name = IMPORT.exec(importName)?.[1];
  return WASI_INTERFACES.some((entry) => entry.name === name) ? (name ?? null) : null;
}

/** True for the export that makes a component a command. */
export function isRunExport(exportName: string): boolean {
  return RUN.test(exportName);
}

/** Declarations of the interfaces that these imports name, and of those that they need, in WebAssembly text. */
export function declareWasi(importNames: readonly string[]): string {
  const wanted = new Set(importNames.map(wasiInterface));
  for (const { name, needs } of WASI_INTERFACES.toReversed())
    if (wanted.has(name)) for (const need of needs) wanted.add(need);
  return WASI_INTERFACES.filter(({ name }) => wanted.has(name))
    .map(({ text }) => text)
    .join('');
}

/** Arguments of the guest's instantiation: each import, under the name and version that the guest has for it. */
export function wasiArguments(importNames: readonly string[]): string {
  return importNames
    .flatMap((importName) => {
      const name = wasiInterface(importName);
      return name === null ? [] : [`(with "${importName}" (instance $wasi:${name}))`];
    })
    .join(' ');
}

/** Imports that wait for an answer of the host. All others answer at once. */
export const WASI_ASYNC_IMPORTS: readonly string[] = [
  'random/random#get-random-bytes',
  'random/random#get-random-u64',
  'random/insecure#get-insecure-random-bytes',
  'random/insecure#get-insecure-random-u64',
  'random/insecure-seed#insecure-seed',
  'filesystem/types#[method]descriptor.open-at',
  'http/outgoing-handler#handle',
  'http/types#[static]outgoing-body.finish',
].map((name) => `wasi:${name.replace('#', `@${WASI_VERSION}#`)}`);
