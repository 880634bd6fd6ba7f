/** An object that asked an advisor before it acted, and ways in which advice would be taken for more than it is. */
import { encode } from '../../host/object/codec.ts';
import { sha256 } from '../../host/object/crypto.ts';
import { filled, ObjectBuilder, PERMIT } from '../object/builder.ts';
import type { EntryBody, ProposalBody } from '../../host/object/model.ts';
import type { BrokenObject } from './broken.ts';
import type { SoundObject } from './sound.ts';

const REQUEST = {
  advisor: 'triage',
  system: '',
  messages: [{ role: 'user', content: '{"order":"17"}', requested: [], toolCall: null }],
  tools: [{ name: 'refund', description: 'Pays money back', parameters: '{"type":"object"}' }],
  schema: null,
  maxTokens: 200,
};
const ANSWER = { tag: 'tool-calls', val: [{ id: 'call-1', name: 'refund', arguments: { order: '17', cents: 500 } }] };

function advice(call: number, changes: Partial<ProposalBody> = {}): EntryBody {
  const prompt = sha256(encode(REQUEST));
  const said = { source: 'advice:triage/rules-3fa94c0e', action: null, rationale: '', confidence: 0.9, fuel: 0 };
  return { kind: 'proposal', body: { ...said, body: { call, prompt, answer: ANSWER }, ...changes } };
}

function asked(): { readonly builder: ObjectBuilder; readonly receipts: Uint8Array[]; readonly call: number } {
  const builder = new ObjectBuilder();
  const receipts = [builder.seal()];
  builder.open();
  return { builder, receipts, call: builder.call(0, 'advice.ask', REQUEST) };
}

export function advised(): SoundObject {
  const { builder, receipts, call } = asked();
  builder.add(advice(call));
  builder.call(1, 'kv.set', { key: 'asked', value: '1' });
  builder.propose('execution', { step: 'tool:refund', into: 'result' });
  builder.outcome({ value: { paid: 500 }, calls: 2 });
  receipts.push(builder.seal());
  return { name: 'advice', title: 'advice, and the action that the handler proposes after it', builder, receipts };
}

export function badAdvice(): BrokenObject[] {
  const prompt = sha256(encode(REQUEST));
  return [
    bad('advice-acts', 'advice that proposes an action', (call) => [advice(call, { action: 'termination' })]),
    bad('advice-decided', 'a verdict on advice', (call) => [
      advice(call),
      { kind: 'verdict', body: { proposal: call + 1, action: 'execution', verdict: PERMIT } },
    ]),
    bad('advice-unasked', 'advice for a question that was never asked', (call) => [
      advice(call - 1, { body: { call: call - 1, prompt, answer: ANSWER } }),
    ]),
    bad('advice-prompt', 'advice for another question', (call) => [
      advice(call, { body: { call, prompt: filled(32, 0xaa), answer: ANSWER } }),
    ]),
    bad('advice-twice', 'two answers to one question', (call) => [advice(call), advice(call)]),
    bad('advice-nobody', 'a proposal without an action from somebody else', (call) => [
      advice(call, { source: 'handler' }),
    ]),
  ];
}

/** The last of the entries is the one that does not hold. */
function bad(name: string, title: string, make: (call: number) => readonly EntryBody[]): BrokenObject {
  const { builder, call } = asked();
  const index = make(call).reduce((_, body) => builder.add(body), call);
  builder.outcome();
  builder.seal();
  return { name: `broken-${name}`, title, bytes: builder.bytes(), index, reason: 'chain', needs: 'fold' };
}
