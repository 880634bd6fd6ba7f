/**
 * Builds objects entry by entry, with everything that is usually random or timed handed in, so that the bytes are the same every time.
 */
import { itemHash } from '../../host/object/chain-bytes.ts';
import { createEd25519Signer, sha256 } from '../../host/object/crypto.ts';
import { decodeEntry, encodeEntry } from '../../host/object/entry.ts';
import { applyEntry, createState } from '../../host/object/fold.ts';
import { decodeGenesis, encodeGenesis } from '../../host/object/genesis.ts';
import { TreeBuilder } from '../../host/object/merkle.ts';
import { CONTRACT_VERSION, FORMAT_VERSION } from '../../host/object/model.ts';
import { createSeal, encodeReceipt, nodeIdOf } from '../../host/object/seal.ts';
import { snapshotOf } from '../../host/object/snapshot.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { CheckpointBody, Entry, EntryBody, Genesis, OutcomeBody, Verdict } from '../../host/object/model.ts';
import type { State } from '../../host/object/state.ts';
import type { ValueMap } from '../../host/value.ts';
import type { Signer } from '../../host/ports.ts';

export const START_TIME = 1_767_225_600_000;
export const POLICY_DIGEST = new Uint8Array(32).fill(0x70);

export function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

export const CREATOR = createEd25519Signer(filled(32, 1));
export const OTHER_NODE = createEd25519Signer(filled(32, 2));

export function sampleGenesis(signer: Signer | null, changes: Partial<Genesis> = {}): Genesis {
  return {
    formatVersion: FORMAT_VERSION,
    meterVersion: 1,
    contractVersion: CONTRACT_VERSION,
    time: START_TIME,
    nonce: filled(16, 7),
    handler: filled(32, 9),
    intent: { kind: 'sample', goal: 'Show the format.', input: { lines: [1, 2.5, 'three'] }, constraints: {} },
    context: {
      creator: signer?.publicKey ?? new Uint8Array(32),
      scope: { capabilities: ['http.send', 'kv.*'], zones: [], depth: 1 },
      policies: [],
      budgets: { cycles: 100 },
      parent: null,
    },
    schema: null,
    ...changes,
  };
}

export const PERMIT: Verdict = {
  verdict: 'permit',
  policies: ['node:allow'],
  reason: null,
  constraints: null,
  wake: null,
};

export function outcome(changes: Partial<OutcomeBody> = {}): OutcomeBody {
  return {
    class: 'success',
    action: 'execution',
    reason: null,
    bound: null,
    message: null,
    value: null,
    wake: null,
    fuel: 100,
    calls: 0,
    bytes: 0,
    ...changes,
  };
}

/** Appends as `signer` (null: a node without a key) until another one takes over. */
export class ObjectBuilder {
  readonly items: Uint8Array[] = [];
  readonly entries: Entry[] = [];
  readonly id: Uint8Array;
  signer: Signer | null;
  cycle = 0;
  policy: Uint8Array | null = null;
  time = START_TIME;
  #drawn = 0;
  /** The same bytes for the same object each time. */
  readonly #random = (length: number): Uint8Array => sha256(Uint8Array.of(this.#drawn++)).subarray(0, length);

  constructor(signer: Signer | null = CREATOR, changes: Partial<Genesis> = {}) {
    this.signer = signer;
    this.items.push(encodeGenesis(sampleGenesis(signer, changes)));
    this.id = sha256(this.items[0]!);
  }

  get seq(): number {
    return this.items.length - 1;
  }

  get head(): Uint8Array {
    return itemHash(this.items.at(-1)!, sha256);
  }

  get node(): Uint8Array {
    return nodeIdOf(this.signer?.publicKey ?? null, sha256);
  }

