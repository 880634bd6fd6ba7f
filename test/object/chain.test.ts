import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { nativeHash, createNativeVerify } from '../../host/node/native.ts';
import { verifyChain } from '../../host/object/chain.ts';
import type { VerifyOptions, VerifyResult } from '../../host/object/chain.ts';
import { encode } from '../../host/object/codec.ts';
import { sha256 } from '../../host/object/crypto.ts';
import { decodeEntry, encodeEntry } from '../../host/object/entry.ts';
import { encodeGenesis } from '../../host/object/genesis.ts';
import { createSeal, encodeReceipt, nodeIdOf } from '../../host/object/seal.ts';
import { buildSample, CREATOR, filled, join, ObjectBuilder, OTHER_NODE, sampleGenesis, streamOf } from './builder.ts';

const limits = DEFAULT_LIMITS.object;
const native = { limits, hash: nativeHash, verify: createNativeVerify() };

function check(bytes: Uint8Array, options: Partial<VerifyOptions> = {}): Promise<VerifyResult> {
  return verifyChain(streamOf(bytes), { ...native, ...options });
}

const checkItems = (items: readonly Uint8Array[], options: Partial<VerifyOptions> = {}): Promise<VerifyResult> =>
  check(join(items), options);

/** The item `i` of an object with its entry changed, well-formed and with the old hash of the item before. */
function alterEntry(builder: ObjectBuilder, i: number): Uint8Array[] {
  const entry = decodeEntry(builder.items[i]!, limits);
  return builder.items.with(i, encodeEntry({ ...entry, time: entry.time + 1 }, limits));
}

describe('a sound object', () => {
  it('verifies, with any piece size and with the pure cryptography too', async () => {
    const { builder, receipts } = buildSample();
    const expected = {
      ok: true,
      id: builder.id,
      seq: builder.seq,
      head: builder.head,
      cycles: 2,
      seals: 4,
      unsealed: 0,
      unsigned: false,
      nodes: [Buffer.from(nodeIdOf(CREATOR.publicKey, sha256)).toString('hex')],
      bytes: builder.bytes().length,
      carried: null,
      frontier: expect.objectContaining({ size: builder.items.length }) as object,
    };
    for (const size of [1, 50, 100_000]) {
      expect(await verifyChain(streamOf(builder.bytes(), size), { limits, receipts: [receipts[2]!] })).toEqual(
        expected,
      );
    }
    expect(await check(builder.bytes(), { hash: (bytes) => new Uint8Array(nativeHash(bytes)) })).toEqual(expected);
  });

  it('says that it is unsigned where a seal is', async () => {
    expect(await check(buildSample(null).builder.bytes())).toMatchObject({
      ok: true,
      unsigned: true,
      nodes: ['0'.repeat(32)],
    });
    const { builder } = buildSample();
    builder.signer = null;
    builder.signal('note', 'key-2');
    builder.seal();
    expect(await check(builder.bytes())).toMatchObject({ ok: true, unsigned: true });
  });

  it('counts what no seal covers', async () => {
    const { builder } = buildSample();
    builder.signal('note', 'key-2');
    builder.signal('note', 'key-3');
    expect(await check(builder.bytes())).toMatchObject({ ok: true, unsealed: 2, seals: 4 });
  });

  it('tells of each item, in order, with its place', async () => {
    const { builder } = buildSample();
    const seen: [number, number, number][] = [];
    const bytes = builder.bytes();
    await check(bytes, {
      onGenesis: (_, place) => seen.push([0, place.offset, place.end]),
      onEntry: (entry, place) => seen.push([entry.seq, place.offset, place.end]),
    });
    let offset = 0;
    expect(seen).toEqual(builder.items.map((item, seq) => [seq, offset, (offset += item.length)]));
  });

  it('does not hide an error of the source', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield buildSample().builder.bytes().subarray(0, 500);
      throw new Error('the disk is gone');
    }
    await expect(verifyChain(broken(), native)).rejects.toThrow('the disk is gone');
  });
});

