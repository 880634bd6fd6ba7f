/**
 * Bundles a handler module and the guest SDK into one script with esbuild. Imports of the contract stay imports; anything else that
 * cannot be bundled is an error with the place in the author's file.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { build } from 'esbuild';
import type { BuildFailure, Message, Plugin } from 'esbuild';
import { SojournError } from '../errors.ts';
import { readContract } from './build-contract.ts';
import type { Contract } from './build-contract.ts';

export interface Bundle {
  /** One ES module that exports `handle`. */
  readonly code: string;
  /** Source map (ECMA-426) of `code`, sources relative to the folder of the handler module, without their contents. */
  readonly sourceMap: string;
}

/** Namespace of the SDK's modules within the bundle. */
const SDK = 'sojourn/guest';
const ENTRY = 'sojourn-entry.js';

/** Errors: `component.build` with file, line and column. The bundle depends on the author's files and this package alone. */
export async function bundleHandler(entry: string): Promise<Bundle> {
  const path = resolve(entry);
  const contract = readContract();
  try {
    const result = await build({
      stdin: { contents: entryText(basename(path)), resolveDir: dirname(path), sourcefile: ENTRY },
      absWorkingDir: dirname(path),
      outfile: join(dirname(path), 'handler.js'),
      write: false,
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      conditions: ['sojourn-guest'],
      target: 'es2022',
      external: ['sojourn:object/*'],
      plugins: [sdkPlugin(contract)],
      sourcemap: 'external',
      sourcesContent: false,
      legalComments: 'none',
      charset: 'utf8',
      logLevel: 'silent',
    });
    const text = (suffix: string): string => result.outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? '';
    return { code: text('handler.js'), sourceMap: text('handler.js.map') };
  } catch (error) {
    throw isBuildFailure(error) ? describeFailure(error, path) : error;
  }
}

/** The platform is put in place before the handler's module runs: ES modules run in the order of their imports. */
function entryText(handler: string): string {
  return [
    "import { platform } from 'sojourn/guest/platform';",
    "import { createHandle } from 'sojourn/guest/handle';",
    `import handler from ${JSON.stringify(`./${handler}`)};`,
    'export const handle = createHandle(handler, platform);',
  ].join('\n');
}

const PLATFORM_TEXT = [
  "import { installPlatform } from './platform/install';",
  "import { bytes } from 'sojourn:object/random@0.2.0';",
  "import { write } from 'sojourn:object/log@0.2.0';",
  'export const platform = installPlatform(globalThis, { randomBytes: bytes, writeLine: write });',
].join('\n');

/**
 * `sojourn/guest` is this package's SDK, wherever the handler stands. Its modules have names of their own in the bundle and in the
 * source map, so that no path of the building machine gets into either.
 */
function sdkPlugin(contract: Contract): Plugin {
  const modulePath = (specifier: string): string => posix.normalize(specifier.replace(/\.[jt]s$/, ''));
  return {
    name: SDK,
    setup: (setup) => {
      setup.onResolve({ filter: /^sojourn\/guest(\/(platform|handle))?$/ }, ({ path, importer }) => {
        const module = path.slice(SDK.length + 1) || 'index';
        const isInternal = module !== 'index' && basename(importer) !== ENTRY;
        if (isInternal) return { errors: [{ text: `'${path}' is not a module for handlers; import 'sojourn/guest'` }] };
        return { path: module, namespace: SDK };
      });
      setup.onResolve({ filter: /^\./, namespace: SDK }, ({ path, importer }) => ({
        path: modulePath(posix.join(posix.dirname(importer), path)),
        namespace: SDK,
      }));
      setup.onLoad({ filter: /.*/, namespace: SDK }, async ({ path }) => {
        if (path === 'platform') return { contents: PLATFORM_TEXT, loader: 'js' };
        const contents = await readFile(join(contract.sdkPath, `${path}${contract.sdkSuffix}`), 'utf8');
        return { contents, loader: contract.sdkSuffix === '.ts' ? 'ts' : 'js' };
      });
    },
  };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

function describeFailure(failure: BuildFailure, entry: string): SojournError {
  const first = failure.errors[0];
  const lines = failure.errors.map((message) => describeMessage(message, entry));
  return new SojournError('component.build', lines.join('\n'), {
    details: {
      file: first?.location?.file ?? basename(entry),
      line: first?.location?.line ?? null,
      column: first?.location === null || first === undefined ? null : first.location.column + 1,
    },
    cause: failure,
  });
}

/** `file:line:column: text`, lines and columns from 1. What the generated entry misses is missing in the author's module. */
function describeMessage(message: Message, entry: string): string {
  const { location } = message;
  if (location?.file === ENTRY || location === null) {
    const isMissingExport = message.text.startsWith('No matching export');
    return isMissingExport
      ? `${basename(entry)}: expected a default export made with defineHandler, found none`
      : `${basename(entry)}: ${message.text}`;
  }
  return `${location.file}:${location.line}:${location.column + 1}: ${message.text}`;
}
