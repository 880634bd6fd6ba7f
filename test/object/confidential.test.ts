import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { chainBytes, itemHash } from '../../host/object/chain-bytes.ts';
import { verifyChain } from '../../host/object/chain.ts';
import { createOpener } from '../../host/object/confidential.ts';
import { createReaderKey, readerKeyOf, readerSecretOf, sha256 } from '../../host/object/crypto.ts';
import { decodeEntry, encodeEntry } from '../../host/object/entry.ts';
import { foldTo } from '../../host/object/fold.ts';
import type { ConfidentialBody, Entry, EntryBody } from '../../host/object/model.ts';
import type { ReaderKey } from '../../host/ports.ts';
import { CREATOR, filled, ObjectBuilder, outcome, PERMIT } from './builder.ts';

const LIMITS = DEFAULT_LIMITS.object;
const READER = createReaderKey(filled(32, 0x51));
const OTHER = createReaderKey(filled(32, 0x52));
const SECRET = 'the patient has the flu';

/** A cycle whose call and result are for READER alone: entries 3 and 4, value `note` committed by entry 3. */
function sample(readers: readonly Uint8Array[] = [READER.publicKey]): ObjectBuilder {
  const builder = new ObjectBuilder();
  builder.seal();
  builder.open();
  const request = { key: 'note', value: JSON.stringify(SECRET) };
  const call: EntryBody = {
    kind: 'call',
    body: { index: 0, operation: 'kv.set', request, key: null, verdict: PERMIT },
  };
  const seq = builder.add(call, readers);
  builder.add(
    { kind: 'result', body: { call: seq, class: 'success', error: null, value: SECRET, message: null } },
    readers,
  );
  builder.propose('dormancy', { until: 'later' });
  builder.add({ kind: 'outcome', body: outcome({ action: 'dormancy', wake: { tag: 'elapsed', ms: 1000 } }) }, readers);
  builder.seal();
  return builder;
}

async function* stream(items: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* items;
}

function verify(items: readonly Uint8Array[], reader: ReaderKey | null = null) {
  return verifyChain(stream(items), { limits: LIMITS, reader });
}

function closed(entry: Entry): ConfidentialBody {
  if (entry.kind !== 'confidential') throw new Error(`expected a closed entry, found ${entry.kind}`);
  return entry.body;
}

/** The item as it stands once its ciphertext is gone. */
function redact(item: Uint8Array): Uint8Array {
  const entry = decodeEntry(item, LIMITS);
  return encodeEntry({ ...entry, kind: 'confidential', body: { ...closed(entry), sealed: null } });
}

