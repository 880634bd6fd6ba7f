/**
 * The running check of a chain: one item after the other, with a fixed amount of memory. Hashes and seals are over stored bytes.
 */
import { compareBytes } from './codec.ts';
import { FIRST_ORDER, nextOrder } from './order.ts';
import { checkReceipt, checkSeal, decodeReceipt, decodeStatement, nodeIdOf } from './seal.ts';
import { hex } from '../json.ts';
import type { Entry, EntryOf, Genesis } from './model.ts';
import type { Order } from './order.ts';
import type { SealPorts } from './seal.ts';

export type FaultReason =
  /** The item before, or the link to it, was altered. */
  | 'prev'
  /** An item is missing, out of place or inserted. */
  | 'seq'
  /** An entry that may not stand there. */
  | 'order'
  /** Written or sealed by another node than the one that should. */
  | 'node'
  /** The seal says something else than the chain. */
  | 'seal'
  | 'signature'
  /** The genesis is not sealed by its creator. */
  | 'creator'
  | 'recover'
  /** No seal at all. */
  | 'unsealed'
  /** The receipt is not of this object, or not signed. */
  | 'receipt'
  /** The receipt is of an entry that is not there any more. */
  | 'tail'
  /** The receipt is of another history of this object. */
  | 'fork';

export interface Fault {
  readonly index: number;
  readonly offset: number;
  readonly reason: FaultReason;
  readonly message: string;
}

export interface Walk {
  /** SHA-256 of the last item. */
  readonly head: Uint8Array;
  hash(bytes: Uint8Array): Uint8Array;
  start(genesis: Genesis, place: WalkPlace): Fault | null;
  step(index: number, entry: Entry, place: WalkPlace): Fault | null;
  finish(): Fault | null;
  summary(): Summary;
}

interface WalkPlace {
  readonly offset: number;
  readonly end: number;
  readonly hash: Uint8Array;
}

interface Summary {
  readonly id: Uint8Array;
  readonly seq: number;
  readonly head: Uint8Array;
  readonly cycles: number;
  readonly seals: number;
  readonly unsealed: number;
  readonly unsigned: boolean;
  readonly nodes: readonly string[];
  readonly bytes: number;
}

const MAX_NODES = 1024;
const NO_KEY = new Uint8Array(32);

