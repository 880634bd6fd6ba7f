/** What can be wrong with a chain, in words and for machines. */
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
  /** A change of hands that does not fit what was left. */
  | 'recover'
  /** A witness of another object that does not prove itself. */
  | 'witness'
  /** No seal at all. */
  | 'unsealed'
  /** The receipt is not of this object, or not signed. */
  | 'receipt'
  /** The receipt is of an entry that is not there any more. */
  | 'tail'
  /** The receipt is of an entry that stands in an archive. */
  | 'archived'
  /** A checkpoint whose tree is not that of the items before it, or what a carried object keeps beside it is not what it says. */
  | 'checkpoint'
  /** The receipt is of another history of this object. */
  | 'fork';

export interface Fault {
  /** Position of the item; 0 is the genesis. */
  readonly index: number;
  /** Byte offset at which it was seen. */
  readonly offset: number;
  readonly reason: FaultReason;
  readonly message: string;
}
