import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encode } from '../../host/object/codec.ts';
import { createEd25519Signer, sha256, verifyEd25519 } from '../../host/object/crypto.ts';
import {
  checkReceipt,
  checkSeal,
  createSeal,
  decodeReceipt,
  decodeStatement,
  encodeReceipt,
  encodeStatement,
  nodeIdOf,
} from '../../host/object/seal.ts';
import type { SealStatement } from '../../host/object/model.ts';
import { CREATOR, filled, OTHER_NODE } from './builder.ts';

const ports = { hash: sha256, verify: verifyEd25519 };
const node = nodeIdOf(CREATOR.publicKey, sha256);
const statement: SealStatement = {
  id: filled(32, 1),
  seq: 4,
  head: filled(32, 2),
  time: 1_767_225_600_000,
  node,
  cycle: 1,
  trust: 990,
};
const seal = createSeal(statement, CREATOR);

describe('Ed25519', () => {
  it('signs as RFC 8032 section 7.1, test 2, does', () => {
    const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
    const signer = createEd25519Signer(hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'));
    expect(signer.publicKey).toEqual(hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'));
    const signature = hex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    expect(signer.sign(hex('72'))).toEqual(signature);
    expect(verifyEd25519(signer.publicKey, hex('72'), signature)).toBe(true);
  });

  it('is false, and does not throw, for keys and signatures that are none', () => {
    const message = filled(3, 1);
    expect(verifyEd25519(filled(5, 1), message, filled(64, 1))).toBe(false);
    expect(verifyEd25519(CREATOR.publicKey, message, filled(1, 1))).toBe(false);
    expect(verifyEd25519(filled(32, 255), message, filled(64, 255))).toBe(false);
  });

  it('refuses a small-order key, for which one signature fits every message', () => {
    const identity = Uint8Array.of(1, ...filled(31, 0));
    expect(verifyEd25519(identity, filled(3, 1), Uint8Array.of(...identity, ...filled(32, 0)))).toBe(false);
  });
});

describe('a seal', () => {
  it('is a COSE_Sign1 that stock cryptography can check', () => {
    const header = Buffer.concat([Buffer.from('a20127045820', 'hex'), CREATOR.publicKey]);
    const signed = encode(['Signature1', Uint8Array.from(header), new Uint8Array(0), seal.statement]);
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), CREATOR.publicKey]);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    expect(verify(null, signed, key, seal.signature!)).toBe(true);
  });

  it('holds for what it was made for', () => {
    expect(checkSeal(seal, statement, ports)).toEqual({ ok: true, statement, signed: true });
    expect(decodeStatement(seal.statement)).toEqual(statement);
  });

  it.each([
    ['id', filled(32, 9)],
    ['seq', 5],
    ['head', filled(32, 9)],
    ['time', 3],
    ['node', filled(16, 9)],
    ['cycle', 2],
  ] as const)('does not hold for another %s', (field, value) => {
    expect(checkSeal(seal, { ...statement, [field]: value }, ports)).toMatchObject({ ok: false, reason: 'seal' });
  });

  it('does not hold with a key or signature of another node', () => {
    const other = createSeal(statement, OTHER_NODE);
    expect(checkSeal(other, statement, ports)).toMatchObject({ ok: false, reason: 'node' });
    expect(checkSeal({ ...seal, signature: other.signature }, statement, ports)).toMatchObject({
      ok: false,
      reason: 'signature',
    });
    expect(checkSeal({ ...seal, publicKey: null, signature: null }, statement, ports)).toMatchObject({
      ok: false,
      reason: 'node',
    });
  });

  it('covers the trust slope by its signature', () => {
    const raised = { ...seal, statement: encodeStatement({ ...statement, trust: 991 }) };
    expect(checkSeal(raised, statement, ports)).toMatchObject({ ok: false, reason: 'signature' });
  });

  it('of a node without a key says that it is unsigned', () => {
    const bare = { ...statement, node: filled(16, 0) };
    expect(checkSeal(createSeal(bare, null), bare, ports)).toEqual({ ok: true, statement: bare, signed: false });
  });
});

describe('a receipt', () => {
  it('is checked without the object', () => {
    const receipt = encodeReceipt(seal);
    expect(decodeReceipt(receipt)).toEqual({ seal, statement });
    expect(checkReceipt(receipt, ports)).toMatchObject({ ok: true, signed: true });
  });

  it('that was altered in any bit is refused', () => {
    const receipt = encodeReceipt(seal);
    for (let bit = 0; bit < receipt.length * 8; bit++) {
      const altered = receipt.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      let held: boolean;
      try {
        held = checkReceipt(altered, ports).ok;
      } catch (error) {
        expect(error).toMatchObject({ name: 'SojournError' });
        held = false;
      }
      expect(held, `bit ${bit}`).toBe(false);
    }
  });

  it.each([
    ['a text', encode('x'), 'object.seal'],
    ['a longer list', encode([1, 2, 3, 4, 5]), 'object.seal'],
    [
      'a statement of a later version',
      encode([new Uint8Array(0), {}, encode(['sojourn/seal', 2]), new Uint8Array(0)]),
      'object.version',
    ],
    [
      'a statement of something else',
      encode([new Uint8Array(0), {}, encode(['other', 1]), new Uint8Array(0)]),
      'object.seal',
    ],
    ['a megabyte', filled(1 << 20, 0x80), 'object.malformed'],
  ])('refuses %s', (_, bytes, code) => {
    expect(() => decodeReceipt(bytes)).toThrow(expect.objectContaining({ code }) as Error);
  });
});
