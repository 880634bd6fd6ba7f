import { createDecipheriv, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';
import { aeskw } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, hex } from '../../host/json.ts';
import { encode } from '../../host/object/codec.ts';
import {
  decryptWith,
  encryptTo,
  isReaderKey,
  keyEncryptionKey,
  parseEnvelope,
  readerId,
} from '../../host/object/cose-encrypt.ts';
import { createReaderKey } from '../../host/object/crypto.ts';
import { Mismatch } from '../../host/object/shape.ts';
import { filled } from './builder.ts';
import { ambiguous } from './two-texts.ts';

const ALICE = createReaderKey(filled(32, 0x11));
const BOB = createReaderKey(filled(32, 0x22));
const CAROL = createReaderKey(filled(32, 0x33));
const AAD = new TextEncoder().encode('where it stands');
const PLAIN = new TextEncoder().encode('what is not for everybody');

/** Bytes that count up: the same for each test. */
function counter(): (length: number) => Uint8Array {
  let next = 1;
  return (length) => filled(length, next++);
}

function sealed(readers = [ALICE, BOB]): Uint8Array {
  const keys = readers.map(({ publicKey }) => publicKey);
  return encryptTo(PLAIN, AAD, keys, counter());
}

function bytes(digits: string): Uint8Array {
  return fromHex(digits.toLowerCase())!;
}

describe('COSE_Encrypt', () => {
  test('opens for each of its readers and for nobody else', () => {
    const envelope = parseEnvelope(sealed());
    expect(decryptWith(envelope, AAD, ALICE)).toEqual({ kind: 'plain', bytes: PLAIN });
    expect(decryptWith(envelope, AAD, BOB)).toEqual({ kind: 'plain', bytes: PLAIN });
    expect(decryptWith(envelope, AAD, CAROL)).toEqual({ kind: 'closed' });
  });

  test('does not open in another place', () => {
    expect(decryptWith(parseEnvelope(sealed()), Uint8Array.of(1), ALICE)).toEqual({ kind: 'broken' });
  });

  test('does not open once any bit of what a reader depends on is altered', () => {
    const good = sealed([ALICE]);
    for (let bit = 0; bit < good.length * 8; bit += 5) {
      const altered = good.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      let opened: string;
      try {
        opened = decryptWith(parseEnvelope(altered), AAD, ALICE).kind;
      } catch (error) {
        expect(error).toBeInstanceOf(Mismatch);
        opened = 'refused';
      }
      // X25519 ignores the top bit of a coordinate: that one alone changes nothing, and the digest in the entry binds it
      if (opened === 'plain') expect(hex(altered)).toBe(hex(ephemeralTopBit(good)));
      else expect(['closed', 'broken', 'refused']).toContain(opened);
    }
  });

  test('opens to one text for all readers, where a writer made bytes that open to two', () => {
    const mine = parseEnvelope(sealed());
    const [first, second] = [filled(32, 1), filled(32, 0xbb)]; // the counter's first bytes are the content key
    const header = Uint8Array.from([...bytes('a201181866636f6d6d69745820'), ...mine.commitment]);
    const aad = encode(['Encrypt', header, AAD]);
    const ciphertext = ambiguous([first, second], mine.nonce, aad);
    const texts = [first, second].map((key) => hex(chacha20poly1305(key, mine.nonce, aad).decrypt(ciphertext)));
    expect(new Set(texts).size).toBe(2);
    const recipients = mine.recipients.map((one) => {
      if (hex(one.reader) !== hex(readerId(BOB.publicKey))) return one;
      return { ...one, wrapped: aeskw(keyEncryptionKey(BOB.agree(one.ephemeral))).encrypt(second) };
    });
    expect(decryptWith({ ...mine, recipients, ciphertext }, AAD, ALICE).kind).toBe('plain');
    expect(decryptWith({ ...mine, recipients, ciphertext }, AAD, BOB).kind).toBe('broken');
  });

  test('takes 16 readers and refuses none, a 17th, one twice and keys that are none', () => {
    const many = Array.from({ length: 17 }, (_, i) => createReaderKey(filled(32, i + 1)));
    expect(parseEnvelope(sealed(many.slice(0, 16))).recipients).toHaveLength(16);
    expect(() => sealed(many)).toThrow(/1 to 16 readers/);
    expect(() => sealed([])).toThrow(/1 to 16 readers/);
    expect(() => sealed([ALICE, ALICE])).toThrow(/each reader once/);
    for (const key of [filled(31, 1), new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31)), filled(32, 0xff)]) {
      expect(isReaderKey(key)).toBe(false);
    }
    expect(isReaderKey(ALICE.publicKey)).toBe(true);
  });

  test('has one form: another order of readers, more or fewer bytes are refused', () => {
    const good = sealed();
    const recipient = good.length - sealed([ALICE]).length;
    const swapped = Uint8Array.from([
      ...good.subarray(0, -2 * recipient),
      ...good.subarray(-recipient),
      ...good.subarray(-2 * recipient, -recipient),
    ]);
    expect(() => parseEnvelope(swapped)).toThrow(/in order of their ids/);
    expect(() => parseEnvelope(good.subarray(0, -1))).toThrow(Mismatch);
    expect(() => parseEnvelope(Uint8Array.from([...good, 0]))).toThrow(/the end/);
    expect(() => parseEnvelope(new Uint8Array(0))).toThrow(Mismatch);
  });

  test('never throws anything but a Mismatch, whatever the bytes are', () => {
    const good = sealed();
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.uint8Array({ maxLength: 40 }), (at, other) => {
        const mixed = Uint8Array.from([...good.subarray(0, at), ...other]);
        try {
          parseEnvelope(mixed);
        } catch (error) {
          expect(error).toBeInstanceOf(Mismatch);
        }
      }),
    );
  });
});

