/**
 * Checkpoints (R23): the fold is the same from genesis and from any of them, and one that lies is named. Carried objects: verified from
 * their checkpoint on, with what they keep from before.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { nativeHash } from '../../host/node/native.ts';
import { verifyChain } from '../../host/object/chain.ts';
import type { VerifyOptions, VerifyResult } from '../../host/object/chain.ts';
import { sha256 } from '../../host/object/crypto.ts';
import { decodeEntry } from '../../host/object/entry.ts';
import { applyEntry, createState } from '../../host/object/fold.ts';
import { decodeGenesis } from '../../host/object/genesis.ts';
import type { EntryOf } from '../../host/object/model.ts';
import { PLACED_FIELDS, restoreState, snapshotOf } from '../../host/object/snapshot.ts';
import { SIGNALS_KEPT } from '../../host/object/state.ts';
import type { State } from '../../host/object/state.ts';
import { CREATOR, filled, join, ObjectBuilder, streamOf } from './builder.ts';
import { FULL_LIFE, live, someLife } from './random-life.ts';

const limits = DEFAULT_LIMITS.object;
const hash = (bytes: Uint8Array): Uint8Array => new Uint8Array(nativeHash(bytes));

/** All states of the items, by `seq`. */
function fold(items: readonly Uint8Array[]): ReadonlyMap<number, State> {
  const [genesis = new Uint8Array(0), ...entries] = items;
  let state = createState(decodeGenesis(genesis), hash(genesis));
  const states = new Map([[0, state]]);
  for (const item of entries) {
    state = applyEntry(state, decodeEntry(item), hash(item));
    states.set(state.seq, state);
  }
  return states;
}

function verify(items: readonly Uint8Array[], options: Partial<VerifyOptions> = {}): Promise<VerifyResult> {
  let state: State | null = null;
  return verifyChain(streamOf(join(items)), {
    limits,
    hash,
    onGenesis: (genesis, place) => (state = createState(genesis, place.hash)),
    onEntry: (entry, place) => (state = applyEntry(state!, entry, place.hash)),
    ...options,
  });
}

