/**
 * The frozen vectors of docs/format.md: `<name>.sojourn` and `<name>.json`. A difference between what this makes and what is stored
 * means another format, and so another format version.
 *
 * Run: node test/vectors/make.ts (writes the files that are missing; with --force, all)
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { hex, plain } from '../../host/json.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { itemHash } from '../../host/object/chain-bytes.ts';
import { applyEntry, createState } from '../../host/object/fold.ts';
import { decodeEntry } from '../../host/object/entry.ts';
import { decodeGenesis } from '../../host/object/genesis.ts';
import { createOpener } from '../../host/object/confidential.ts';
import { createReaderKey, sha256 } from '../../host/object/crypto.ts';
import { join } from '../object/builder.ts';
import { brokenObjects } from './broken.ts';
import { soundObjects } from './sound.ts';
import type { Known } from '../../host/object/known.ts';
import type { State } from '../../host/object/state.ts';
import type { Value } from '../../host/value.ts';
import type { SoundObject } from './sound.ts';

export interface Vector {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What a reader must find. */
  readonly expected: { readonly [name: string]: Value };
}

export function makeVectors(): Vector[] {
  const sound = soundObjects().map((object) => ({
    name: object.name,
    bytes: join(object.items ?? object.builder.items),
    expected: describe(object),
  }));
  const broken = brokenObjects().map(({ name, title, bytes, index, reason, receipt, needs }) => ({
    name,
    bytes,
    expected: {
      title,
      ok: false,
      index,
      reason,
      ...(needs === undefined ? {} : { needs }),
      ...(receipt === undefined ? {} : { receipt: hex(receipt) }),
    },
  }));
  return [...sound, ...broken];
}

function describe({ title, builder, receipts, reader, items = builder.items }: SoundObject): Vector['expected'] {
  const carried = items === builder.items ? builder.entries : items.slice(1).map((item) => decodeEntry(item));
  const start = items === builder.items ? 0 : carried.findIndex((entry) => entry.kind === 'checkpoint');
  const entries = carried.slice(start);
  const seals = entries.filter((entry) => entry.kind === 'seal');
  return {
    title,
    ok: true,
    id: hex(builder.id),
    seq: builder.seq,
    head: hex(builder.head),
    cycles: entries.filter((entry) => entry.kind === 'outcome').length,
    seals: seals.length,
    unsealed: 0,
    unsigned: seals.some((entry) => entry.body.signature === null),
    nodes: [...new Set(seals.map((entry) => hex(entry.node)))],
    kinds: entries.map((entry) => entry.kind),
    receipt: hex(receipts.at(-1) ?? new Uint8Array(0)),
    ...(reader === undefined ? {} : describeClosed(items, reader)),
    state: describeState(stateOf(items, builder.id, reader)),
  };
}

/** The state at the end, or before the first body that its reader can't open. */
function stateOf(items: readonly Uint8Array[], id: Uint8Array, reader: Uint8Array | undefined): State {
  const [genesis = new Uint8Array(0), ...stored] = items;
  const open = createOpener(id, reader === undefined ? null : createReaderKey(reader));
  const entries = stored.map((item) => ({ item, entry: decodeEntry(item, DEFAULT_LIMITS.object, 0, open) }));
  const closedAt = entries.findIndex(({ entry }) => entry.kind === 'confidential');
  const start = createState(decodeGenesis(genesis, DEFAULT_LIMITS.object), sha256(genesis));
  return entries
    .slice(0, closedAt < 0 ? entries.length : closedAt)
    .reduce((state, { item, entry }) => applyEntry(state, entry, itemHash(item, sha256)), start);
}

/** What everybody sees of confidential bodies, and the key that opens them. */
function describeClosed(items: readonly Uint8Array[], reader: Uint8Array): Vector['expected'] {
  const entries = items.slice(1).map((item) => decodeEntry(item));
  const closed = entries.filter((entry) => entry.kind === 'confidential');
  const redacted = closed.filter(({ body }) => body.sealed === null);
  return { reader: hex(reader), closed: closed.map(({ seq }) => seq), redacted: redacted.map(({ seq }) => seq) };
}

export function describeState(state: State): { readonly [name: string]: Value } {
  const { status, cycle, trust, spent, steps, dormancy } = state;
  const { counters, ...limits } = spent;
  return {
    status,
    cycle,
    trust,
    goal: state.intent.goal,
    mutations: steps.length,
    spent: Object.keys(counters).length === 0 ? limits : { ...limits, counters },
    values: [...state.values].map(([key, { value, seq }]) => [key, plain(value), seq]),
    signals: state.signals.map(({ seq, node, name, key }) => [seq, node, name, key]),
    children: [...state.children].map(([name, { seq, id, status }]) => [name, seq, id, status]),
    dormancy: dormancy === null ? null : { seq: dormancy.seq, since: dormancy.since, attempts: dormancy.attempts },
    ...(state.pending === null ? {} : { pending: [state.pending.proposal, state.pending.attempts, state.pending.merged] }),
    ...(state.objects.size === 0 ? {} : { objects: [...state.objects].map(describeKnown) }),
  };
}

function describeKnown([id, { seq, at, ended, cancelled, fork }]: readonly [string, Known]): Value {
  const given = Array.from(cancelled, ([name, { seq: by, reason }]) => [name, by, reason]);
  return [id, seq, at, ended === null ? null : { ...ended }, given, fork === null ? null : { ...fork }];
}

if (process.argv[1] === import.meta.filename) {
  const all = process.argv.includes('--force');
  for (const { name, bytes, expected } of makeVectors()) {
    const path = joinPath(import.meta.dirname, `${name}.sojourn`);
    if (!all && existsSync(path)) continue;
    writeFileSync(path, bytes);
    writeFileSync(joinPath(import.meta.dirname, `${name}.json`), `${JSON.stringify(expected, null, 2)}\n`);
  }
}