describe('against others', () => {
  // Facts from https://github.com/cose-wg/Examples: ecdh-wrap-examples/p256-wrap-256-01, X25519-tests/x25519-hkdf-256-direct,
  // chacha-poly-examples/chacha-poly-enc-01; and from RFC 3394 section 4.6.
  test('derives the key encryption key of the working group’s example of ECDH-ES + A256KW', () => {
    const secret = bytes('8BED545F07A7F39BD7179403C94E7D9862D0A5630217C289B8B4D953490D6D9E');
    expect(hex(keyEncryptionKey(secret))).toBe('185e6208b1e0abee41fcd0890318ffe5320b5fb2d66b4976f7a51a9493e5b502');
  });

  test('agrees on the secret of the working group’s example with X25519', () => {
    const key = createReaderKey(bytes('00a943daa2e38b2edbf0da0434eaaec6016fe25dcd5ecacbc07dc30300567655'));
    expect(hex(key.publicKey)).toBe('7ffe91f5f932dae92be603f55fac0f4c4c9328906ee550edcb7f6f7626ebc07e');
    const ephemeral = bytes('72FC171C21BF5C682C64D2EF3A71AC877B40013D3754F63D4C3C3A965F1BA776');
    expect(hex(key.agree(ephemeral))).toBe('c2e9009387087408523b5603d1ba5245fd95758d656c4440a82c34db45cd0d5e');
  });

  test('the libraries encrypt and wrap as the published examples do', () => {
    const contentKey = bytes('0F1E2D3C4B5A69788796A5B4C3D2E1F01F2E3D4C5B6A798897A6B5C4D3E2F100');
    const aad = bytes('8368456E63727970743044A101181840');
    const text = new TextEncoder().encode('This is the content.');
    expect(hex(chacha20poly1305(contentKey, bytes('5C3A9950BD2852F66E6C8D4F'), aad).encrypt(text))).toBe(
      'ca119c45926da993d29b5d0cac9a84228c7668d492a1b9d7e32020ef21372e74def431b9',
    );
    const kek = bytes('000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F');
    const key = bytes('00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F');
    expect(hex(aeskw(kek).encrypt(key))).toBe(
      '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21',
    );
  });

  test('Node’s own cryptography opens it, following the RFCs step by step', () => {
    const { commitment, nonce, ciphertext, recipients } = parseEnvelope(sealed());
    const own = recipients.find(({ reader }) => hex(reader) === hex(readerId(BOB.publicKey)))!;
    const der = (prefix: string, key: Uint8Array): Buffer => Buffer.concat([Buffer.from(prefix, 'hex'), key]);
    const secret = diffieHellman({
      privateKey: createPrivateKey({ key: der('302e020100300506032b656e04220420', filled(32, 0x22)), format: 'der', type: 'pkcs8' }), // prettier-ignore
      publicKey: createPublicKey({ key: der('302a300506032b656e032100', own.ephemeral), format: 'der', type: 'spki' }),
    });
    const context = bytes('842483f6f6f683f6f6f68219010044a101381e');
    const kek = Buffer.from(hkdfSync('sha256', secret, new Uint8Array(0), context, 32));
    const unwrap = createDecipheriv('id-aes256-wrap', kek, Buffer.alloc(8, 0xa6));
    const contentKey = Buffer.concat([unwrap.update(own.wrapped), unwrap.final()]);
    const header = Buffer.concat([bytes('a201181866636f6d6d69745820'), commitment]);
    const open = createDecipheriv('chacha20-poly1305', contentKey, nonce, { authTagLength: 16 });
    open.setAAD(encode(['Encrypt', new Uint8Array(header), AAD]), { plaintextLength: PLAIN.length });
    open.setAuthTag(ciphertext.subarray(-16));
    const plain = Buffer.concat([open.update(ciphertext.subarray(0, -16)), open.final()]);
    expect(plain.toString()).toBe('what is not for everybody');
  });
});

function ephemeralTopBit(good: Uint8Array): Uint8Array {
  const altered = good.slice();
  altered[good.length - 40 - 2 - 1]! ^= 0x80;
  return altered;
}
