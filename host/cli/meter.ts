/**
 * `sojourn meter`: any component, metered, as a component for other engines. Our own nodes meter what they admit themselves.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { nativeHash } from '../node/native.ts';
import { METER_INTERFACE, METER_VERSION, meterComponent } from '../wasm/component.ts';
import { addCommand, parseCount } from './command.ts';
import type { Session } from './command.ts';
import { readFileBounded, replaceFile } from './files.ts';
import { showBytes } from './quantities.ts';

interface MeterFlags {
  readonly output: string;
  readonly fuel: number;
  readonly callDepth: number;
  readonly memoryPages: number;
}

const TEXT = {
  summary: 'meter a component for other engines',
  description:
    'Rewrites a component so that it counts its own fuel and stops when that is used up, in any engine that runs components. What comes out starts with the given allowance, and exports its meter as sojourn:meter/meter@1.0.0, through which a host reads it and sets it anew. Nodes need none of this: they meter what they admit.',
  examples: [
    'meter handler.wasm -o metered.wasm',
    'meter handler.wasm -o metered.wasm --fuel 5000000 --memory-pages 64',
  ],
  required: ['--output'],
};

export function addMeter(program: Command, session: Session): void {
  const { fuel, callDepth, memoryPages } = DEFAULT_LIMITS.cycle;
  addCommand(program, 'meter', TEXT)
    .argument('<component>', 'the component')
    .option('-o, --output <file>', 'where to write the metered component')
    .option('--fuel <n>', 'fuel that it starts with', parseCount, fuel)
    .option('--call-depth <n>', 'call depth that it starts with', parseCount, callDepth)
    .option('--memory-pages <n>', 'pages of linear memory, of 64 KiB each', parseCount, memoryPages)
    .action((component: string, flags: MeterFlags) => meter(component, flags, session));
}

async function meter(component: string, flags: MeterFlags, { terminal }: Session): Promise<void> {
  const { output, ...allowance } = flags;
  if (resolve(component) === resolve(output))
    throw new SojournError('usage', `${output}: expected another file than the component itself, found the same`);
  const { cycle, component: limits } = DEFAULT_LIMITS;
  const bytes = await readFileBounded(component, limits.componentBytes, 'component.limit');
  const { memoryPages, fuel, callDepth } = allowance;
  const metered = meterComponent(bytes, {
    limits,
    memoryPages,
    tableElements: cycle.tableElements,
    allowance: { fuel, callDepth, memoryPages },
    standalone: true,
  });
  await replaceFile(output, metered.bytes);
  const digest = hex(nativeHash(metered.bytes));
  terminal.document({
    component: output,
    bytes: metered.bytes.length,
    digest,
    meterVersion: METER_VERSION,
    meter: METER_INTERFACE,
    coreModules: metered.coreModules,
    fuel,
    callDepth,
    memoryPages,
  });
  terminal.line(`${terminal.paint('good', 'metered')} ${output}`);
  terminal.line(`  size        ${showBytes(metered.bytes.length)}, from ${showBytes(bytes.length)}`);
  terminal.line(`  digest      ${digest}`);
  terminal.line(`  starts with ${fuel} units of fuel, ${callDepth} of call depth, ${memoryPages} pages`);
  terminal.line(`  meter       ${METER_INTERFACE}, version ${METER_VERSION}`);
}
