/**
 * Puts a bundled handler into a JavaScript engine that is itself a component. QuickJS is small and quick to start;
 * StarlingMonkey, which is SpiderMonkey, is large and has more of the web platform. Neither gets any of WASI.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cwd } from 'node:process';
import type { ComponentizeOptions } from '@bytecodealliance/componentize-js';
import { SojournError } from '../errors.ts';
import type { Bundle } from './build-bundle.ts';
import { readContract } from './build-contract.ts';
import { mapStack } from './source-map.ts';

export type Engine = 'quickjs' | 'starlingmonkey';

const WORLD = 'handler';

/** Errors: `component.build` where the module throws while it is loaded. The engines run it once, at build time. */
export async function componentizeBundle(bundle: Bundle, engine: Engine): Promise<Uint8Array> {
  try {
    return engine === 'quickjs' ? await componentizeQuickjs(bundle) : await componentizeStarlingmonkey(bundle);
  } catch (error) {
    if (error instanceof SojournError) throw error;
    const text = (error instanceof Error ? error.message : String(error)).replace(/^[:\s]+/, '').trimEnd();
    throw new SojournError(
      'component.build',
      `handler module: expected to load, found: ${mapStack(text, bundle.sourceMap)}`,
      {
        cause: error,
      },
    );
  }
}

async function componentizeQuickjs(bundle: Bundle): Promise<Uint8Array> {
  const { componentize } = await import('componentize-qjs');
  const { witPath } = readContract();
  const { component } = await componentize({
    witPath,
    jsSource: withFreeHeap(bundle.code),
    world: WORLD,
    sync: true,
    stubWasi: true,
  });
  return component;
}

/** Free heap that QuickJS starts a run with. Zeroes, which take no room in the component. */
const FREE_HEAP_BYTES = 512 * 1024;

/**
 * Takes and frees a block when the module is loaded, which is at build time. The heap of a run then has room without growing,
 * and an instance whose memory did not grow can be put back instead of being made anew (docs/sandbox.md). Positions in the
 * source stay as they are.
 */
export function withFreeHeap(jsSource: string): string {
  return `${jsSource}\n{ let free = new ArrayBuffer(${FREE_HEAP_BYTES}); free = null; }\n`;
}

/** `witWorld` is the package's own option for a text of WIT, which its types leave out. */
type StarlingmonkeyOptions = ComponentizeOptions & { readonly witWorld: string };

async function componentizeStarlingmonkey(bundle: Bundle): Promise<Uint8Array> {
  // componentize-js cuts the working directory and one character more off its paths.
  if (dirname(cwd()) === cwd()) {
    throw new SojournError(
      'component.build',
      `starlingmonkey: expected a working directory below the root, found ${cwd()}`,
    );
  }
  const starlingmonkey = await import('@bytecodealliance/componentize-js');
  const folder = await mkdtemp(join(tmpdir(), 'sojourn-build-'));
  try {
    const sourcePath = join(folder, 'source.js');
    await writeFile(sourcePath, bundle.code);
    const options: StarlingmonkeyOptions = {
      sourcePath,
      witWorld: readContract().witText,
      worldName: WORLD,
      disableFeatures: ['stdio', 'random', 'clocks', 'http', 'fetch-event'],
    };
    return (await starlingmonkey.componentize(options)).component;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
