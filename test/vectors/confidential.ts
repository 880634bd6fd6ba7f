/** Objects with bodies that are not for everybody, whole and with two of them taken out, and ways in which such bodies break. */
import { createReaderKey, sha256 } from '../../host/object/crypto.ts';
import { decodeEntry, encodeEntry } from '../../host/object/entry.ts';
import type { ConfidentialBody } from '../../host/object/model.ts';
import { filled, join, ObjectBuilder, outcome, PERMIT } from '../object/builder.ts';
import type { BrokenObject } from './broken.ts';
import type { SoundObject } from './sound.ts';

/** The secret key that opens all of them. */
export const READER_SECRET = filled(32, 0x51);
const READERS = [createReaderKey(READER_SECRET).publicKey, createReaderKey(filled(32, 0x52)).publicKey];
const SECRET = 'DE02 1203 0000 0000 2020 51';
/** Of the call and of its result. */
const [CALL, RESULT, VERDICT] = [5, 6, 8] as const;

export function confidential(): SoundObject {
  const builder = new ObjectBuilder();
  const receipts = [builder.seal()];
  builder.add({ kind: 'signal', body: { name: 'iban', key: 'key-1', payload: SECRET } }, READERS);
  receipts.push(builder.seal());
  builder.open();
  const request = { url: 'https://bank.example/pay', method: 'POST', body: SECRET };
  const call = { index: 0, operation: 'http.send', request, key: 'a key', verdict: PERMIT };
  const seq = builder.add({ kind: 'call', body: call }, READERS);
  const value = { status: 200, headers: [], body: null };
  builder.add({ kind: 'result', body: { call: seq, class: 'success', error: null, value, message: null } }, READERS);
  builder.propose('execution', { step: 'note', into: 'paid' });
  builder.add({ kind: 'outcome', body: outcome({ value: { to: SECRET }, calls: 1 }) }, READERS.slice(0, 1));
  receipts.push(builder.seal());
  const title = 'a signal, a call, its result and an outcome that are confidential to two readers or one';
  return { name: 'confidential', title, builder, receipts, reader: READER_SECRET };
}

export function redacted(): SoundObject {
  const sound = confidential();
  for (const index of [CALL, RESULT]) sound.builder.items[index] = redact(sound.builder.items[index]!);
  return { ...sound, name: 'redacted', title: 'the same with the bodies of the call and its result taken out' };
}

function closed(item: Uint8Array): ConfidentialBody {
  const entry = decodeEntry(item);
  if (entry.kind !== 'confidential') throw new Error(`expected a closed entry, found ${entry.kind}`);
  return entry.body;
}

function withBody(item: Uint8Array, changes: Partial<ConfidentialBody>): Uint8Array {
  return encodeEntry({ ...decodeEntry(item), kind: 'confidential', body: { ...closed(item), ...changes } });
}

function redact(item: Uint8Array): Uint8Array {
  return withBody(item, { sealed: null });
}

export function badConfidential(): BrokenObject[] {
  const { items } = confidential().builder;
  const { sealed } = closed(items[RESULT]!);
  const altered = sealed!.slice();
  altered[90]! ^= 1;
  const short = sealed!.slice(0, -1);
  const open = decodeEntry(items[VERDICT]!);
  const verdict = { ...open, kind: 'confidential', body: { ...closed(items[CALL]!), inner: 'verdict' } };
  const bad = (name: string, title: string, index: number, item: Uint8Array, reason: BrokenObject['reason']) => {
    return { name: `broken-confidential-${name}`, title, bytes: join(items.with(index, item)), index, reason };
  };
  return [
    bad('altered', 'a ciphertext that is not that of its digest', RESULT, withBody(items[RESULT]!, { sealed: altered }), 'malformed'), // prettier-ignore
    bad('swapped', 'another ciphertext with its own digest', RESULT, withBody(items[RESULT]!, { sealed: altered, digest: sha256(altered) }), 'prev'), // prettier-ignore
    bad('form', 'a ciphertext that is no COSE_Encrypt of the one form', RESULT, withBody(items[RESULT]!, { sealed: short, digest: sha256(short) }), 'malformed'), // prettier-ignore
    // the types know of no confidential verdict
    bad('kind', 'a confidential body of a kind that has none', VERDICT, encodeEntry(verdict as never), 'malformed'),
  ];
}
