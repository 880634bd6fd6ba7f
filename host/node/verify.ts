/**
 * `verify`: does everything hold? Chain, seals, trust and verdicts from the bytes alone; with a receipt, that nothing was lost at the
 * end; with archives, from the first entry on; with a proof, that an archived entry is part of it; with `replay`, that the handler does again what the object says it did. Needs no key, no policy and no network.
 */
import { hex } from '../json.ts';
import type { ReplayResult } from '../kernel/replay.ts';
import type { Limits } from '../limits.ts';
import { frontierOf } from '../object/carried.ts';
import { decodeEntry } from '../object/entry.ts';
import { rootOf } from '../object/merkle.ts';
import type { Entry } from '../object/model.ts';
import { decodeProof, holdsProof } from '../object/proof.ts';
import type { Proof } from '../object/proof.ts';
import type { Carried } from '../object/walk.ts';
import { joinHistory } from './history.ts';
import type { History } from './history.ts';
import type { Census } from './census.ts';
import type { HostPorts } from './host-ports.ts';
import { loadObject } from './load.ts';
import type { Loaded } from './load.ts';
import { replayObject } from './replay-object.ts';

export interface VerifyOptions {
  readonly replay?: boolean;
  /** Receipts that the object must hold: they show that its tail is there, and that it is this branch (R20, R29). */
  readonly heads?: readonly Uint8Array[];
  /** Names of all archives in the store, the oldest first: the whole history is verified. */
  readonly archives?: readonly string[];
  /** A proof that an archived entry is part of the object (`prove`), encoded. */
  readonly proof?: Uint8Array;
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
      /** Where the bytes that were verified begin, and whose word what was before is; null for a whole history. */
      readonly carried: Carried | null;
      /** The entry that was proven; null where no proof was given. */
      readonly proven: Entry | null;
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
  const { archives = [] } = options;
  const proof = options.proof === undefined ? null : decodeProof(options.proof, limits.object);
  const alone: History = { read: (offset) => ports.store.read(name, offset) };
  const own = await check(alone, ports, limits, archives.length > 0 ? {} : options, proof);
  if (!own.ok || archives.length === 0) return own.ok ? finish(own, alone, name, ports, limits, options) : own;
  const whole = await joinHistory(name, archives, ports.store, limits);
  const checked = await check(whole, ports, limits, options, proof);
  return checked.ok ? finish(checked, whole, name, ports, limits, options) : checked;
}

interface Checked {
  readonly ok: true;
  readonly object: Loaded;
  readonly proven: Entry | null;
}

type Failed = Extract<VerifyReport, { ok: false }>;

/** Chain, seals, trust and verdicts, and the proof where there is one. */
async function check(
  source: History,
  ports: HostPorts,
  limits: Limits,
  { heads = [] }: Pick<VerifyOptions, 'heads'>,
  proof: Proof | null,
): Promise<Checked | Failed> {
  const root: { of: Uint8Array | null } = { of: null };
  const loaded = await loadObject(source.read(0), {
    ports,
    limits,
    onEntry(entry) {
      if (entry.kind === 'checkpoint' && entry.body.size === proof?.size)
        root.of = rootOf(frontierOf(entry), ports.hash);
    },
    receipts: heads,
  });
  if (!loaded.ok) return { ok: false, ...pick(loaded.chain) };
  const { object } = loaded;
  if (object.finding !== null) {
    const { seq, offset, reason, message } = object.finding;
    return { ok: false, index: seq, offset, reason, message };
  }
  if (proof === null) return { ok: true, object, proven: null };
  return proven(object, proof, root.of, ports, limits);
}

function proven(
  object: Loaded,
  proof: Proof,
  root: Uint8Array | null,
  ports: HostPorts,
  limits: Limits,
): Checked | Failed {
  const refuse = (message: string): Failed => ({ ok: false, index: proof.seq, offset: null, reason: 'proof', message });
  if (hex(proof.id) !== hex(object.state.id))
    return refuse(`the proof: expected one of object ${hex(object.state.id)}, found one of ${hex(proof.id)}`);
  if (root === null) return refuse(`the proof: expected a checkpoint of ${proof.size} items in the object, found none`);
  if (!holdsProof(proof, root, ports.hash))
    return refuse(`the proof: expected entry ${proof.seq} of the checkpoint of ${proof.size} items, found another one`);
  if (proof.seq === 0) return refuse('the proof: expected an entry, found the genesis, which the object holds itself');
  return { ok: true, object, proven: decodeEntry(proof.item, limits.object) };
}

async function finish(
  { object, proven: entry }: Checked,
  source: History,
  name: string,
  ports: HostPorts,
  limits: Limits,
  { replay: wanted = false, onCycle = () => {} }: VerifyOptions,
): Promise<VerifyReport> {
  const replay = wanted ? await replayObject({ name, object, source }, ports, limits, onCycle) : null;
  const parted = replay?.find((result) => result.kind === 'diverged');
  if (parted?.kind === 'diverged')
    return { ok: false, index: parted.seq, offset: null, reason: 'replay', message: parted.message };
  return { ok: true, ...summary(object), replay, carried: object.chain.carried, proven: entry };
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
