/**
 * Replaying an object: every cycle that it holds, one after the other, over its own record. Nothing is performed.
 */
import { createAdvice } from '../capability/advice.ts';
import { byOperation, createLocalProviders } from '../capability/all.ts';
import { createHttp } from '../capability/http.ts';
import { createTools } from '../capability/tools.ts';
import { SojournError } from '../errors.ts';
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
import { findComponent } from './find-component.ts';
import type { History } from './history.ts';
import type { HostPorts } from './host-ports.ts';
import type { Loaded } from './load.ts';
import { readBlob, readEntries } from './read-entries.ts';
import type { EntrySource } from './read-entries.ts';

export interface ReplaySource {
  /** The object's name in the store. */
  readonly name: string;
  readonly object: Loaded;
  readonly source: History;
}

/** `source` is the object, or its whole history. Errors: `store.*`, `component.missing`. Ends with the first cycle that differs. */
export async function replayObject(
  { name, object, source }: ReplaySource,
  ports: HostPorts,
  limits: Limits,
  onCycle: (result: ReplayResult) => void,
): Promise<readonly ReplayResult[]> {
  const results: ReplayResult[] = [];
  const note = (result: ReplayResult): void => {
    results.push(result);
    onCycle(result);
  };
  const stored: EntrySource = {
    read: (offset) => source.read(offset),
    index: object.index,
    blobs: object.blobs,
    limits: limits.object,
    open: createOpener(object.state.id, ports.reader ?? null),
  };
  const entries = (start: number, end: number): AsyncGenerator<Entry> => readEntries(stored, start, end);
  const blob = (digest: string): Promise<Uint8Array | null> => readBlob(stored, digest);
  const component = (digest: string): Promise<Uint8Array> => findComponent(digest, { name, ports, blob });
  const providers = replayProviders();
  let before = createState(object.state.genesis, object.state.id);
  let state = before;
  let recorded: Stored[] = [];
  for await (const item of readItems(source.read(0), limits.object)) {
    if (item.seq === 0) continue;
    const entry = decodeEntry(item.bytes, limits.object, item.offset, stored.open);
    const hash = itemHash(item.bytes, ports.hash);
    const { closedAt } = object.confidential;
    if (closedAt === entry.seq) {
      note({
        kind: 'skipped',
        cycle: entry.cycle,
        why: `entry ${closedAt} is closed to this reader, and what follows from it is not known`,
      });
      return results;
    }
    state = applyEntry(state, entry, hash);
    // what stands before a cycle, under one seal with it, is no part of it
    if (state.open === null && state.cycle === before.cycle) before = state;
    else if (entry.kind !== 'seal') recorded.push({ entry, hash });
    if (entry.kind === 'attempts') note(skippedAttempts(entry));
    if (entry.kind !== 'seal') continue;
    if (recorded.some((one) => one.entry.kind === 'outcome')) {
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
      note(result);
      if (result.kind === 'diverged') return results;
    }
    before = state;
    recorded = [];
  }
  return results;
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
