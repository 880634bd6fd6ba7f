/**
 * How long an HTTP answer asks to wait (RFC 9110, section 10.2.3): a number of seconds, or a date. From the recorded answer alone: a date
 * is held against the answer's own `date`, so that no clock of ours comes into it.
 */
import { headerOf } from '../object/pending.ts';
import type { Value } from '../value.ts';

/** Milliseconds; null where the answer does not say, or says nothing that can be read. `now` stands in for a missing `date`. */
export function retryAfter(answer: Value, now: number): number | null {
  const asked = headerOf(answer, 'retry-after')?.trim() ?? '';
  if (/^\d{1,10}$/.test(asked)) return Number(asked) * 1000;
  const until = parseDate(asked);
  return until === null ? null : Math.max(0, until - (parseDate(headerOf(answer, 'date')?.trim() ?? '') ?? now));
}

/** IMF-fixdate, the one form that is still sent. */
const IMF_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

function parseDate(text: string): number | null {
  const time = IMF_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isSafeInteger(time) ? time : null;
}
