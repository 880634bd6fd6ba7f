/**
 * The running check of a chain: one item after the other, with a fixed amount of memory. Hashes and seals are over stored bytes. A
 * carried object is checked from its checkpoint on, and what it keeps from before by the hashes in that checkpoint.
 */
import { compareBytes } from './codec.ts';
import { findMisfit, frontierOf } from './carried.ts';
import { storedKind } from './confidential.ts';
import { NO_LEAVES, sameFrontier, TreeBuilder } from './merkle.ts';
import { FIRST_ORDER, nextOrder } from './order.ts';
import { checkFollowed } from './hand-over.ts';
import { checkSeal, decodeStatement, nodeIdOf } from './seal.ts';
import { restoreState } from './snapshot.ts';
import { BLOBS_MOST } from './state.ts';
import { checkWitness } from './witness.ts';
import { hex } from '../json.ts';
import type { Fault, FaultReason } from './fault.ts';
import type { Heads } from './heads.ts';
import type { Entry, EntryOf, Genesis } from './model.ts';
import type { KeptItem } from './carried.ts';
import type { Frontier } from './merkle.ts';
import type { Order } from './order.ts';
import type { SealCheck, SealPorts } from './seal.ts';

/** Where an item stands: byte offsets of its start and of what follows, and its hash (chain-bytes.ts). */
export interface Place {
  readonly offset: number;
  readonly end: number;
  readonly hash: Uint8Array;
}

/** What a chain that holds amounts to. */
export interface Summary {
  readonly id: Uint8Array;
  /** `seq` and SHA-256 of the last item. */
  readonly seq: number;
  readonly head: Uint8Array;
  /** Cycles that have an outcome. */
  readonly cycles: number;
  readonly seals: number;
  /** Entries after the last seal: nobody vouches for them. */
  readonly unsealed: number;
  /** True where at least one seal has no signature. */
  readonly unsigned: boolean;
  /** Ids (hexadecimal) of the nodes that sealed, in order of their first seal; the first 1,024 of them. */
  readonly nodes: readonly string[];
  readonly bytes: number;
  /** The tree of all items up to the last seal. */
  readonly frontier: Frontier;
  /** Where a carried object begins, and whose word that is; null for a whole history. */
  readonly carried: Carried | null;
}

/** The checkpoint that a carried object begins with. */
export interface Carried {
  readonly seq: number;
  /** The node that sealed it, in hexadecimal. */
  readonly node: string;
  readonly signed: boolean;
}

const MAX_NODES = 1024;
const NO_BYTES = new Uint8Array(0);
const NO_KEY = new Uint8Array(32);

export class Walk {
  readonly #ports: SealPorts;
  readonly #heads: Heads;
  readonly #nodes = new Set<string>();
  #id: Uint8Array = NO_BYTES;
  #creator: Uint8Array | null = null;
  #head: Uint8Array = NO_BYTES;
  #order: Order = FIRST_ORDER;
  /** Node of the entries since the last seal, or since the last change of hands. */
  #holder: Uint8Array | null = null;
  #policy: Uint8Array | null = null;
  #seq = 0;
  #bytes = 0;
  #cycles = 0;
  #seals = 0;
  #sealedSeq = -1;
  #unsigned = false;
  #genesis: Genesis | null = null;
  #tree: TreeBuilder;
  #sealedTree: Frontier = NO_LEAVES;
  /** Blobs ahead of the first seal. */
  readonly #kept: KeptItem[] = [];
  #carriedAt: number | null = null;
  #carried: Carried | null = null;

  /** `heads` are receipts that the object must hold. */
  constructor(ports: SealPorts, heads: Heads) {
    this.#ports = ports;
    this.#tree = new TreeBuilder(ports.hash);
    this.#heads = heads;
  }

  /** The object's id, once there is a genesis. */
  get id(): Uint8Array {
    return this.#id;
  }

  /** SHA-256 of the last item, in order or not. */
  get head(): Uint8Array {
    return this.#head;
  }

