/**
 * The attacks: what the guest is, what it is let do, and how its run ends. Every case runs in one sandbox, and after each a
 * well-behaved handler must still be answered as before.
 */
import { readFileSync } from 'node:fs';
import { buildCore, buildText, toHandler } from '../sandbox/guest-builds.ts';
import * as generated from './generated.ts';
import type { Handler } from '../sandbox/guest-builds.ts';
import type { CycleLimits } from '../../host/limits.ts';
import type { GuestCall, GuestReply, HandlerResult } from '../../host/ports.ts';

export interface Case {
  readonly name: string;
  readonly guest: () => Promise<Handler>;
  readonly limits?: Partial<CycleLimits>;
  readonly answer?: (call: GuestCall) => GuestReply | Promise<GuestReply>;
  /** What the JavaScript guest is told to do. */
  readonly way?: string;
  readonly ends: Partial<Record<keyof Extract<HandlerResult, { kind: 'bound' }> | 'code' | 'proposal', unknown>>;
  /** What the message must say. */
  readonly says?: RegExp;
  /** Calls that came through to the host; unchecked where left out. */
  readonly calls?: number;
}

const text = (value: string): Promise<Handler> => Promise.resolve(toHandler(new TextEncoder().encode(value)));

function core(name: string, options: Parameters<typeof buildCore>[1] = {}): () => Promise<Handler> {
  return () => buildCore(readFileSync(new URL(`guests/${name}.wat`, import.meta.url), 'utf8'), options);
}

const bound = (name: string): Case['ends'] => ({ kind: 'bound', bound: name });
const refused = (code: string): Case['ends'] => ({ kind: 'refused', code });
const TRAP = { kind: 'trap' };
const NO_FUEL_LIMIT = 2 ** 42;

/** Bounds of the cycle that WebAssembly text hits. */
export const CORE_CASES: readonly Case[] = [
  {
    name: 'an endless loop',
    guest: core('spin'),
    limits: { fuel: 10_000_000 },
    ends: { ...bound('fuel'), fuel: 10_000_000 },
  },
  {
    name: 'a start function that loops',
    guest: core('spin-in-start'),
    limits: { fuel: 10_000_000 },
    ends: bound('fuel'),
  },
  {
    name: 'a loop with fuel for years',
    guest: core('spin'),
    limits: { fuel: NO_FUEL_LIMIT, deadlineMs: 250 },
    ends: bound('deadlineMs'),
  },
  {
    name: 'a start function with fuel for years',
    guest: core('spin-in-start'),
    limits: { fuel: NO_FUEL_LIMIT, deadlineMs: 250 },
    ends: bound('deadlineMs'),
  },
  {
    name: 'a count to 2^40',
    guest: core('spin-long'),
    limits: { fuel: NO_FUEL_LIMIT, deadlineMs: 250 },
    ends: bound('deadlineMs'),
  },
  { name: 'recursion without an end', guest: core('recursion'), ends: bound('callDepth') },
  { name: 'recursion through a table', guest: core('recursion-mutual'), ends: bound('callDepth') },
  { name: 'recursion with wide frames', guest: core('recursion-wide'), ends: bound('callDepth') },
  {
    name: 'memory growth without an end',
    guest: core('memory-growth'),
    limits: { memoryPages: 256 },
    ends: bound('memoryPages'),
  },
  { name: 'memory growth to 4 GiB', guest: core('memory-growth-huge'), ends: bound('memoryPages') },
  { name: 'table growth without an end', guest: core('table-growth'), ends: bound('tableElements') },
  {
    name: 'one line after the other',
    guest: core('log-flood'),
    limits: { calls: 32 },
    ends: bound('calls'),
    calls: 32,
  },
  {
    name: 'heavy lines',
    guest: core('log-heavy', { pages: 16 }),
    limits: { cycleBytes: 2_000_000 },
    ends: bound('cycleBytes'),
    calls: 7,
  },
  {
    name: 'a line as long as memory',
    guest: core('argument-giant', { pages: 1024 }),
    limits: { memoryPages: 1024 },
    ends: bound('callBytesOut'),
    calls: 0,
  },
  { name: 'a text outside memory', guest: core('argument-outside'), ends: TRAP, calls: 0 },
  { name: 'a text that is not UTF-8', guest: core('argument-malformed'), ends: TRAP, calls: 0 },
  { name: 'an unknown case of an enum', guest: core('argument-enum'), ends: TRAP, calls: 0 },
  { name: 'headers that share one text', guest: core('header-bomb'), ends: bound('callBytesOut'), calls: 0 },
  {
    name: 'headers without number',
    guest: core('header-bomb-empty', { pages: 32 }),
    limits: { callBytesOut: 65_536 },
    ends: bound('callBytesOut'),
    calls: 0,
  },
  {
    name: 'groups that share their members',
    guest: core('proposal-group-bomb', { pages: 32 }),
    ends: bound('proposalBytes'),
  },
  {
    name: 'conditions without number',
    guest: core('proposal-condition-bomb', { pages: 32 }),
    ends: bound('proposalBytes'),
  },
  { name: 'a rationale without an end', guest: core('proposal-giant'), ends: bound('proposalBytes') },
  {
    name: 'a confidence that is no number',
    guest: core('proposal-not-a-number'),
    ends: { kind: 'error' },
    says: /^proposal\.confidence: expected a finite number, found NaN$/,
  },
  {
    name: 'a whole number beyond 2^53',
    guest: core('proposal-number-unsafe'),
    ends: { kind: 'error' },
    says: /^proposal\.action\.val\.condition\[0\]\.val: expected a whole number/,
  },
  { name: 'an action that does not exist', guest: core('proposal-variant-unknown'), ends: TRAP },
  { name: 'a result outside memory', guest: core('result-outside'), ends: TRAP },
  {
    name: 'an error text of 100 MB',
    guest: core('error-giant'),
    limits: { memoryPages: 2048 },
    ends: bound('proposalBytes'),
  },
  { name: 'unreachable', guest: core('unreachable'), ends: TRAP, says: /unreachable/ },
  { name: 'a division by zero', guest: core('divide-by-zero'), ends: TRAP, says: /divide by zero/ },
  {
    name: 'a guest that catches what the host throws',
    guest: core('catches-host', { pages: 32 }),
    limits: { fuel: NO_FUEL_LIMIT, deadlineMs: 20_000 },
    ends: bound('callBytesOut'),
    calls: 0,
  },
  { name: 'a call while it is instantiated', guest: core('call-in-start'), ends: TRAP, calls: 0 },
  {
    name: 'an allocator that points outside memory',
    guest: core('well-behaved', { realloc: '(i32.const -16)' }),
    ends: TRAP,
    calls: 0,
  },
  {
    name: 'an allocator that loops',
    guest: core('well-behaved', { realloc: '(loop $again (br $again)) (unreachable)' }),
    limits: { fuel: 10_000_000 },
    ends: bound('fuel'),
    calls: 0,
  },
];

