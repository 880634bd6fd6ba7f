/** Advice in the records of nodes that kept to nothing: whoever reads them finds out, and where. */
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { loadObject } from '../../host/node/load.ts';
import { nativeHash, createNativeVerify } from '../../host/node/native.ts';
import { encode } from '../../host/object/codec.ts';
import { sha256 } from '../../host/object/crypto.ts';
import type { Verdict } from '../../host/object/model.ts';
import { ObjectBuilder, PERMIT, streamOf } from '../object/builder.ts';

const PORTS = { hash: nativeHash, verify: createNativeVerify() };
const REQUEST = { advisor: 'triage', system: '', messages: [], tools: [], schema: null, maxTokens: 1 };

function advised(verdict: Verdict): { readonly builder: ObjectBuilder; readonly advice: number } {
  const builder = new ObjectBuilder();
  builder.seal();
  builder.open();
  const call = builder.call(0, 'advice.ask', REQUEST, verdict);
  const body = { call, prompt: sha256(encode(REQUEST)), answer: { tag: 'text', val: 'Do it.' } };
  const advice = builder.add({
    kind: 'proposal',
    body: { source: 'advice:triage/rules-1', action: null, body, rationale: '', confidence: 1, fuel: 0 },
  });
  return { builder, advice };
}

async function findingOf(builder: ObjectBuilder) {
  builder.seal();
  const result = await loadObject(streamOf(builder.bytes()), { ports: PORTS, limits: DEFAULT_LIMITS });
  if (!result.ok) throw new Error(result.chain.message);
  return result.object.finding;
}

describe('advice in a record', () => {
  test('is in order behind a call that was allowed', async () => {
    const { builder } = advised(PERMIT);
    builder.propose('termination', { achieved: true });
    builder.outcome({ action: 'termination' });
    expect(await findingOf(builder)).toBeNull();
  });

  test('is found out behind a call that was rejected', async () => {
    const { builder, advice } = advised({ ...PERMIT, verdict: 'reject' });
    builder.outcome({ class: 'failure', action: null });
    expect(await findingOf(builder)).toMatchObject({ seq: advice, reason: 'verdict' });
  });

  test('allows nothing: a success that no verdict allows is found out', async () => {
    const { builder } = advised(PERMIT);
    const outcome = builder.outcome({ action: 'execution' });
    expect(await findingOf(builder)).toMatchObject({ seq: outcome, reason: 'verdict' });
  });

  test('is no proposal of the handler: it says nothing of whether that repeats itself, and commits no writes', () => {
    const { builder } = advised(PERMIT);
    builder.call(1, 'kv.set', { key: 'a', value: '1' });
    builder.outcome({ class: 'failure', action: null });
    builder.seal();
    const { lastProposal, values } = builder.state();
    expect([lastProposal, values.size]).toEqual([null, 0]);
  });
});
