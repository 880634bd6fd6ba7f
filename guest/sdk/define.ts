/**
 * The one thing that a handler module exports. `defineHandler` marks the function, so that the build can tell a handler from
 * anything else that stands as the default export.
 */
import type { Json } from './json.ts';
import type { Proposal } from './proposal.ts';
import type { Task } from './task.ts';

export interface Handler<Input> {
  readonly tag: 'sojourn:handler';
  readonly run: (task: Task<Input>) => Proposal;
}

/**
 * `export default defineHandler<Input>((task) => …)`. The function is called once a cycle, in a sandbox that no other evaluation has
 * touched, and returns its proposal; it is synchronous. What it throws is recorded as the cycle's failure.
 */
export function defineHandler<Input = Json>(run: (task: Task<Input>) => Proposal): Handler<Input> {
  return { tag: 'sojourn:handler', run };
}
