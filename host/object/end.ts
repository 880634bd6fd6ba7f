/** What an outcome says of the end of its object: whether it is one, whether the intent is fulfilled, and with what result. */
import type { OutcomeBody } from './model.ts';
import { isMap } from '../value.ts';
import type { Value } from '../value.ts';

export interface End {
  readonly achieved: boolean;
  readonly result: Value;
}

/** Null where the object goes on. */
export function readEnd({ action, class: outcomeClass, value }: OutcomeBody): End | null {
  if (action !== 'termination' || outcomeClass !== 'success') return null;
  const { achieved = false, result = null } = isMap(value) ? value : {};
  return { achieved: achieved === true, result };
}
