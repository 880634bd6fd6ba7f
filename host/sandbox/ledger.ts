/**
 * Counts the capability calls of one run, on the host's side. The rule is the same for every bound: the call that passes it is
 * not made, or its answer not handed in, and the run ends there with that bound.
 */
import { countBytes } from './byte-count.ts';
import type { Bound, CycleLimits } from '../limits.ts';
import type { GuestReply } from '../ports.ts';
import type { ValueMap } from '../value.ts';

export interface Passed {
  readonly bound: Bound;
  readonly message: string;
}

export interface Ledger {
  countCall(request: ValueMap): Passed | null;
  countReply(reply: GuestReply): Passed | null;
}

export function createLedger(limits: CycleLimits): Ledger {
  let calls = 0;
  let bytes = 0;
  const countCycle = (more: number): Passed | null => {
    bytes += more;
    return bytes > limits.cycleBytes ? passed('cycleBytes', limits.cycleBytes, 'bytes', bytes) : null;
  };
  return {
    countCall(request) {
      calls += 1;
      if (calls > limits.calls) return passed('calls', limits.calls, 'calls', calls);
      const size = countBytes(request);
      if (size > limits.callBytesOut) return passed('callBytesOut', limits.callBytesOut, 'bytes', size);
      return countCycle(size);
    },
    countReply(reply) {
      if (!reply.ok) return null;
      const size = countBytes(reply.value);
      if (size > limits.callBytesIn) return passed('callBytesIn', limits.callBytesIn, 'bytes', size);
      return countCycle(size);
    },
  };
}

function passed(bound: Bound, limit: number, unit: string, found: number): Passed {
  return { bound, message: `${bound}: expected at most ${limit} ${unit}, found ${found}` };
}
