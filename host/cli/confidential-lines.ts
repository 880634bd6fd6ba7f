/** What verify and show say of confidential bodies. */
import type { Census } from '../node/census.ts';
import { shortId, showCount } from './quantities.ts';

const READERS_SHOWN = 8;

/** One sentence; null where nothing is confidential. */
export function describeCensus({ bodies, opened, redacted, readers, closedAt }: Census): string | null {
  if (bodies === 0) return null;
  const some = [...readers].slice(0, READERS_SHOWN).map(([id, count]) => `${shortId(id)} (${count})`);
  const more = readers.size > READERS_SHOWN ? `, and ${readers.size - READERS_SHOWN} more` : '';
  const parts = [
    showCount(bodies, 'body'),
    ...(readers.size === 0 ? [] : [`to ${some.join(', ')}${more}`]),
    ...(opened === 0 ? [] : [`${opened} opened`]),
    ...(redacted === 0 ? [] : [`${redacted} taken out of this copy`]),
    ...(closedAt === null
      ? []
      : [`closed to this reader from entry ${closedAt} on: chain and seals hold, the state is not known`]),
  ];
  return parts.join('; ');
}