describe('the fold', () => {
  it('is the same from genesis and from any checkpoint, entry by entry', () => {
    fc.assert(
      fc.property(someLife, (steps) => {
        const { builder, checkpoints } = live(steps);
        const whole = fold(builder.items);
        for (const seq of checkpoints) {
          const carried = fold(builder.carried(seq));
          for (let at = seq; at <= builder.seq; at++) {
            expect(carried.get(at)).toEqual(whole.get(at));
            expect([...(carried.get(at)?.values ?? [])]).toEqual([...(whole.get(at)?.values ?? [])]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('restores every field of a state, each with something in it', () => {
    const { builder, checkpoints } = live(FULL_LIFE);
    const whole = fold(builder.items);
    const seq = checkpoints.at(-1)!;
    const entry = builder.entries[seq - 1] as EntryOf<'checkpoint'>;
    const state = whole.get(seq - 1)!;
    expect(restoreState(state.genesis, state.id, entry)).toEqual(state);
    expect(snapshotOf(restoreState(state.genesis, state.id, entry))).toEqual(snapshotOf(state));
    const empty = createState(state.genesis, state.id);
    const placed: readonly string[] = PLACED_FIELDS;
    const untouched = (Object.keys(empty) as (keyof State)[])
      .filter((field) => !placed.includes(field))
      .filter((field) => JSON.stringify(shown(state[field])) === JSON.stringify(shown(empty[field])));
    expect(untouched).toEqual([]);
  });

  it('knows the last signals only, and of those the payloads that no handler could read', () => {
    const builder = new ObjectBuilder();
    builder.seal();
    for (let n = 0; n < SIGNALS_KEPT + 3; n++) builder.signal('go', `key-${n}`);
    builder.seal();
    const { signals, waiting } = builder.state();
    expect(signals.map(({ key }) => key)).toEqual(Array.from({ length: SIGNALS_KEPT }, (_, n) => `key-${n + 3}`));
    expect(waiting.map(({ seq }) => seq)).toEqual(signals.map(({ seq }) => seq));
    builder.open();
    builder.outcome();
    builder.seal();
    expect(builder.state().waiting).toEqual([]);
    expect(builder.state().signals).toHaveLength(SIGNALS_KEPT);
  });

  it('stops where too much stands without a seal', () => {
    const builder = new ObjectBuilder();
    builder.seal();
    builder.signal('go', 'key');
    const [entry, state] = [builder.entries.at(-1)!, builder.state()];
    const full = { ...state, unsealed: 16_384 };
    expect(() => applyEntry(full, { ...entry, seq: entry.seq + 1 }, builder.head)).toThrow(
      expect.objectContaining({ code: 'object.limit' }) as Error,
    );
  });
});

function shown(field: unknown): unknown {
  return field instanceof Map ? [...(field as ReadonlyMap<unknown, unknown>)] : field;
}

describe('a checkpoint', () => {
  it('in a whole history holds, and a carried object from any of them', async () => {
    await fc.assert(
      fc.asyncProperty(someLife, async (steps) => {
        const { builder, checkpoints } = live(steps);
        const whole = await verify(builder.items);
        expect(whole).toMatchObject({ ok: true, carried: null, seq: builder.seq });
        for (const seq of checkpoints) {
          const node = Buffer.from(builder.entries[seq - 1]!.node).toString('hex');
          const found = await verify(builder.carried(seq));
          expect(found).toMatchObject({ ok: true, seq: builder.seq, carried: { seq, node, signed: true } });
          expect(found).toMatchObject({ frontier: whole.ok ? whole.frontier : null, head: builder.head });
        }
      }),
      { numRuns: 15 },
    );
  });

  /** A sealed object with a checkpoint that is not what it should be. */
  function lying(change: Parameters<ObjectBuilder['checkpoint']>[0]): {
    readonly builder: ObjectBuilder;
    readonly seq: number;
  } {
    const builder = new ObjectBuilder();
    builder.seal();
    builder.signal('go', 'key');
    builder.seal();
    const seq = builder.checkpoint(change);
    builder.seal();
    return { builder, seq };
  }

  it('that lies about its root is named', async () => {
    const { builder, seq } = lying({ frontier: [filled(32, 7)] });
    expect(await verify(builder.items)).toMatchObject({ ok: false, index: seq, reason: 'checkpoint' });
    // nobody can tell from the carried object alone; the next checkpoint or the archive does
    expect(await verify(builder.carried(seq))).toMatchObject({ ok: true });
  });

  it('that lies about the state is named', async () => {
    const honest = lying({}).builder.entries[3] as EntryOf<'checkpoint'>;
    const state = (honest.body.state as unknown[]).with(3, 900) as EntryOf<'checkpoint'>['body']['state'];
    const { builder, seq } = lying({ state });
    expect(await verify(builder.items)).toMatchObject({ ok: false, index: seq, reason: 'chain' });
  });

  it('of another size, or with no tree of its size, is named in both forms', async () => {
    for (const change of [{ size: 3 }, { frontier: [filled(32, 7), filled(32, 8)] }]) {
      const { builder, seq } = lying(change);
      expect(await verify(builder.items)).toMatchObject({ ok: false, index: seq });
      expect(await verify(builder.carried(seq))).toMatchObject({ ok: false, index: seq, reason: 'checkpoint' });
    }
  });

  it('with a state that is none is refused', async () => {
    for (const state of [null, [], 'x']) {
      const { builder, seq } = lying({ state });
      expect(await verify(builder.carried(seq))).toMatchObject({ ok: false, reason: 'malformed' });
      expect(await verify(builder.items)).toMatchObject({ ok: false, index: seq });
    }
  });

  it('stands right behind a seal, and between cycles', async () => {
    const builder = new ObjectBuilder();
    builder.seal();
    const { state } = (lying({}).builder.entries[3] as EntryOf<'checkpoint'>).body;
    builder.signal('go', 'key');
    const seq = builder.checkpoint({ state });
    builder.seal();
    expect(await verify(builder.items)).toMatchObject({ ok: false, index: seq, reason: 'order' });
  });
});

describe('a carried object', () => {
  function sample(): { readonly builder: ObjectBuilder; readonly seq: number } {
    const { builder, checkpoints } = live(FULL_LIFE);
    return { builder, seq: checkpoints.at(-1)! };
  }

  it('can leave its handler out, and no other blob', async () => {
    const { builder, seq } = sample();
    expect(await verify(builder.carried(seq, (media) => media !== 'application/wasm'))).toMatchObject({ ok: true });
    const without = builder.carried(seq, (media) => media === 'application/wasm');
    expect(await verify(without)).toMatchObject({ ok: false, index: 2, reason: 'checkpoint' });
  });

  it('with another blob in the place of one, or one more, is refused', async () => {
    const { builder, seq } = sample();
    const other = new ObjectBuilder(CREATOR);
    other.add({ kind: 'blob', body: { media: 'application/wasm', bytes: filled(40, 66) } });
    const items = builder.carried(seq);
    expect(await verify(items.with(1, other.items[1]!))).toMatchObject({ ok: false, index: 1, reason: 'checkpoint' });
    expect(await verify(items.toSpliced(1, 0, other.items[1]!))).toMatchObject({ ok: false, reason: 'checkpoint' });
    expect(await verify(items.toSpliced(2, 0, items[2]!))).toMatchObject({ ok: false, reason: 'checkpoint' });
    expect(await verify([items[0]!, items[2]!, items[1]!, ...items.slice(3)])).toMatchObject({ ok: false });
  });

  it('that was altered in any byte is refused', async () => {
    const { builder, seq } = sample();
    const bytes = join(builder.carried(seq));
    for (let at = 0; at < bytes.length; at += 7) {
      const found = await verify([bytes.with(at, bytes[at]! ^ 0x10)]);
      expect(found.ok, `byte ${at}`).toBe(false);
    }
  });

  it('is held against receipts of what it carries; one of what is archived needs the archive', async () => {
    const builder = new ObjectBuilder();
    const receipts = [builder.seal()];
    builder.signal('go', 'key');
    receipts.push(builder.seal());
    const seq = builder.checkpoint();
    receipts.push(builder.seal());
    const items = builder.carried(seq);
    expect(await verify(items, { receipts: [receipts[2]!] })).toMatchObject({ ok: true });
    expect(await verify(items, { receipts: [receipts[1]!] })).toMatchObject({
      ok: false,
      index: 3,
      reason: 'archived',
    });
    builder.signal('more', 'key');
    const later = builder.seal();
    expect(await verify(items, { receipts: [later] })).toMatchObject({ ok: false, reason: 'tail', index: seq + 2 });
  });

  it('without a seal behind its checkpoint is refused', async () => {
    const { builder, seq } = sample();
    expect(await verify(builder.carried(seq).slice(0, -1))).toMatchObject({ ok: false, reason: 'unsealed' });
  });

  it('is checked by the pure cryptography too', async () => {
    const { builder, seq } = sample();
    expect(await verify(builder.carried(seq), { hash: sha256 })).toMatchObject({ ok: true });
  });
});