describe('a change is found and its index named', () => {
  it('in every bit of a sealed object', async () => {
    const builder = new ObjectBuilder();
    builder.seal();
    builder.open();
    builder.outcome({ wake: { tag: 'elapsed', ms: 1000 } });
    builder.seal();
    const bytes = builder.bytes();
    const indexAt = builder.items.flatMap((item, i) => new Array<number>(item.length).fill(i));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const altered = bytes.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      const result = await check(altered);
      if (result.ok) throw new Error(`bit ${bit} was not found`);
      // A changed length can make an item swallow what follows: then the fault lies at that item, or right behind its beginning.
      expect(Math.abs(result.index - indexAt[bit >> 3]!), `bit ${bit}: ${result.message}`).toBeLessThanOrEqual(1);
    }
  });

  it('for an altered entry', async () => {
    const { builder } = buildSample();
    for (let i = 1; i < builder.items.length; i++) {
      expect(await checkItems(alterEntry(builder, i)), `entry ${i}`).toMatchObject({ ok: false, index: i });
    }
  });

  it('for an altered genesis', async () => {
    const { builder } = buildSample();
    const genesis = encodeGenesis(sampleGenesis(CREATOR, { time: 5 }), limits);
    expect(await checkItems(builder.items.with(0, genesis))).toMatchObject({ ok: false, index: 0, reason: 'prev' });
  });

  it('for a deleted entry', async () => {
    const { builder } = buildSample();
    for (let i = 1; i < builder.items.length - 1; i++) {
      expect(await checkItems(builder.items.toSpliced(i, 1)), `entry ${i}`).toMatchObject({
        ok: false,
        index: i,
        reason: 'seq',
      });
    }
    expect(await checkItems(builder.items.slice(1))).toMatchObject({ ok: false, index: 0 });
  });

  it('for two entries that changed places', async () => {
    const { builder } = buildSample();
    for (let i = 1; i < builder.items.length - 1; i++) {
      const items = builder.items.toSpliced(i, 2, builder.items[i + 1]!, builder.items[i]!);
      expect(await checkItems(items), `entry ${i}`).toMatchObject({ ok: false, index: i, reason: 'seq' });
    }
  });

  it('for an inserted entry, repeated or made up to fit', async () => {
    const { builder } = buildSample();
    for (let i = 1; i < builder.items.length; i++) {
      expect(await checkItems(builder.items.toSpliced(i, 0, builder.items[i]!)), `entry ${i}`).toMatchObject({
        ok: false,
        index: i + 1,
        reason: 'seq',
      });
    }
    const before = decodeEntry(builder.items[2]!, limits);
    const fitting = encodeEntry({ ...before, seq: 3, prev: sha256(builder.items[2]!) }, limits);
    expect(await checkItems(builder.items.toSpliced(3, 0, fitting))).toMatchObject({
      ok: false,
      index: 4,
      reason: 'seq',
    });
  });

  it('for a history rewritten with all hashes up to the next seal', async () => {
    const rewritten = new ObjectBuilder();
    rewritten.seal();
    const { builder } = buildSample();
    rewritten.signal('approval', 'another key');
    const seal = decodeEntry(builder.items[3]!, limits);
    const forged = encodeEntry({ ...seal, prev: rewritten.head }, limits);
    expect(await checkItems([...rewritten.items, forged])).toMatchObject({ ok: false, index: 3, reason: 'seal' });
  });

  it('at any truncation: within an item, or as something unsealed, or by the receipt', async () => {
    const { builder, receipts } = buildSample();
    const bytes = builder.bytes();
    const ends = new Set([0]);
    let end = 0;
    for (const item of builder.items) ends.add((end += item.length));
    for (let cut = 0; cut < bytes.length; cut++) {
      const part = bytes.subarray(0, cut);
      const result = await check(part);
      if (!ends.has(cut)) expect(result, `cut at ${cut}`).toMatchObject({ ok: false, reason: 'truncated' });
      expect(await check(part, { receipts: [receipts.at(-1)!] }), `cut at ${cut}`).toMatchObject({ ok: false });
    }
  });
});

describe('a receipt', () => {
  const { builder, receipts } = buildSample();

  it('shows a lost tail, which the chain alone can not', async () => {
    const shorter = builder.items.slice(0, 4);
    expect(await checkItems(shorter)).toMatchObject({ ok: true });
    expect(await checkItems(shorter, { receipts: [receipts[1]!] })).toMatchObject({ ok: true });
    expect(await checkItems(shorter, { receipts: [receipts[2]!] })).toMatchObject({
      ok: false,
      index: 4,
      reason: 'tail',
    });
  });

  it('shows another history', async () => {
    const other = new ObjectBuilder();
    other.seal();
    other.signal('rejection', 'key-1');
    const receipt = other.seal();
    expect(await check(builder.bytes(), { receipts: [receipt] })).toMatchObject({
      ok: false,
      index: 3,
      reason: 'fork',
    });
  });

  it('of another object, or not signed, is refused', async () => {
    const other = new ObjectBuilder(OTHER_NODE).seal();
    expect(await check(builder.bytes(), { receipts: [other] })).toMatchObject({ ok: false, reason: 'receipt' });
    const body = createSeal(
      {
        id: builder.id,
        seq: 3,
        head: filled(32, 1),
        time: 0,
        node: nodeIdOf(CREATOR.publicKey, sha256),
        cycle: 0,
        trust: 0,
      },
      CREATOR,
    );
    const forged = encodeReceipt({ ...body, signature: filled(64, 1) });
    expect(await check(builder.bytes(), { receipts: [forged] })).toMatchObject({ ok: false, reason: 'receipt' });
    await expect(check(builder.bytes(), { receipts: [encode('no receipt')] })).rejects.toMatchObject({
      code: 'object.seal',
    });
  });
});

