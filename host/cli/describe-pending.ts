/** What an object tries again by itself, and what is known not to work, in one line each. */
import type { NegativeNote, Pending } from '../object/state.ts';
import { describeCondition, explainReason } from './describe-condition.ts';
import { shortId, showCount, showTime } from './quantities.ts';
import { cleanLine } from './safe-text.ts';

const TEXT_MAX = 160;

/** `"ask" of entry 5: 8,761 attempts since 2026-01-01 …, the last 8,760 deferral (not-yet), at cursor 17` */
export function describePending({ proposal, body, attempts, consecutive, first, ...last }: Pending): string {
  const { step } = body;
  const reason = last.reason === null ? '' : ` (${explainReason(last.reason)})`;
  const cursor = last.cursor === null ? '' : `, at cursor ${cleanLine(JSON.stringify(last.cursor), TEXT_MAX)}`;
  const name = typeof step === 'string' ? `"${cleanLine(step, 64)}" of ` : '';
  const row = consecutive === 1 ? 'the last' : `the last ${showCount(consecutive, 'time')}`;
  return `${name}entry ${proposal}: ${showCount(attempts, 'attempt')} since ${showTime(first)}, ${row} ${last.class}${reason}${cursor}`;
}

/** `http.send to https://vendor.example on node 34750f98 (timeout, entry 12) until …` */
export function describeNegativeNote({ seq, since, body }: NegativeNote): string {
  const target = body.target === '*' ? '' : ` to ${cleanLine(body.target, TEXT_MAX)}`;
  const node = body.node === null ? '' : ` on node ${shortId(body.node)}`;
  const zone = body.zone === null ? '' : ` in zone ${cleanLine(body.zone, 64)}`;
  const until = describeCondition(body.until, since);
  return `${cleanLine(body.operation, 64)}${target}${node}${zone} (${cleanLine(body.reason, 64)}, entry ${seq}), until: ${until}`;
}
