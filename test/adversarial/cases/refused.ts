/** Components that are refused before anything of them runs. */
import * as generated from '../generated.ts';
import { core, refused } from '../case.ts';
import type { Case } from '../case.ts';
import { buildText, toHandler } from '../../sandbox/guest-builds.ts';
import type { Handler } from '../../sandbox/guest-builds.ts';

const text = (value: string): Promise<Handler> => Promise.resolve(toHandler(new TextEncoder().encode(value)));

const INJECTION = `x', ...(globalThis.pwned = 1, {}), 'y`;

/** All are refused with a code, and where it helps the message says what was found. */
export const REFUSED: readonly Case[] = [
  { name: 'nothing', guest: () => generated.bytesOf(), ends: refused('component.malformed') },
  { name: 'text', guest: () => text('export function handle() {}'), ends: refused('component.malformed') },
  { name: 'a core module', guest: generated.coreModule, ends: refused('component.malformed') },
  { name: 'half a component', guest: generated.truncated, ends: refused('component.malformed') },
  { name: 'a component with a byte changed', guest: generated.flipped, ends: { kind: 'refused' } },
  {
    name: 'a component of 33 MiB',
    guest: () => generated.padded(33 * 2 ** 20),
    ends: refused('component.limit'),
    says: /33554432/,
  },
  {
    name: 'a hundred thousand functions',
    guest: () => generated.manyFunctions(100_000),
    ends: refused('component.limit'),
  },
  { name: 'a function of 2 MiB', guest: () => generated.longFunction(2 ** 21), ends: refused('component.limit') },
  { name: 'twenty thousand locals', guest: () => generated.manyLocals(20_000), ends: refused('component.limit') },
  {
    name: 'two thousand blocks in each other',
    guest: () => generated.deepBlocks(2_000),
    ends: refused('component.limit'),
  },
  { name: 'too many globals', guest: () => generated.manyGlobals(200_001), ends: refused('component.limit') },
  { name: 'sixty-five core modules', guest: () => generated.manyModules(65), ends: refused('component.limit') },
  {
    name: 'components nested twenty deep',
    guest: () => generated.nestedComponents(20),
    ends: refused('component.limit'),
  },
  { name: 'components that multiply', guest: () => generated.componentBomb(6, 20), ends: refused('component.limit') },
  { name: 'types that multiply', guest: () => generated.typeBomb(60), ends: { kind: 'refused' } },
  { name: 'a memory of 4 GiB', guest: core('well-behaved', { pages: 65_536 }), ends: refused('component.limit') },
  {
    name: 'an interface that does not exist',
    guest: () => generated.importing('sojourn:object/keys@0.2.0'),
    ends: refused('component.import'),
    says: /sojourn:object\/keys@0\.2\.0/,
  },
  {
    name: 'another version',
    guest: () => generated.importing('sojourn:object/kv@0.1.0'),
    ends: refused('component.import'),
    says: /sojourn:object\/kv@0\.1\.0/,
  },
  { name: 'no version', guest: () => generated.importing('sojourn:object/kv'), ends: refused('component.import') },
  {
    name: 'another package',
    guest: () => generated.importing('evil:object/kv@0.2.0'),
    ends: refused('component.import'),
  },
  {
    name: 'files of another version of WASI',
    guest: () => generated.importing('wasi:filesystem/types@0.3.0'),
    ends: refused('component.import'),
    says: /wasi:filesystem\/types@0\.3\.0/,
  },
  {
    name: 'a draft of WASI',
    guest: () => generated.importing('wasi:sockets/tcp@0.2.0-rc-2023-11-10'),
    ends: refused('component.import'),
  },
  {
    name: 'what our WASI does not have',
    guest: () => generated.importing('wasi:keyvalue/store@0.2.0'),
    ends: refused('component.import'),
  },
  {
    name: 'a function of its own choice',
    guest: () => generated.importing('shell', '(func)'),
    ends: refused('component.import'),
    says: /shell/,
  },
  { name: 'no handle', guest: () => buildText('(component)'), ends: refused('component.export') },
  {
    name: 'a name that is read as code',
    guest: () => generated.withCoreName(INJECTION),
    ends: refused('component.malformed'),
    says: /printable ASCII/,
  },
  {
    name: 'a name with a line break',
    guest: () => generated.withCoreName('a\\0ab'),
    ends: refused('component.malformed'),
  },
  {
    name: 'a name with a backslash',
    guest: () => generated.withCoreName('a\\\\'),
    ends: refused('component.malformed'),
  },
];