/** What JavaScript in an engine can do. */
export const SCRIPT_CASES: readonly Omit<Case, 'guest'>[] = [
  { name: 'an endless loop in JavaScript', way: 'spin', limits: { fuel: 100_000_000 }, ends: bound('fuel') },
  { name: 'recursion without an end in JavaScript', way: 'recurse', ends: bound('callDepth') },
  {
    name: 'recursion deeper than the native stack',
    way: 'recurse',
    limits: { callDepth: 500_000 },
    ends: bound('host'),
  },
  { name: 'allocation without an end', way: 'allocate', limits: { memoryPages: 256 }, ends: bound('memoryPages') },
  { name: 'calls without an end', way: 'flood-calls', limits: { calls: 16 }, ends: bound('calls'), calls: 16 },
  {
    name: 'calls without an end, failures ignored',
    way: 'flood-calls-swallowing',
    limits: { calls: 16 },
    answer: () => ({ ok: false, error: 'denied' }),
    ends: bound('calls'),
    calls: 16,
  },
  {
    name: 'bytes out without an end',
    way: 'flood-bytes-out',
    limits: { cycleBytes: 1_000_000 },
    ends: bound('cycleBytes'),
    calls: 9,
  },
  {
    name: 'bytes in without an end',
    way: 'flood-bytes-in',
    limits: { cycleBytes: 1_000_000 },
    answer: () => ({ ok: true, value: 'x'.repeat(100_000) }),
    ends: bound('cycleBytes'),
    calls: 10,
  },
  { name: 'an argument of 3 MB', way: 'giant-argument', ends: bound('callBytesOut'), calls: 0 },
  {
    name: 'arguments of 3 MB, failures ignored',
    way: 'giant-argument-swallowing',
    ends: bound('callBytesOut'),
    calls: 0,
  },
  {
    name: 'an answer of 5 MB',
    way: 'giant-answer',
    answer: () => ({ ok: true, value: 'x'.repeat(5_000_000) }),
    ends: bound('callBytesIn'),
    calls: 1,
  },
  { name: 'a hundred thousand headers', way: 'many-headers', ends: bound('callBytesOut'), calls: 0 },
  { name: 'a body of 3 MB', way: 'giant-body', ends: bound('callBytesOut'), calls: 0 },
  { name: 'a proposal of 1 MB', way: 'giant-proposal', ends: bound('proposalBytes') },
  { name: 'an error of 1 MB', way: 'giant-error', ends: bound('proposalBytes') },
  {
    name: 'an answer that never comes',
    way: 'waits-for-ever',
    limits: { deadlineMs: 250 },
    answer: () => new Promise(() => {}),
    ends: bound('deadlineMs'),
    calls: 1,
  },
  { name: 'names of prototypes in texts', way: 'pollutes-by-text', ends: { kind: 'proposal' } },
  { name: 'its own prototypes changed', way: 'pollutes-its-own-realm', ends: { kind: 'proposal' } },
];

const INJECTION = `x', ...(globalThis.pwned = 1, {}), 'y`;

/** Components that are refused before anything of them runs. */
export const REFUSED_CASES: readonly Case[] = [
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
    guest: () => generated.importing('sojourn:object/keys@0.1.0'),
    ends: refused('component.import'),
    says: /sojourn:object\/keys@0\.1\.0/,
  },
  {
    name: 'another version',
    guest: () => generated.importing('sojourn:object/kv@0.2.0'),
    ends: refused('component.import'),
    says: /sojourn:object\/kv@0\.2\.0/,
  },
  { name: 'no version', guest: () => generated.importing('sojourn:object/kv'), ends: refused('component.import') },
  {
    name: 'another package',
    guest: () => generated.importing('evil:object/kv@0.1.0'),
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
