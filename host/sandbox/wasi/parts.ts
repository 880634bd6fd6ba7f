/** What the larger interfaces are made of. */
import type { WasiEvaluation } from './evaluation.ts';
import type { Polling } from './poll.ts';
import type { Streams } from './streams.ts';

export interface WasiParts {
  readonly evaluation: WasiEvaluation;
  readonly polling: Polling;
  readonly streams: Streams;
  /** The way to the host. */
  readonly call: WasiEvaluation['call'];
}
