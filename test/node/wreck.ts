/**
 * Objects that a killed process left behind: a script that has one of each effect, the points that it passes, and what must be
 * true of any of its wrecks once somebody has gone on with it.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { Host } from '../../host/node/host.ts';
import { peekKind } from '../../host/object/entry.ts';
import { readItems } from '../../host/object/items.ts';
import type { Entry, EntryKind } from '../../host/object/model.ts';
import { findTail } from '../../host/object/tail.ts';
import { isMap } from '../../host/value.ts';
import type { Value } from '../../host/value.ts';
import { runChild } from './children.ts';
import type { ChildEnd } from './children.ts';
import type { ChildLine, Death } from './crash-child.ts';
import { copyLedger } from './effect-server.ts';
import type { EffectServer, Ledger } from './effect-server.ts';
import { propose, START } from './world.ts';
import type { World } from './world.ts';

const LIMITS = DEFAULT_LIMITS.object;
const CALL = ['call-recorded', 'performed', 'result-recorded'];
const END = ['handler-returned', 'proposed', 'decided', 'applied', 'outcome-recorded', 'sealed'];
const EXECUTION = [
  'opened',
  'handler-returned',
  'proposed',
  'decided',
  ...CALL,
  'applied',
  'outcome-recorded',
  'sealed',
];

/** The points of a run that nothing interrupts, cycle by cycle. */
const CYCLES: readonly (readonly string[])[] = [
  ['opened', 'call-recorded', ...CALL, ...CALL, ...CALL, ...END],
  EXECUTION,
  EXECUTION,
  ['opened', ...END],
  ['opened', ...END],
  ['opened', 'decided', 'outcome-recorded', 'sealed'],
  ['opened', 'call-recorded', ...END],
];
export const POINTS = CYCLES.flatMap((points, index) => points.map((point) => ({ cycle: index + 1, point })));
export const DELEGATION_CYCLE = 4;

/**
 * True of the points that the fast tests take: all of the cycle with the guest's calls, of the keyed execution, of reentry, and those of
 * the others behind which something has happened.
 */
export function isTelling(n: number): boolean {
  const { cycle, point } = POINTS[n] ?? { cycle: 0, point: '' };
  if (cycle === 1 || cycle === 2 || cycle === 6) return true;
  return (
    (cycle === 3 && CALL.includes(point)) ||
    (cycle === DELEGATION_CYCLE && (point === 'applied' || point === 'outcome-recorded'))
  );
}

export interface Yard {
  readonly world: World;
  readonly server: EffectServer;
}

/** A crashed object and what the world outside it looks like. */
export interface Wreck {
  readonly run: string;
  readonly path: string;
  readonly end: ChildEnd;
  readonly bytes: Buffer;
  /** Where its sealed part ends. */
  readonly sealEnd: number;
  readonly ledger: Ledger;
}

/** An object of its own folder: keyed and unkeyed calls of the guest and of executions, a child, a sleep that is over at once. */
export async function makeObject({ world, server }: Yard, run: string): Promise<string> {
  const post = (path: string, repetition: string) => ({
    method: 'POST',
    url: `${server.url}/${run}/${path}`,
    repetition,
    body: '{"n":1}',
  });
  const part = {
    name: 'part',
    task: 'scripted',
    goal: 'A part',
    input: { '*': propose.finish('done') },
    capabilities: ['kv.*'],
    zones: [],
    budgets: [],
  };
  const calls: Value = [
    ['kv.set', { key: 'seen', value: 1 }],
    ['http.send', post('guest-1', 'keyed')],
    ['http.send', post('guest-never', 'never')],
    ['http.send', post('guest-2', 'keyed')],
  ];
  const script = {
    1: { calls, ...Object(propose.commit('a', 1)) },
    2: propose.http(post('exec', 'keyed'), 'order'),
    3: propose.http(post('exec-never', 'never')),
    4: { propose: { tag: 'delegation', val: part } },
    5: propose.sleep([{ tag: 'instant', val: 0 }]),
    '*': {
      calls: [['kv.get', { key: 'order' }]],
      report: true,
      propose: { tag: 'termination', val: { achieved: true } },
    },
  };
  return world.object(`${run}/object`, script, { embed: true });
}

