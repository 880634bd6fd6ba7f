/**
 * What the contract lays out and this kernel does not carry out. It is refused, with a code of its own: never left out in silence.
 */
import { ending } from './outcome.ts';
import type { Ending } from './outcome.ts';
import type { Action } from './proposal.ts';

/** Null where nothing in the action is of that kind. */
export function refuseUnknown(action: Action): Ending | null {
  return action.name === 'execution' && action.retry !== null ? refuseAction(action, 'a retry') : null;
}

export function refuseAction({ name }: Action, what: string): Ending {
  return ending('refusal', name, {
    reason: 'not-carried-out',
    message: `${name}: expected none of what this host does not carry out, found ${what}`,
  });
}
