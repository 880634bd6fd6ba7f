/**
 * `sojourn build`: a handler module into a component, admitted as every node will admit it.
 */
import { basename } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { hex } from '../json.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { nativeHash } from '../node/native.ts';
import type { Engine } from '../sandbox/build.ts';
import { METER_VERSION } from '../wasm/meter-module.ts';
import { addCommand } from './command.ts';
import type { Session } from './command.ts';
import { replaceFile } from './files.ts';
import { showBytes } from './quantities.ts';

interface BuildFlags {
  readonly output?: string;
  readonly engine: Engine;
}

const TEXT = {
  summary: 'build a handler into a component',
  description:
    'Bundles a handler module (TypeScript or JavaScript, made with defineHandler of sojourn/guest), puts it into a JavaScript engine that is a WebAssembly component, and checks that a node would admit it: only imports of the contract, the export `handle`, every instruction metered. Writes a source map beside it.',
  examples: ['build handler.ts -o handler.wasm', 'build handler.ts --engine quickjs --json'],
};

export function addBuild(program: Command, session: Session): void {
  addCommand(program, 'build', TEXT)
    .argument('<handler>', 'the handler module')
    .option('-o, --output <file>', 'where to write the component (default: the name of the module with .wasm, here)')
    .addOption(
      new Option('--engine <engine>', 'quickjs: small, built in a second · starlingmonkey: the whole web platform')
        .choices(['quickjs', 'starlingmonkey'])
        .default('quickjs'),
    )
    .action((handler: string, flags: BuildFlags) => build(handler, flags, session));
}

async function build(handler: string, flags: BuildFlags, { terminal }: Session): Promise<void> {
  const output = flags.output ?? `${basename(handler).replace(/\.[cm]?[jt]s$/, '')}.wasm`;
  // the compilers are large: no other command waits for them
  const { buildHandler } = await import('../sandbox/build.ts');
  const { admitComponent } = await import('../sandbox/admission.ts');
  terminal.progress(`building ${basename(handler)} with ${flags.engine} …`);
  const { component, sourceMap, imports } = await buildHandler({ entry: handler, engine: flags.engine });
  terminal.progress('metering and checking …');
  const { memoryPages, tableElements } = DEFAULT_LIMITS.cycle;
  await admitComponent(component, { limits: DEFAULT_LIMITS.component, memoryPages, tableElements });
  await replaceFile(output, component);
  await replaceFile(`${output}.map`, sourceMap);
  const digest = hex(nativeHash(component));
  terminal.document({
    component: output,
    sourceMap: `${output}.map`,
    bytes: component.length,
    digest,
    engine: flags.engine,
    meterVersion: METER_VERSION,
    imports,
  });
  terminal.line(`${terminal.paint('good', 'built')} ${output}`);
  terminal.line(`  size        ${showBytes(component.length)}, ${flags.engine}`);
  terminal.line(`  digest      ${digest}`);
  terminal.line(`  fuel meter  version ${METER_VERSION}: every instruction is priced, so a node will admit it`);
  terminal.line(`  imports     ${describeImports(imports)}`);
}

/** The interfaces of one package in short. */
function describeImports(imports: readonly string[]): string {
  const names = imports.map((name) => /^(.+)\/(.+)@(.+)$/.exec(name)?.slice(1) ?? ['', name, '']);
  const packages = new Set(names.map(([home, , version]) => `${home}@${version}`));
  return packages.size === 1
    ? `${names.map(([, name]) => name).join(', ')} of ${[...packages].join('')}`
    : imports.join(', ') || 'none';
}