export async function crash({ world }: Yard, path: string, death: Death | null): Promise<ChildEnd> {
  return runChild({ path, key: world.creator.privatePem, time: START, job: 'run', death });
}

/** Makes an object and kills the process that runs it. */
export async function wreck(yard: Yard, run: string, death: Death): Promise<Wreck> {
  const path = await makeObject(yard, run);
  const end = await crash(yard, path, death);
  expect([end.stderr, end.signal]).toEqual(['', 'SIGKILL']);
  return survey(yard, run, path, end);
}

export async function survey({ server }: Yard, run: string, path: string, end: ChildEnd): Promise<Wreck> {
  const bytes = readFileSync(path);
  const { sealEnd } = await findTail(pieces(bytes), LIMITS);
  return { run, path, end, bytes, sealEnd, ledger: copyLedger(server.ledger(run)) };
}

/** Copies the wreck, folder and all; what the server knew then is put back. */
export function copyWreck({ server }: Yard, { run, path, ledger }: Wreck, copy: string): string {
  const [from, to] = [dirname(path), `${dirname(path)}-${copy}`];
  mkdirSync(to);
  for (const name of objectsIn(from)) copyFileSync(join(from, name), join(to, name));
  server.restore(run, ledger);
  return join(to, basename(path));
}

/** Runs it to its end, over the sleep in between. */
export async function finish(host: Host, path: string): Promise<void> {
  for (let runs = 0; runs < 4; runs++) if ((await host.run(path)).status !== 'dormant') return;
}

/** Nothing sealed was lost, every effect took place once, everything replays. Gives the entries. */
export async function expectWhole({ server }: Yard, found: Wreck, path: string, host: Host): Promise<readonly Entry[]> {
  const sealed = found.bytes.subarray(0, found.sealEnd);
  expect(readFileSync(path).subarray(0, found.sealEnd).equals(sealed)).toBe(true);
  const report = await host.verify(path, { replay: true });
  expect(report.ok ? '' : report.message).toBe('');
  const { state, entries } = await host.show(path);
  expect([state.status, state.cycle]).toEqual(['terminated', CYCLES.length]);
  const { seen, keys } = server.ledger(found.run);
  const effects = seen.filter(({ effect, key }) => effect && key !== null).map((request) => basename(request.path));
  expect(effects.toSorted()).toEqual(['exec', 'guest-1', 'guest-2']);
  expect(keys.size).toBe(effects.length);
  for (const name of ['guest-never', 'exec-never']) expect(sent(seen, name)).toBeLessThanOrEqual(1);
  const children = [...state.children.values()].map(({ id }) => `${id}.sojourn`);
  expect(objectsIn(dirname(path))).toEqual([...children, basename(path)].toSorted());
  return entries;
}

export function sent(seen: Ledger['seen'], name: string): number {
  return seen.filter(({ path }) => basename(path) === name).length;
}

export function objectsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sojourn'))
    .toSorted();
}

export function pointsOf(lines: readonly ChildLine[]): readonly { readonly cycle: number; readonly point: string }[] {
  return lines.filter((line) => 'point' in line);
}

/** Seals in the part of a wreck that is sealed, that of the genesis among them. */
export async function countSeals({ bytes, sealEnd }: Wreck): Promise<number> {
  let seals = 0;
  for await (const item of readItems(pieces(bytes.subarray(0, sealEnd)), LIMITS))
    if (peekKind(item.bytes) === 'seal') seals++;
  return seals;
}

/** Byte offsets of the items, and behind the last. */
export async function offsetsOf(bytes: Uint8Array): Promise<readonly number[]> {
  const offsets: number[] = [];
  for await (const { offset } of readItems(pieces(bytes), LIMITS)) offsets.push(offset);
  return [...offsets, bytes.length];
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export function ofKind<K extends EntryKind>(entries: readonly Entry[], kind: K): Extract<Entry, { kind: K }>[] {
  return entries.filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
}

/** What the guest was answered, call by call, as its first proposal reports it. */
export function answersIn(entries: readonly Entry[]): Value {
  const body = ofKind(entries, 'proposal')[0]?.body.body;
  const result = isMap(body) ? body['result'] : undefined;
  if (typeof result !== 'string') throw new Error('expected a proposal with a report');
  return (JSON.parse(result) as { readonly results: Value }).results;
}
