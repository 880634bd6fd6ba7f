/**
 * Makes host/sandbox/wasi/generated/interfaces.ts from the WIT files of WASI that come with jco: run it with `--write` after an
 * update of jco. types.test.ts compares.
 */
import { componentEmbed, componentNew, print } from '@bytecodealliance/jco';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const VERSION = '0.2.12';
const WIT = new URL(`../../../node_modules/@bytecodealliance/jco/lib/wit/builtin/${VERSION}/`, import.meta.url);
export const GENERATED = new URL('../../../host/sandbox/wasi/generated/interfaces.ts', import.meta.url);

/** What a command or a handler may import. In an order in which each stands behind those that it uses. */
export const INTERFACES: readonly string[] = [
  'io/error',
  'io/poll',
  'io/streams',
  'cli/environment',
  'cli/exit',
  'cli/stdin',
  'cli/stdout',
  'cli/stderr',
  'cli/terminal-input',
  'cli/terminal-output',
  'cli/terminal-stdin',
  'cli/terminal-stdout',
  'cli/terminal-stderr',
  'clocks/monotonic-clock',
  'clocks/wall-clock',
  'filesystem/types',
  'filesystem/preopens',
  'random/random',
  'random/insecure',
  'random/insecure-seed',
  'sockets/network',
  'sockets/instance-network',
  'sockets/tcp',
  'sockets/tcp-create-socket',
  'sockets/udp',
  'sockets/udp-create-socket',
  'sockets/ip-name-lookup',
  'http/types',
  'http/outgoing-handler',
];

/** The text of the generated file. */
export async function generateTypes(): Promise<string> {
  const parts = split(await printWorld());
  const entries = parts.map(
    ({ name, needs, text }) =>
      `  {\n    name: '${name}',\n    needs: [${needs.map((need) => `'${need}'`).join(', ')}],\n    text: String.raw\`\n${text}\`,\n  },\n`,
  );
  return `${HEAD}${entries.join('')}];\n`;
}

const HEAD = `/**
 * The interfaces of WASI ${VERSION} that a guest may import, as component types in WebAssembly text. Made by
 * test/sandbox/wasi/generate-types.ts from the WIT files of WASI; not to be edited.
 */

export interface WasiInterface {
  /** Without \`wasi:\` and version. */
  readonly name: string;
  /** Names of the interfaces that must be declared before it. */
  readonly needs: readonly string[];
  /** Aliases, a type and an import named \`$wasi:<name>\`. */
  readonly text: string;
}

export const WASI_VERSION = '${VERSION}';

export const WASI_INTERFACES: readonly WasiInterface[] = [
`;

/** A component that imports everything, in text. */
async function printWorld(): Promise<string> {
  const imports = INTERFACES.map((name) => `import wasi:${name}@${VERSION};`);
  return print(await componentNew(await embedWorld(`${imports.join(' ')} export wasi:cli/run@${VERSION};`), []));
}

/** A core module for a world with these imports and exports: `core`, or one made up, with every import that there can be. */
export async function embedWorld(items: string, core?: Uint8Array, version = VERSION): Promise<Uint8Array> {
  const packages = readdirSync(WIT).map((folder) => {
    const text = readFileSync(new URL(`${folder}/package.wit`, WIT), 'utf8');
    const [head = '', name = ''] = /^package ([^;]+);/m.exec(text) ?? [];
    return `package ${name} {${text.replace(head, '')}}`;
  });
  const wit = `package sojourn:all;\nworld all { ${items} }\n${packages.join('\n')}`;
  const witSource = wit.replaceAll(`@${VERSION}`, `@${version}`);
  return componentEmbed({ witSource, world: 'sojourn:all/all', ...(core ? { binary: core } : { dummy: true }) });
}

interface Part {
  readonly name: string;
  readonly needs: readonly string[];
  readonly text: string;
}

function split(wat: string): Part[] {
  const parts: Part[] = [];
  let lines: string[] = [];
  for (const line of wat.split('\n').slice(1)) {
    if (/^ {2}\(core /.test(line)) break;
    lines.push(line);
    const name = /^ {2}\(import "wasi:([^@]+)@/.exec(line)?.[1];
    if (name === undefined) continue;
    const text = `${lines.join('\n')}\n`;
    const needs = Array.from(text.matchAll(/\(alias export \$wasi:([^@]+)@/g), ([, need = '']) => need);
    parts.push({ name, needs: [...new Set(needs)], text: plainNames(text) });
    lines = [];
  }
  return parts;
}

/** Without indices in comments, and with names that no version is in. */
function plainNames(text: string): string {
  return text.replace(/ ?\(;\d+;\)/g, '').replaceAll(/(\$(?:ty-)?wasi:[a-z/-]+)@[0-9.]+/g, '$1');
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv.includes('--write'))
  writeFileSync(GENERATED, await generateTypes());
