/**
 * `verify`: does everything hold? Chain, seals, trust and verdicts from the bytes alone; with a receipt, that nothing was lost at the
 * end; with `replay`, that the handler does again what the object says it did. Needs no key, no policy and no network.
 */
import { createAdvice } from '../capability/advice.ts';
import { byOperation, createLocalProviders } from '../capability/all.ts';
import { createHttp } from '../capability/http.ts';
import { createTools } from '../capability/tools.ts';
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import type { Provider } from '../kernel/ports.ts';
import { replayCycle } from '../kernel/replay.ts';
import type { ReplayResult } from '../kernel/replay.ts';
import type { Stored } from '../kernel/tape.ts';
import type { Limits } from '../limits.ts';
import { itemHash } from '../object/chain-bytes.ts';
import { createOpener } from '../object/confidential.ts';
import { decodeEntry } from '../object/entry.ts';
import { applyEntry, createState } from '../object/fold.ts';
import { readItems } from '../object/items.ts';
import type { Entry, EntryOf } from '../object/model.ts';
import type { Census } from './census.ts';
import { findComponent } from './find-component.ts';
import { loadObject } from './load.ts';
import { readBlob, readEntries } from './read-entries.ts';
import type { EntrySource } from './read-entries.ts';
import type { Loaded } from './load.ts';
import type { HostPorts } from './host-ports.ts';

export interface VerifyOptions {
  readonly replay?: boolean;
  /** A receipt that the object must contain: shows that its tail is there (R20). */
  readonly receipt?: Uint8Array;
  readonly onCycle?: (result: ReplayResult) => void;
}

export type VerifyReport =
  | {
      readonly ok: true;
      readonly id: string;
      readonly entries: number;
      readonly cycles: number;
      readonly seals: number;
      readonly unsealed: number;
      readonly signed: boolean;
      /** Ids of the nodes that wrote in it, in order of appearance. */
      readonly nodes: readonly string[];
      readonly head: string;
      /** Of the last seal up to which the entries could be read. */
      readonly trust: number;
      /** Bodies that are confidential, and to whom. */
      readonly confidential: Census;
      /** One result a cycle; null where no replay was asked for. */
      readonly replay: readonly ReplayResult[] | null;
    }
  | {
      readonly ok: false;
      /** Position of the first item that does not hold. */
      readonly index: number;
      readonly offset: number | null;
      readonly reason: string;
      readonly message: string;
    };

/** Errors: `store.*`, `component.missing` for a replay without its handler. What is wrong with the object is a result. */
export async function verifyObject(
  name: string,
  ports: HostPorts,
  limits: Limits,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { receipt } = options;
  const loaded = await loadObject(ports.store.read(name), {
    ports,
    limits,
    ...(receipt === undefined ? {} : { receipt }),
  });
  if (!loaded.ok) return { ok: false, ...pick(loaded.chain) };
  const { object } = loaded;
  if (object.finding !== null) {
    const { seq, offset, reason, message } = object.finding;
    return { ok: false, index: seq, offset, reason, message };
  }
  const replay = options.replay === true ? await replayObject(name, object, ports, limits, options) : null;
  const parted = replay?.find((result) => result.kind === 'diverged');
  if (parted?.kind === 'diverged')
    return { ok: false, index: parted.seq, offset: null, reason: 'replay', message: parted.message };
  return { ok: true, ...summary(object), replay };
}

function pick({
  index,
  offset,
  reason,
  message,
}: {
  readonly index: number;
  readonly offset: number;
  readonly reason: string;
  readonly message: string;
}) {
  return { index, offset, reason, message };
}

function summary({ chain, state, confidential }: Loaded) {
  return {
    id: hex(state.id),
    entries: chain.seq,
    cycles: chain.cycles,
    seals: chain.seals,
    unsealed: chain.unsealed,
    signed: !chain.unsigned,
    nodes: chain.nodes,
    head: hex(chain.head),
    trust: state.trust,
    confidential,
  };
}

async function replayObject(
  name: string,
  object: Loaded,
  ports: HostPorts,
  limits: Limits,
  options: VerifyOptions,
): Promise<readonly ReplayResult[]> {
  const results: ReplayResult[] = [];
  const source: EntrySource = {
    read: (offset) => ports.store.read(name, offset),
    index: object.index,
    blobs: object.blobs,
    limits: limits.object,
    open: createOpener(object.state.id, ports.reader ?? null),
  };
  const entries = (start: number, end: number): AsyncGenerator<Entry> => readEntries(source, start, end);
  const blob = (digest: string): Promise<Uint8Array | null> => readBlob(source, digest);
  const component = (digest: string): Promise<Uint8Array> => findComponent(digest, { name, ports, blob });
  const providers = replayProviders();
  let before = createState(object.state.genesis, object.state.id);
  let state = before;
  let recorded: Stored[] = [];
  for await (const item of readItems(ports.store.read(name), limits.object)) {
    if (item.seq === 0) continue;
    const stored: Stored = {
      entry: decodeEntry(item.bytes, limits.object, item.offset, source.open),
      hash: itemHash(item.bytes, ports.hash),
    };
    const { closedAt } = object.confidential;
    if (closedAt === item.seq) {
      const why = `entry ${closedAt} is closed to this reader, and what follows from it is not known`;
      return [...results, { kind: 'skipped', cycle: stored.entry.cycle, why }];
    }
    state = applyEntry(state, stored.entry, stored.hash);
    // what stands before a cycle, under one seal with it, is no part of it
    if (state.open === null && state.cycle === before.cycle) before = state;
    else if (stored.entry.kind !== 'seal') recorded.push(stored);
    if (stored.entry.kind === 'attempts') note(results, options, skippedAttempts(stored.entry));
    if (stored.entry.kind !== 'seal') continue;
    if (recorded.some(({ entry }) => entry.kind === 'outcome')) {
      const result = await replayCycle({
        state: before,
        recorded,
        runner: ports.runner,
        providers,
        component,
        limits,
        hash: ports.hash,
        entries,
      });
      note(results, options, result);
      if (result.kind === 'diverged') return results;
    }
    before = state;
    recorded = [];
  }
  return results;
}

function note(results: ReplayResult[], { onCycle }: VerifyOptions, result: ReplayResult): void {
  results.push(result);
  onCycle?.(result);
}

function skippedAttempts({ cycle, body }: EntryOf<'attempts'>): ReplayResult {
  const why = `${body.count} attempts that changed nothing are merged behind it: their answers are not kept`;
  return { kind: 'skipped', cycle, why };
}

/** Effects are never performed in a replay: http, tools and advice only say how a request may be repeated. */
function replayProviders(): ReadonlyMap<string, Provider> {
  const unreachable = async (): Promise<never> => {
    throw new SojournError('internal', 'a replay reached for the network');
  };
  return byOperation([...createLocalProviders(), createHttp(unreachable), createTools([]), createAdvice([])]);
}