  /** True up to the creator's seal, or to the checkpoint in its place. */
  get beginning(): boolean {
    return this.#seals === 0 && this.#carriedAt === null;
  }

  start(genesis: Genesis, place: Place): Fault | null {
    const { creator } = genesis.context;
    this.#genesis = genesis;
    this.#tree.add(place.hash);
    this.#id = place.hash;
    this.#head = place.hash;
    this.#bytes = place.end;
    this.#creator = compareBytes(creator, NO_KEY) === 0 ? null : creator;
    this.#holder = nodeIdOf(this.#creator, this.#ports.hash);
    return this.#heads.start(place.hash);
  }

  /** A blob of the beginning. It may stand in its chain, or be what a carried object keeps: the checkpoint then says. */
  keep(seq: number, place: Place): Fault | null {
    this.#bytes = place.end;
    if (this.#kept.push({ seq, hash: place.hash }) <= BLOBS_MOST) return null;
    return fault(seq, place.offset, 'order', `entry ${seq}: expected at most ${BLOBS_MOST} blobs, found more`);
  }

  /** Goes on from the checkpoint that a carried object begins with. Errors: those of `restoreState`. */
  resume(entry: EntryOf<'checkpoint'>, place: Place): Fault | null {
    if (this.#genesis === null) return null;
    const state = restoreState(this.#genesis, this.#id, entry);
    const misfit = findMisfit(entry, state.blobs, this.#kept);
    if (misfit !== null) return fault(misfit.seq, place.offset, 'checkpoint', `entry ${misfit.seq}: ${misfit.message}`);
    const archived = this.#heads.begin(entry.seq, place.offset);
    if (archived !== null) return archived;
    this.#tree = new TreeBuilder(this.#ports.hash, { size: entry.body.size, hashes: entry.body.frontier });
    this.#carriedAt = entry.seq;
    this.#head = entry.prev;
    this.#sealedSeq = entry.seq - 1;
    this.#order = { stage: 'between', cycle: state.cycle, unsealed: 0 };
    this.#holder = null;
    this.#policy = null;
    return null;
  }

  step(index: number, entry: Entry, place: Place): Fault | null {
    const { offset } = place;
    const problem =
      this.#checkLink(index, entry, place) ??
      this.#checkHolder(index, entry, offset) ??
      this.#checkSeal(index, entry, offset) ??
      this.#checkWitness(index, entry, offset);
    if (problem !== null) return problem;
    const kind = storedKind(entry);
    const next = nextOrder(this.#order, kind, entry.cycle);
    if ('expected' in next) return fault(index, offset, 'order', `entry ${index}: expected ${next.expected}`);
    const parted = this.#heads.step(index, entry, offset);
    if (parted !== null) return parted;
    if (entry.kind === 'checkpoint' && !sameFrontier(this.#tree.frontier(), frontierOf(entry))) {
      const message = `entry ${index}: expected the tree of the ${index} items before it, found another`;
      return fault(index, offset, 'checkpoint', message);
    }
    this.#tree.add(place.hash);
    if (kind === 'seal') this.#sealedTree = this.#tree.frontier();
    if (kind === 'outcome') this.#cycles++;
    this.#policy = entry.policy;
    this.#order = next;
    this.#head = place.hash;
    this.#seq = index;
    this.#bytes = place.end;
    return null;
  }

  finish(): Fault | null {
    if (this.#bytes === 0) return fault(0, 0, 'unsealed', 'object: expected a genesis, found nothing');
    const behind = this.#heads.finish(this.#seq, this.#bytes);
    if (behind !== null) return behind;
    return this.#seals > 0 ? null : fault(0, 0, 'unsealed', 'object: expected the seal of its creator, found none');
  }

  summary(): Summary {
    return {
      id: this.#id,
      seq: this.#seq,
      head: this.#head,
      cycles: this.#cycles,
      seals: this.#seals,
      unsealed: this.#order.unsealed,
      unsigned: this.#unsigned,
      nodes: [...this.#nodes],
      bytes: this.#bytes,
      frontier: this.#sealedTree,
      carried: this.#carried,
    };
  }

  #checkLink(index: number, entry: Entry, place: Place): Fault | null {
    if (entry.seq !== index) {
      const message = `expected entry ${index}, found entry ${entry.seq}: one is missing, inserted or out of place`;
      return fault(index, place.offset, 'seq', message);
    }
    if (compareBytes(entry.prev, this.#head) === 0) return null;
    // Which of the two was altered: the caller asks the item that follows, and the seal's own signature where none does.
    this.#head = place.hash;
    const altered = confirmsLink(entry, this.#ports) ? index - 1 : index;
    const message = `entry ${index}: expected the hash of the item before, found another: one of the two was altered`;
    return fault(altered, place.offset, 'prev', message);
  }

  /** Entries up to a seal are its node's, unless another one took over. */
  #checkHolder(index: number, entry: Entry, offset: number): Fault | null {
    if (entry.kind !== 'recover') {
      this.#holder ??= entry.node;
      if (compareBytes(entry.node, this.#holder) === 0) return null;
      const reason = this.beginning ? 'creator' : 'node';
      const found = `found ${hex(entry.node)}`;
      return fault(index, offset, reason, `entry ${index}: expected node ${hex(this.#holder)}, ${found}`);
    }
    const { lost, from } = entry.body;
    const first = this.#sealedSeq + 1;
    if (this.#holder !== null && compareBytes(lost, this.#holder) === 0 && from === first) {
      this.#holder = entry.node;
      return null;
    }
    const expected = `${this.#holder === null ? 'something unsealed' : `node ${hex(this.#holder)}`} from entry ${first} on`;
    return fault(index, offset, 'recover', `entry ${index}: expected ${expected}, found ${hex(lost)} from ${from} on`);
  }

  #checkWitness(index: number, entry: Entry, offset: number): Fault | null {
    if (entry.kind === 'follow') {
      const unproven = checkFollowed(entry.body, this.#ports);
      return unproven === null ? null : fault(index, offset, 'receipt', `entry ${index}: ${unproven}`);
    }
    const message = entry.kind === 'witness' ? checkWitness(entry.body, this.#ports) : null;
    return message === null ? null : fault(index, offset, 'witness', `entry ${index}: ${message}`);
  }

  #checkSeal(index: number, entry: Entry, offset: number): Fault | null {
    if (entry.kind !== 'seal') return null;
    if (!sameBytes(entry.policy, this.#policy)) {
      return fault(
        index,
        offset,
        'seal',
        `entry ${index}: expected the policy digest of the entry before, found another`,
      );
    }
    const check = checkEntrySeal(entry, this.#id, this.#ports);
    if (!check.ok) return fault(index, offset, check.reason, `entry ${index}: ${check.message}`);
    if (this.#seals === 0 && this.#carriedAt !== null)
      this.#carried = { seq: this.#carriedAt, node: hex(entry.node), signed: check.signed };
    if (this.#seals === 0 && this.#carriedAt === null && !sameBytes(entry.body.publicKey, this.#creator)) {
      return fault(
        index,
        offset,
        'creator',
        `entry ${index}: expected the creator's seal under the genesis, found another`,
      );
    }
    if (!check.signed) this.#unsigned = true;
    if (this.#nodes.size < MAX_NODES) this.#nodes.add(hex(entry.node));
    this.#seals++;
    this.#sealedSeq = index;
    this.#holder = null;
    return null;
  }
}

function checkEntrySeal(entry: EntryOf<'seal'>, id: Uint8Array, ports: SealPorts): SealCheck {
  const { seq, prev: head, time, node, cycle } = entry;
  return checkSeal(entry.body, { id, seq, head, time, node, cycle }, ports);
}

/** True where a seal's own signature confirms its link: then it is the item before that was altered. */
function confirmsLink(entry: Entry, ports: SealPorts): boolean {
  return entry.kind === 'seal' && checkEntrySeal(entry, decodeStatement(entry.body.statement).id, ports).ok;
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : compareBytes(a, b) === 0;
}

function fault(index: number, offset: number, reason: FaultReason, message: string): Fault {
  return { index, offset, reason, message };
}