describe('a confidential body', () => {
  test('is the entry as it was for its reader, and closed for everybody else', () => {
    const { items, entries, id } = sample();
    const opened = decodeEntry(items[3]!, LIMITS, 0, createOpener(id, READER));
    const { cover, ...plain } = opened;
    expect(encodeEntry(plain as Entry)).toEqual(encodeEntry(entries[2]!));
    expect(cover?.readers).toHaveLength(1);
    for (const open of [null, createOpener(id, OTHER)]) {
      const body = closed(decodeEntry(items[3]!, LIMITS, 0, open));
      expect(body.inner).toBe('call');
    }
    expect(Buffer.concat(items).includes('flu')).toBe(false);
  });

  test('verifies without a key, and folds with one', async () => {
    const { items, seq } = sample();
    expect(await verify(items)).toMatchObject({ ok: true, seq, cycles: 1, seals: 2, unsealed: 0 });
    expect(await verify(items, READER)).toMatchObject({ ok: true, seq });
    const state = await foldTo(stream(items), seq, LIMITS, sha256, READER);
    expect(state).toMatchObject({ status: 'dormant', cycle: 1 });
    expect(state.values.get('note')).toEqual({ value: SECRET, seq: 3 });
    await expect(foldTo(stream(items), seq, LIMITS)).rejects.toMatchObject({
      code: 'object.confidential',
      details: { index: 3 },
    });
  });

  test('is written in one form only: what is decoded encodes to the same bytes', () => {
    for (const item of sample().items.slice(1)) expect(encodeEntry(decodeEntry(item, LIMITS))).toEqual(item);
  });

  test('that is altered is named by its index', async () => {
    const { items } = sample();
    for (const at of [items[3]!.length - 1, items[3]!.length - 60, items[3]!.length - 200]) {
      const altered = items[3]!.slice();
      altered[at]! ^= 1;
      const result = await verify(items.with(3, altered));
      expect(result).toMatchObject({ ok: false, index: 3, reason: 'malformed' });
      expect(result).toHaveProperty('message', expect.stringContaining('digest'));
    }
  });

  test('whose ciphertext and digest are both altered breaks the chain', async () => {
    const { items } = sample();
    const entry = decodeEntry(items[3]!, LIMITS);
    const sealed = closed(entry).sealed!.slice();
    sealed[100]! ^= 1;
    const item = encodeEntry({
      ...entry,
      kind: 'confidential',
      body: { inner: 'call', sealed, digest: sha256(sealed) },
    });
    expect(await verify(items.with(3, item))).toMatchObject({ ok: false, index: 3, reason: 'prev' });
  });

  test('that its own node moved to another entry, object or kind does not open: its reader is told where', async () => {
    const { items, id } = sample();
    const body = closed(decodeEntry(items[4]!, LIMITS));
    const moved = (changes: Partial<Entry>): Uint8Array =>
      encodeEntry({ ...decodeEntry(items[4]!, LIMITS), ...changes, kind: 'confidential', body });
    expect(() => decodeEntry(moved({}), LIMITS, 0, createOpener(id, READER))).not.toThrow();
    expect(() => decodeEntry(moved({ seq: 5 }), LIMITS, 0, createOpener(id, READER))).toThrow(
      /entry 5 body: .*do|open/,
    );
    expect(() => decodeEntry(moved({}), LIMITS, 0, createOpener(filled(32, 9), READER))).toThrow(SojournError);
    const kind = encodeEntry({ ...decodeEntry(items[4]!, LIMITS), kind: 'confidential', body: { ...body, inner: 'proposal' } }); // prettier-ignore
    expect(() => decodeEntry(kind, LIMITS, 0, createOpener(id, READER))).toThrow(/open with the key/);

    const swapped = new ObjectBuilder();
    swapped.seal();
    swapped.open();
    swapped.add({ kind: 'confidential', body: closed(decodeEntry(items[3]!, LIMITS)) });
    swapped.add({ kind: 'confidential', body: { ...closed(decodeEntry(items[3]!, LIMITS)), inner: 'result' } });
    swapped.outcome();
    swapped.seal();
    expect(await verify(swapped.items)).toMatchObject({ ok: true });
    expect(await verify(swapped.items, READER)).toMatchObject({ ok: false, index: 4, reason: 'malformed' });
  });

  test('that was taken out leaves every hash, seal and receipt as it was', async () => {
    const builder = sample();
    const { items } = builder;
    const copy = items.with(3, redact(items[3]!)).with(4, redact(items[4]!));
    expect(Buffer.concat(copy).length).toBeLessThan(Buffer.concat(items).length - 400);
    const whole = await verify(items);
    const { bytes, ...rest } = whole as typeof whole & { readonly bytes: number };
    expect(await verify(copy)).toMatchObject(rest);
    expect(bytes).toBe(Buffer.concat(items).length);
    expect(await verify(copy, READER)).toMatchObject({ ok: true });
    expect(await verify(copy.with(4, items[4]!), READER)).toMatchObject({ ok: true });
    await expect(foldTo(stream(copy), 8, LIMITS, sha256, READER)).rejects.toThrow(/entry 3: .*redacted/);
  });

  test('cannot be taken out where it is not confidential, and not be put in for another', async () => {
    const { items } = sample();
    const open = decodeEntry(items[2]!, LIMITS);
    const bare = encodeEntry({
      ...open,
      kind: 'confidential',
      body: { inner: 'call', digest: filled(32, 1), sealed: null },
    });
    expect(await verify(items.with(2, bare))).toMatchObject({ ok: false, index: 2, reason: 'prev' });
    const other = sample([OTHER.publicKey]).items[3]!;
    expect(await verify(items.with(3, other))).toMatchObject({ ok: false, reason: 'prev', index: 3 });
  });

  test.each(['blob', 'open', 'seal', 'recover', 'verdict', 'wake', 'child', 'witness', 'checkpoint', 'attempts'])(
    'is refused for a %s entry',
    (kind) => {
      const { items } = sample();
      const entry = decodeEntry(items[3]!, LIMITS);
      const forged = encodeEntry({ ...entry, body: { ...closed(entry), inner: kind } } as unknown as Entry);
      expect(() => decodeEntry(forged, LIMITS)).toThrow(/never confidential/);
    },
  );

  test('whose plaintext is no body of its kind is refused with the path', () => {
    const { items, id } = sample();
    const header = decodeEntry(items[3]!, LIMITS);
    const body = { name: 'a', key: 'k', payload: null };
    const sealing = { id, readers: [READER.publicKey], random: (length: number) => filled(length, 1) };
    const signal = encodeEntry({ ...header, kind: 'signal', body }, LIMITS, sealing);
    expect(decodeEntry(signal, LIMITS, 0, createOpener(id, READER))).toMatchObject({ kind: 'signal', body });
    expect(() => encodeEntry({ ...header, kind: 'open', body } as unknown as Entry, LIMITS, sealing)).toThrow(
      SojournError,
    );
  });

  test('can be sealed to whoever has an Ed25519 key', () => {
    const seed = filled(32, 1);
    const own = createReaderKey(readerSecretOf(seed));
    expect(own.publicKey).toEqual(readerKeyOf(CREATOR.publicKey));
  });
});

describe('the bytes that the chain is made of', () => {
  test('are those of the redacted item, and of every other item as it stands', () => {
    for (const item of sample().items) {
      const chained = chainBytes(item);
      const isClosed =
        item !== sample().items[0] && item[0] === 0x88 && decodeEntry(item, LIMITS).kind === 'confidential';
      expect(chained).toEqual(isClosed ? redact(item) : item);
      expect(chainBytes(chained)).toEqual(chained);
      expect(itemHash(item, sha256)).toEqual(sha256(chained));
    }
  });

  test('are the bytes themselves for whatever is no such item, beginnings of one included', () => {
    const item = sample().items[3]!;
    for (let end = 0; end < item.length; end++)
      expect(chainBytes(item.subarray(0, end))).toEqual(item.subarray(0, end));
    expect(chainBytes(Uint8Array.from([...item, 0]))).toEqual(Uint8Array.from([...item, 0]));
    fc.assert(
      fc.property(fc.nat(item.length - 1), fc.uint8Array({ maxLength: 64 }), (at, other) => {
        const mixed = Uint8Array.from([...item.subarray(0, at), ...other]);
        const chained = chainBytes(mixed);
        expect(chained.length).toBeLessThanOrEqual(mixed.length);
        if (chained.length === mixed.length) expect(chained).toEqual(mixed);
      }),
    );
  });
});
