/** What the parts of `wasi:http` are made of. */
import type { WasiEvaluation } from './evaluation.ts';
import type { Polling } from './poll.ts';
import type { Streams } from './streams.ts';

export interface HttpParts {
  readonly evaluation: WasiEvaluation;
  readonly polling: Polling;
  readonly streams: Streams;
  /** The way to the host. */
  readonly call: WasiEvaluation['call'];
}
