/**
 * The cycle as its local providers see it: frozen time, a seeded random stream, the state before, and the writes so far.
 */
import type { Limits } from '../limits.ts';
import { encode } from '../object/codec.ts';
import type { Entry, OpenBody } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Hash } from '../ports.ts';
import type { CycleView } from './ports.ts';

export interface ViewInputs {
  readonly state: State;
  readonly open: OpenBody;
  readonly now: number;
  readonly limits: Limits;
  readonly hash: Hash;
  readonly entries: (start: number) => AsyncIterable<Entry>;
}

export function createView(inputs: ViewInputs): CycleView {
  return {
    now: inputs.now,
    limits: inputs.limits,
    state: inputs.state,
    writes: new Map(),
    random: createStream(inputs.open.seed, inputs.hash),
    entries: inputs.entries,
  };
}

/** SHA-256 of [seed, 0], [seed, 1] … one after the other (docs/format.md, "Random bytes"). */
function createStream(seed: Uint8Array, hash: Hash): (length: number) => Uint8Array {
  let block = 0;
  let rest = new Uint8Array(0);
  return (length) => {
    const out = new Uint8Array(length);
    for (let done = 0; done < length;) {
      if (rest.length === 0) rest = Uint8Array.from(hash(encode([seed, block++])));
      const part = rest.subarray(0, length - done);
      out.set(part, done);
      done += part.length;
      rest = rest.subarray(part.length);
    }
    return out;
  };
}
