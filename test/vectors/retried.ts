/** An execution that is tried again without its handler: a failure and what it ruled out, a cursor, attempts that were merged, the success. */
import { PERMIT, ObjectBuilder } from '../object/builder.ts';
import type { OutcomeBody } from '../../host/object/model.ts';
import type { ValueMap } from '../../host/value.ts';
import type { SoundObject } from './sound.ts';

const REQUEST: ValueMap = {
  method: 'GET',
  url: 'https://vendor.example/jobs/7',
  headers: [],
  body: null,
  repetition: 'safe',
};
const EXECUTION: ValueMap = {
  step: 'ask',
  operation: { tag: 'http', val: REQUEST },
  into: 'report',
  retry: { maxAttempts: 100, maxElapsed: 86_400_000, minDelay: 1000, maxDelay: 1000, latency: null, rules: [] },
  poll: {
    predicate: [{ tag: 'equals', val: { pointer: '/state', value: '"ready"' } }],
    cursor: { pointer: '/next', parameter: 'after' },
  },
};
const SLEEP = { wake: { tag: 'elapsed', ms: 1000 }, action: 'execution', fuel: 0, calls: 1 } as const;
const NOT_YET = { ...SLEEP, class: 'deferral', reason: 'not-yet' } as const;

/** The object up to where `attempts` of these counts may follow, each under its own seal. */
export function retriedUpTo(counts: readonly number[]): { readonly builder: ObjectBuilder; readonly receipts: Uint8Array[] } {
  const builder = new ObjectBuilder();
  const receipts = [builder.seal()];
  builder.open();
  const given = { source: 'handler', action: 'execution', body: EXECUTION, rationale: '', confidence: 1, fuel: 100 } as const;
  const proposal = builder.add({ kind: 'proposal', body: given });
  builder.add({ kind: 'verdict', body: { proposal, action: 'execution', verdict: PERMIT } });
  const lost = builder.call(0, 'http.send', REQUEST);
  const none = { call: lost, class: 'no-response', error: 'unavailable', value: null, message: null } as const;
  const because = builder.add({ kind: 'result', body: none });
  const target = 'https://vendor.example';
  const failure = { class: 'no-response', operation: 'http.send', target, reason: 'unavailable', because } as const;
  builder.add({ kind: 'failure', body: failure });
  const until = { tag: 'elapsed', ms: 1000 } as const;
  const met = { operation: 'http.send', target, node: builder.node, zone: null, reason: 'no-response', because, until };
  const negative = builder.add({ kind: 'negative', body: met });
  builder.outcome({ ...SLEEP, class: 'no-response', reason: 'unavailable' });
  receipts.push(builder.seal(980));
  tryAgain(builder, proposal, '', { ...SLEEP, class: 'partial', reason: 'cursor-moved', value: { cursor: 3 } }, negative);
  receipts.push(builder.seal(990));
  tryAgain(builder, proposal, '?after=3', NOT_YET);
  receipts.push(builder.seal(990));
  for (const count of counts) {
    const times = { first: builder.time, last: builder.time + count * 1000 };
    builder.add({
      kind: 'attempts',
      body: { proposal, count, ...times, class: 'deferral', fuel: 0, calls: count, bytes: 40 * count, digest: null },
    });
    receipts.push(builder.seal(990));
  }
  return { builder, receipts };
}

export function retried(): SoundObject {
  const { builder, receipts } = retriedUpTo([1, 1, 2]);
  tryAgain(builder, 3, '?after=3', { action: 'execution', value: { state: 'ready' }, fuel: 0, calls: 1 });
  receipts.push(builder.seal());
  const title = 'an execution tried again: no response, a cursor that moved, not yet, four attempts merged, success';
  return { name: 'retried', title, builder, receipts };
}

function tryAgain(
  builder: ObjectBuilder,
  proposal: number,
  query: string,
  outcome: Partial<OutcomeBody>,
  negative: number | null = null,
): void {
  const asleep = builder.entries.findLast((entry) => entry.kind === 'outcome');
  builder.begin();
  builder.add({ kind: 'wake', body: { dormancy: asleep?.seq ?? 0, satisfied: true, because: [] } });
  builder.add({ kind: 'verdict', body: { proposal: null, action: 'reentry', verdict: PERMIT } });
  builder.add({ kind: 'verdict', body: { proposal, action: 'execution', verdict: PERMIT } });
  const call = builder.call(0, 'http.send', { ...REQUEST, url: `${String(REQUEST['url'])}${query}` });
  builder.result(call, null, '{}');
  if (negative !== null) builder.add({ kind: 'retire', body: { negative, reason: 'it worked' } });
  builder.outcome(outcome);
}
