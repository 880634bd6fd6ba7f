/**
 * Receipts against a copy (R20, R29): each is the seal of one entry of the object, kept elsewhere. A copy that ends before that entry
 * has lost its tail, one that has something else there is another branch. Fed entry by entry, beside the check of the chain.
 */
import { compareBytes } from './codec.ts';
import { partingOf } from './hand-over.ts';
import { checkReceipt, decodeReceipt } from './seal.ts';
import { hex } from '../json.ts';
import type { Fault, FaultReason } from './fault.ts';
import type { Entry, SealStatement } from './model.ts';
import type { SealCheck, SealPorts } from './seal.ts';

/** A receipt that the copy does not hold. */
export interface Parting {
  readonly receipt: Uint8Array;
  readonly statement: SealStatement;
  /** `archived`: of an entry before the checkpoint that the copy begins with; what stood there is not known here. */
  readonly found: 'fork' | 'behind' | 'archived';
  /** The entry that it is of, and the byte at which the copy has something else or nothing. */
  readonly offset: number;
  readonly message: string;
}

interface Head {
  readonly receipt: Uint8Array;
  readonly statement: SealStatement;
  readonly stored: Uint8Array;
  readonly check: SealCheck;
}

const REASONS: { readonly [found in Parting['found']]: FaultReason } = {
  fork: 'fork',
  behind: 'tail',
  archived: 'archived',
};

export class Heads {
  readonly #heads: readonly Head[];
  readonly #onParting: ((parting: Parting) => void) | null;

  /** With `onParting` a receipt that the copy does not hold is told, and no fault. Errors: `object.seal` and those of `decode` for one that is none. */
  constructor(
    receipts: readonly Uint8Array[],
    ports: SealPorts,
    onParting: ((parting: Parting) => void) | null = null,
  ) {
    this.#heads = receipts.map((receipt) => {
      const { seal, statement } = decodeReceipt(receipt);
      return { receipt, statement, stored: seal.statement, check: checkReceipt(receipt, ports) };
    });
    this.#onParting = onParting;
  }

  /** All are signed by the node that they name, and of this object. */
  start(id: Uint8Array): Fault | null {
    for (const { check, statement } of this.#heads) {
      if (!check.ok)
        return { index: statement.seq, offset: 0, reason: 'receipt', message: `the receipt: ${check.message}` };
      if (compareBytes(statement.id, id) === 0) continue;
      const message = `expected the object of the receipt, ${hex(statement.id)}, found ${hex(id)}`;
      return { index: 0, offset: 0, reason: 'receipt', message };
    }
    return null;
  }

  /** The copy begins with the checkpoint at `seq`. */
  begin(seq: number, offset: number): Fault | null {
    const message = (at: number) => `the receipt is of entry ${at}, which stands in an archive: give that, too`;
    return this.#part(
      this.#heads.filter((head) => head.statement.seq < seq),
      'archived',
      offset,
      message,
    );
  }

  step(index: number, entry: Entry, offset: number): Fault | null {
    if (this.#heads.length === 0) return null;
    const missing = this.#heads.filter((head) => head.statement.seq === index && !isSealOf(entry, head.stored));
    const message = (at: number) =>
      `entry ${at}: expected the seal of the receipt, found another entry: the histories part before it`;
    return this.#part(missing, 'fork', offset, message);
  }

  /** The copy ends behind `seq`. */
  finish(seq: number, offset: number): Fault | null {
    const message = (at: number) => `expected entries up to ${at}, which the receipt is of, found the last at ${seq}`;
    const fault = this.#part(
      this.#heads.filter((head) => partingOf(head.statement.seq, seq) === 'behind'),
      'behind',
      offset,
      message,
    );
    return fault === null ? null : { ...fault, index: seq + 1 };
  }

  #part(
    heads: readonly Head[],
    found: Parting['found'],
    offset: number,
    explain: (seq: number) => string,
  ): Fault | null {
    for (const { receipt, statement, check } of heads) {
      const index = statement.seq;
      const message = explain(index);
      if (this.#onParting === null) return { index, offset, reason: REASONS[found], message };
      if (check.ok && !check.signed) {
        const unsigned =
          'the receipt: expected a signature, found none, and the object does not hold it: it proves nothing';
        return { index, offset, reason: 'receipt', message: unsigned };
      }
      this.#onParting({ receipt, statement, found, offset, message });
    }
    return null;
  }
}

function isSealOf(entry: Entry, statement: Uint8Array): boolean {
  return entry.kind === 'seal' && compareBytes(entry.body.statement, statement) === 0;
}
