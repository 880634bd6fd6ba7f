/** Code and record disagree: a replayed handler did something else than what the object says it did (R9, T10). */
export class Divergence extends Error {
  /** Index of the entry where they part. */
  readonly seq: number;

  constructor(seq: number, message: string) {
    super(`entry ${seq}: ${message}`);
    this.name = 'Divergence';
    this.seq = seq;
  }
}