describe('who wrote and sealed', () => {
  it('refuses a genesis that its creator did not seal', async () => {
    const builder = new ObjectBuilder();
    builder.signer = OTHER_NODE;
    builder.seal();
    expect(await check(builder.bytes())).toMatchObject({ ok: false, index: 1, reason: 'creator' });
    const unsealed = new ObjectBuilder();
    expect(await check(unsealed.bytes())).toMatchObject({ ok: false, index: 0, reason: 'unsealed' });
    const stripped = new ObjectBuilder();
    stripped.signer = null;
    stripped.seal();
    expect(await check(stripped.bytes())).toMatchObject({ ok: false, index: 1, reason: 'creator' });
  });

  it('refuses an entry of one node under the seal of another', async () => {
    const { builder } = buildSample();
    builder.signal('note', 'k');
    builder.signer = OTHER_NODE;
    builder.seal();
    expect(await check(builder.bytes())).toMatchObject({ ok: false, index: builder.seq, reason: 'node' });
  });

  it('lets another node take over what was left unsealed, once it says so', async () => {
    const { builder } = buildSample();
    const from = builder.open('continued');
    const lost = builder.node;
    builder.signer = OTHER_NODE;
    builder.add({ kind: 'recover', body: { lost, from } });
    builder.outcome({ class: 'node-loss', action: null });
    builder.seal();
    expect(await check(builder.bytes())).toMatchObject({ ok: true, unsealed: 0, cycles: 3 });
  });

  it.each([
    ['another node', filled(16, 9), 17],
    ['another first entry', null, 16],
  ])('refuses a take-over that names %s', async (_, lost, from) => {
    const { builder } = buildSample();
    builder.open('continued');
    const node = builder.node;
    builder.signer = OTHER_NODE;
    const index = builder.add({ kind: 'recover', body: { lost: lost ?? node, from } });
    builder.outcome({ class: 'node-loss', action: null });
    builder.seal();
    expect(await check(builder.bytes())).toMatchObject({ ok: false, index, reason: 'recover' });
  });

  it('refuses a take-over where nothing was left', async () => {
    const { builder } = buildSample();
    const index = builder.add({ kind: 'recover', body: { lost: builder.node, from: builder.seq + 1 } });
    builder.seal();
    expect(await check(builder.bytes())).toMatchObject({ ok: false, index, reason: 'recover' });
  });
});

describe('the order of entries', () => {
  it.each([
    ['a signal in an open cycle', (b: ObjectBuilder) => (b.open(), b.signal('a', 'b'))],
    ['a seal in an open cycle', (b: ObjectBuilder) => (b.open(), b.seal(), b.seq)],
    ['an entry behind the outcome', (b: ObjectBuilder) => (b.open(), b.outcome(), b.call(0, 'log.write', {}))],
    ['a second outcome', (b: ObjectBuilder) => (b.open(), b.outcome(), b.outcome())],
    ['a cycle number that is left out', (b: ObjectBuilder) => (b.begin(), b.open())],
    ['a cycle number that comes again', (b: ObjectBuilder) => ((b.cycle -= 1), b.open())],
    ['a signal with the number of the next cycle', (b: ObjectBuilder) => (b.begin(), b.signal('a', 'b'))],
  ])('refuses %s', async (_, step) => {
    const { builder } = buildSample();
    const index = step(builder);
    builder.outcome();
    builder.seal();
    expect(await check(builder.bytes())).toMatchObject({ ok: false, index, reason: 'order' });
  });

  it('refuses a signal under the genesis, and a seal over nothing', async () => {
    const early = new ObjectBuilder();
    early.signal('a', 'b');
    early.seal();
    expect(await check(early.bytes())).toMatchObject({ ok: false, index: 1, reason: 'order' });
    const { builder } = buildSample();
    builder.seal();
    expect(await check(builder.bytes())).toMatchObject({ ok: false, index: builder.seq, reason: 'seal' });
  });
});

describe('bad input', () => {
  it.each([
    ['nothing', new Uint8Array(0), 'unsealed'],
    ['text', new TextEncoder().encode('{"intent":{}}'), 'canonical'],
    ['zeros', filled(100, 0), 'malformed'],
    ['a deep list', filled(1000, 0x81), 'limit'],
    ['an endless length', Uint8Array.of(0x9b, 0, 0x1f, 255, 255, 255, 255, 255, 255), 'limit'],
    ['a later version', encode([2]), 'version'],
  ])('%s is a result, not a crash', async (_, bytes, reason) => {
    expect(await check(bytes)).toMatchObject({ ok: false, index: 0, reason });
  });

  it('an error of the listener about an entry is the verdict on it', async () => {
    const { SojournError } = await import('../../host/errors.ts');
    const result = await check(buildSample().builder.bytes(), {
      onEntry: (entry) => {
        if (entry.seq === 5) throw new SojournError('object.chain', 'entry 5: makes no sense');
      },
    });
    expect(result).toMatchObject({ ok: false, index: 5, reason: 'chain' });
  });
});
