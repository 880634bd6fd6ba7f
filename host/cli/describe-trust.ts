/** Trust in words: the slope, how long it has held, and whether another node would take the object over. */
import { quarantineOf } from '../object/quarantine.ts';
import type { State } from '../object/state.ts';
import { LOSS_WINDOW } from '../object/trust.ts';
import { shortId, showCount } from './quantities.ts';

export function describeTrust(state: State): string {
  const { trust, continuity } = state;
  const held = continuity.over === 0 ? '' : `; unbroken over ${showCount(continuity.over, 'cycle')} of work`;
  return `${trust} of 1000${held}${describeQuarantine(state)}`;
}

function describeQuarantine(state: State): string {
  const found = quarantineOf(state);
  if (found === null) return '';
  const lost = found.lost === 0 ? '' : `, ${found.lost} lost in the last ${LOSS_WINDOW} cycles of work`;
  return `; would be quarantined on another node than ${shortId(found.from)}${lost}`;
}
