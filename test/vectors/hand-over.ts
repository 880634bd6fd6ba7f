/** An object whose trust is badly broken, let in by another node, which follows this branch beside a receipt of a longer copy. */
import { createSeal, encodeReceipt } from '../../host/object/seal.ts';
import { CREATOR, filled, ObjectBuilder, OTHER_NODE, PERMIT } from '../object/builder.ts';
import type { SoundObject } from './sound.ts';

export function handOver(): SoundObject {
  const builder = new ObjectBuilder(CREATOR);
  const receipts = [builder.seal()];
  for (const slope of [800, 600]) {
    builder.open(slope === 800 ? 'created' : 'continued');
    builder.outcome({ class: 'failure', action: null, reason: 'trap' });
    receipts.push(builder.seal(slope));
  }
  const { id, node: from, cycle } = builder;
  builder.signer = OTHER_NODE;
  builder.add({ kind: 'readmit', body: { from, slope: 600, verdict: { ...PERMIT, policies: ['node:let-in'] } } });
  receipts.push(builder.seal(600));
  const longer = { id, seq: builder.seq + 5, head: filled(32, 0xfa), time: builder.time, node: from, cycle, trust: 600 };
  const receipt = encodeReceipt(createSeal(longer, CREATOR));
  builder.add({ kind: 'follow', body: { receipt, found: 'behind', reason: 'the disk of the other copy is lost' } });
  receipts.push(builder.seal(600));
  builder.open('continued');
  builder.propose('termination', { achieved: true });
  builder.outcome({ action: 'termination', value: { achieved: true } });
  receipts.push(builder.seal(610));
  return { name: 'hand-over', title: 'a quarantined object that another node lets in, and follows', builder, receipts };
}