  /** Adds an entry, confidential to the readers where there are any, and gives its `seq`. */
  add(body: EntryBody, readers: readonly Uint8Array[] = []): number {
    this.time += 1000;
    const { time, node, cycle, policy } = this;
    const entry: Entry = { seq: this.seq + 1, prev: this.head, time, node, cycle, policy, ...body };
    this.entries.push(entry);
    const sealing = readers.length === 0 ? null : { id: this.id, readers, random: this.#random };
    this.items.push(encodeEntry(entry, DEFAULT_LIMITS.object, sealing));
    return entry.seq;
  }

  /** Seals, and gives the receipt. */
  seal(trust = 1000): Uint8Array {
    const { id, head, node, cycle } = this;
    const body = createSeal({ id, seq: this.seq + 1, head, time: this.time + 1000, node, cycle, trust }, this.signer);
    this.add({ kind: 'seal', body });
    this.policy = null;
    return encodeReceipt(body);
  }

  /** State behind the last entry. */
  state(): State {
    const [genesis = new Uint8Array(0), ...entries] = this.items;
    const start = createState(decodeGenesis(genesis), sha256(genesis));
    return entries.reduce((state, item) => applyEntry(state, decodeEntry(item), itemHash(item, sha256)), start);
  }

  /** A checkpoint of all that stands before it, as it should be but for `changes`. Gives its `seq`. */
  checkpoint(changes: Partial<CheckpointBody> = {}): number {
    const tree = new TreeBuilder(sha256);
    for (const item of this.items) tree.add(itemHash(item, sha256));
    const { size, hashes } = tree.frontier();
    return this.add({
      kind: 'checkpoint',
      body: {
        size,
        frontier: hashes,
        ...changes,
        state: changes.state === undefined ? snapshotOf(this.state()) : changes.state,
      },
    });
  }

  /** The carried form that begins with the checkpoint at `seq`; `keep` says which blobs go along. */
  carried(seq: number, keep: (media: string) => boolean = () => true): Uint8Array[] {
    const [genesis = new Uint8Array(0)] = this.items;
    const first = this.entries.findIndex((entry) => entry.kind !== 'blob');
    const blobs = this.items.slice(1, first + 1).filter((_, i) => {
      const entry = this.entries[i];
      return entry?.kind === 'blob' && keep(entry.body.media);
    });
    return [genesis, ...blobs, ...this.items.slice(seq)];
  }

  /** Opens the next cycle under the node's policy. */
  open(trigger: 'created' | 'continued' | 'woken' = 'created', because: number | null = null): number {
    this.begin();
    const body = { trigger, because, seed: filled(16, 3), limits: DEFAULT_LIMITS.cycle, trace: null };
    return this.add({ kind: 'open', body });
  }

  begin(): void {
    this.cycle++;
    this.policy = POLICY_DIGEST;
  }

  signal(name: string, key: string): number {
    return this.add({ kind: 'signal', body: { name, key, payload: { from: 'a test' } } });
  }

  call(index: number, operation: string, request: ValueMap, verdict: Verdict = PERMIT): number {
    return this.add({ kind: 'call', body: { index, operation, request, key: null, verdict } });
  }

  result(call: number, error: string | null = null, value: string | null = null): number {
    const message = error === null ? null : 'it failed';
    return this.add({
      kind: 'result',
      body: { call, class: error === null ? 'success' : 'failure', error, value, message },
    });
  }

  /** Proposal and verdict. */
  propose(
    action: 'execution' | 'mutation' | 'delegation' | 'dormancy' | 'termination',
    body: { readonly [key: string]: string | boolean | null },
  ): void {
    const proposal = this.add({
      kind: 'proposal',
      body: { source: 'handler', action, body, rationale: 'for the test', confidence: 0.5, fuel: 100 },
    });
    this.add({ kind: 'verdict', body: { proposal, action, verdict: PERMIT } });
  }

  outcome(changes: Partial<OutcomeBody> = {}): number {
    return this.add({ kind: 'outcome', body: outcome(changes) });
  }

  bytes(): Uint8Array {
    return join(this.items);
  }
}

export function join(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces));
}

/** The bytes as a stream, in pieces of `size`. */
export async function* streamOf(bytes: Uint8Array, size = 4096): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Genesis, seal, a signal, a cycle with calls and an execution, a cycle that puts it to sleep. */
export function buildSample(signer: Signer | null = CREATOR): {
  readonly builder: ObjectBuilder;
  readonly receipts: readonly Uint8Array[];
} {
  const builder = new ObjectBuilder(signer);
  const receipts = [builder.seal()];
  builder.signal('approval', 'key-1');
  receipts.push(builder.seal());
  builder.open();
  const read = builder.call(0, 'http.send', { url: 'https://vendor.example/quote', method: 'GET', body: null });
  builder.result(read, null, '{"price":12}');
  builder.call(1, 'kv.set', { key: 'price', value: '12' });
  builder.propose('execution', { step: 'order', into: 'order' });
  builder.outcome({ value: { ordered: true }, calls: 2, bytes: 200 });
  receipts.push(builder.seal());
  builder.open('continued');
  builder.propose('dormancy', {});
  builder.outcome({
    action: 'dormancy',
    wake: {
      tag: 'group',
      need: 1,
      members: [
        { tag: 'elapsed', ms: 1000 },
        { tag: 'signal', name: '*' },
      ],
    },
  });
  receipts.push(builder.seal(990));
  return { builder, receipts };
}
