/** Where copies of objects lie that are exchanged: a folder that somebody carries, a node here, a node behind an address. */

/** A copy, as its place lists it. */
export interface Copy {
  readonly id: string;
  /** Bytes. */
  readonly length: number;
  /** Why it can't be exchanged; null where it can. */
  readonly unfit: string | null;
}

export interface ExchangePlace {
  /** As a person would call it. */
  readonly name: string;
  list(): AsyncIterable<Copy>;
  /** Stored bytes from an offset on. */
  read(id: string, offset?: number): AsyncIterable<Uint8Array>;
  /**
   * Takes a copy in, verified whole: where its own ends and this one goes on, or where it has none. Who goes on with the object stays as it
   * is. Errors: `object.forked`, `object.behind`, `object.left` for a living one that a place takes in only with the right to go on with it,
   * `store.busy` while it is worked on, `object.*`, `store.*`.
   */
  take(id: string, bytes: AsyncIterable<Uint8Array>): Promise<'new' | 'extended' | 'same'>;
}