/** Errors: `object.seal` for a receipt that is none. */
export function createWalk(ports: SealPorts, receiptBytes: Uint8Array | null): Walk {
  const receipt =
    receiptBytes === null ? null : { ...decodeReceipt(receiptBytes), check: checkReceipt(receiptBytes, ports) };
  const nodes = new Set<string>();
  let id: Uint8Array = NO_KEY;
  let creator: Uint8Array | null = null;
  let head: Uint8Array = NO_KEY;
  let order: Order = FIRST_ORDER;
  /** Node of the entries since the last seal, or since the last change of hands. */
  let holder: Uint8Array | null = null;
  let lastPolicy: Uint8Array | null = null;
  let seq = 0;
  let bytes = 0;
  let cycles = 0;
  let seals = 0;
  let sealedSeq = -1;
  let unsigned = false;

  const fault = (index: number, offset: number, reason: FaultReason, message: string): Fault => ({
    index,
    offset,
    reason,
    message,
  });

  function start(genesis: Genesis, place: WalkPlace): Fault | null {
    id = place.hash;
    head = place.hash;
    bytes = place.end;
    creator = compareBytes(genesis.context.creator, NO_KEY) === 0 ? null : genesis.context.creator;
    holder = nodeIdOf(creator, ports.hash);
    if (receipt === null) return null;
    if (!receipt.check.ok) return fault(receipt.statement.seq, 0, 'receipt', `the receipt: ${receipt.check.message}`);
    if (compareBytes(receipt.statement.id, id) === 0) return null;
    return fault(0, 0, 'receipt', `expected the object of the receipt, ${hex(receipt.statement.id)}, found ${hex(id)}`);
  }

  function step(index: number, entry: Entry, place: WalkPlace): Fault | null {
    const { offset } = place;
    if (entry.seq !== index) {
      return fault(
        index,
        offset,
        'seq',
        `expected entry ${index}, found entry ${entry.seq}: one is missing, inserted or out of place`,
      );
    }
    if (compareBytes(entry.prev, head) !== 0) {
      const side = confirmsLink(entry, ports) ? index - 1 : index;
      head = place.hash;
      return fault(
        side,
        offset,
        'prev',
        `entry ${index}: expected the hash of the item before, found another: one of the two was altered`,
      );
    }
    const next = nextOrder(order, entry.kind, entry.cycle);
    if (typeof next === 'string') return fault(index, offset, 'order', `entry ${index}: expected ${next}`);
    const misplaced =
      checkHolder(index, entry, offset) ?? (entry.kind === 'seal' ? checkSealEntry(index, entry, offset) : null);
    if (misplaced !== null) return misplaced;
    if (receipt !== null && index === receipt.statement.seq && !isSealOf(entry, receipt.seal.statement)) {
      return fault(
        index,
        offset,
        'fork',
        `entry ${index}: expected the seal of the receipt, found another entry: the histories part before it`,
      );
    }
    if (entry.kind === 'outcome') cycles++;
    lastPolicy = entry.policy;
    order = next;
    head = place.hash;
    seq = index;
    bytes = place.end;
    return null;
  }

  /** Entries up to a seal are its node's, unless another one took over. */
  function checkHolder(index: number, entry: Entry, offset: number): Fault | null {
    if (entry.kind === 'recover') {
      const { lost, from } = entry.body;
      if (holder === null || compareBytes(lost, holder) !== 0 || from !== sealedSeq + 1) {
        const expected = `the node of the entry before, and ${sealedSeq + 1} as the first that was left unsealed`;
        return fault(index, offset, 'recover', `entry ${index}: expected ${expected}, found ${hex(lost)} and ${from}`);
      }
      holder = entry.node;
      return null;
    }
    holder ??= entry.node;
    if (compareBytes(entry.node, holder) === 0) return null;
    return fault(index, offset, 'node', `entry ${index}: expected node ${hex(holder)}, found ${hex(entry.node)}`);
  }

  function checkSealEntry(index: number, entry: EntryOf<'seal'>, offset: number): Fault | null {
    if (!sameBytes(entry.policy, lastPolicy)) {
      return fault(
        index,
        offset,
        'seal',
        `entry ${index}: expected the policy digest of the entry before, found another`,
      );
    }
    const { time, node, cycle } = entry;
    const check = checkSeal(entry.body, { id, seq: index, head, time, node, cycle }, ports);
    if (!check.ok) return fault(index, offset, check.reason, `entry ${index}: ${check.message}`);
    if (seals === 0 && !sameBytes(entry.body.publicKey, creator)) {
      return fault(
        index,
        offset,
        'creator',
        `entry ${index}: expected the creator's key under the genesis, found another`,
      );
    }
    if (!check.signed) unsigned = true;
    if (nodes.size < MAX_NODES) nodes.add(hex(node));
    seals++;
    sealedSeq = index;
    holder = null;
    return null;
  }

  function finish(): Fault | null {
    if (bytes === 0) return fault(0, 0, 'unsealed', 'object: expected a genesis, found nothing');
    if (receipt !== null && seq < receipt.statement.seq) {
      return fault(
        seq + 1,
        bytes,
        'tail',
        `expected entries up to ${receipt.statement.seq}, which the receipt is of, found the last at ${seq}`,
      );
    }
    return seals > 0 ? null : fault(0, 0, 'unsealed', 'object: expected the seal of its creator, found none');
  }

  return {
    hash: (item) => ports.hash(item),
    start,
    step,
    finish,
    summary: () => ({ id, seq, head, cycles, seals, unsealed: order.unsealed, unsigned, nodes: [...nodes], bytes }),
    get head() {
      return head;
    },
  };
}

/** True where a seal's own signature confirms its link: then it is the item before that was altered. */
function confirmsLink(entry: Entry, ports: SealPorts): boolean {
  if (entry.kind !== 'seal') return false;
  const { seq, prev: head, time, node, cycle } = entry;
  const { id } = decodeStatement(entry.body.statement);
  return checkSeal(entry.body, { id, seq, head, time, node, cycle }, ports).ok;
}

function isSealOf(entry: Entry, statement: Uint8Array): boolean {
  return entry.kind === 'seal' && compareBytes(entry.body.statement, statement) === 0;
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : compareBytes(a, b) === 0;
}
