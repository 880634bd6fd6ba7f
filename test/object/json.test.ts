import { describe, expect, it } from 'vitest';
import { entryJson, genesisJson, toJson } from '../../host/object/json.ts';
import { buildSample, CREATOR, filled, ObjectBuilder, sampleGenesis } from './builder.ts';

describe('JSON for people', () => {
  it('shows byte strings as lower-case hexadecimal, at any depth', () => {
    expect(toJson({ a: [filled(2, 0xab), { b: filled(0, 0) }], c: 1.5 })).toEqual({ a: ['abab', { b: '' }], c: 1.5 });
  });

  it('shows an entry by its names', () => {
    const { builder } = buildSample();
    expect(entryJson(builder.entries[1]!)).toEqual({
      seq: 2,
      prev: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      time: 1_767_225_602_000,
      node: '34750f98bd59fcfc946da45aaabe933b',
      cycle: 0,
      policy: null,
      kind: 'signal',
      body: { name: 'approval', key: 'key-1', payload: { from: 'a test' } },
    });
  });

  it('shows of a blob its size and digest, not its bytes', () => {
    const builder = new ObjectBuilder();
    builder.add({ kind: 'blob', body: { media: 'text/plain', bytes: new TextEncoder().encode('abc') } });
    const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(entryJson(builder.entries[0]!)['body']).toEqual({ media: 'text/plain', size: 3, digest });
  });

  it('survives JSON.stringify, genesis included', () => {
    const { builder } = buildSample();
    for (const entry of builder.entries) expect(JSON.parse(JSON.stringify(entryJson(entry)))).toEqual(entryJson(entry));
    const genesis = genesisJson(sampleGenesis(CREATOR));
    expect(JSON.parse(JSON.stringify(genesis))).toEqual(genesis);
    expect(genesis).toMatchObject({ formatVersion: 2, nonce: '07'.repeat(16), intent: { kind: 'sample' } });
  });
});
