/**
 * From a handler module in TypeScript to a component of the world `handler`: bundle, put it into an engine, check what came out.
 * Two builds of one input behave the same and have different bytes: both engines take a snapshot of their heap, with hash seeds
 * and build time in it. An object is bound to the digest of one build.
 */
import { componentWit } from '@bytecodealliance/jco';
import { SojournError } from '../errors.ts';
import { bundleHandler } from './build-bundle.ts';
import { componentizeBundle } from './build-engine.ts';
import type { Engine } from './build-engine.ts';

export type { Engine };

export interface BuildOptions {
  /** Path of the handler module: TypeScript or JavaScript with `export default defineHandler(…)`. */
  readonly entry: string;
  readonly engine: Engine;
  /** Stops the build between its steps; a step of the engine itself cannot be stopped. */
  readonly signal?: AbortSignal;
}

export interface BuiltHandler {
  readonly component: Uint8Array;
  /** Maps positions in stacks (`handler.js:line:column`) to the author's files; see source-map.ts. JSON, ECMA-426. */
  readonly sourceMap: string;
  /** The interfaces that the component imports, for example `sojourn:object/http@0.2.0`. */
  readonly imports: readonly string[];
}

/** Errors: `component.build` with the author's file, line and column; `component.import` where the engine left an import of its own. */
export async function buildHandler(options: BuildOptions): Promise<BuiltHandler> {
  options.signal?.throwIfAborted();
  const bundle = await bundleHandler(options.entry);
  options.signal?.throwIfAborted();
  const component = await componentizeBundle(bundle, options.engine);
  options.signal?.throwIfAborted();
  const imports = await listImports(component);
  const stray = imports.find((name) => !name.startsWith('sojourn:object/'));
  if (stray !== undefined) {
    throw new SojournError('component.import', `component: expected imports of sojourn:object alone, found ${stray}`, {
      details: { import: stray },
    });
  }
  return { component, sourceMap: bundle.sourceMap, imports };
}

/** Names of the interfaces that a component imports, as its world says. */
async function listImports(component: Uint8Array): Promise<string[]> {
  const text = await componentWit(component);
  const world = /^world [^{]+\{([^}]*)/m.exec(text)?.[1] ?? '';
  return [...world.matchAll(/^\s*import ([^;]+);/gm)].map((match) => (match[1] ?? '').trim());
}
