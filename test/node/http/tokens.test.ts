import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createGuard, parseTokens } from '../../../host/node/http/tokens.ts';
import { nativeHash } from '../../../host/node/native.ts';
import { START } from '../world.ts';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const SECRET = 'a-token-of-the-test-0123456789';

function guardOf(lines: readonly object[], clock = { now: () => START }) {
  const tokens = parseTokens(JSON.stringify({ tokens: lines }), 'tokens.json');
  return createGuard({ tokens, hash: nativeHash, clock, limits: { perSecond: 2, failuresPerSecond: 3 } });
}

const line = (more: object = {}) => ({ name: 'one', sha256: sha(SECRET), scopes: ['read'], ...more });

describe('a guard', () => {
  it('lets in who sends a token that it knows the digest of', () => {
    expect(
      guardOf([{ ...line(), name: 'other', sha256: sha('x') }, line()]).admit(`Bearer ${SECRET}`, 'read').name,
    ).toBe('one');
  });

  it.each([
    ['no header', null],
    ['another token', 'Bearer another-token-of-the-test'],
    ['the digest itself', `Bearer ${sha(SECRET)}`],
    ['another scheme', `Basic ${SECRET}`],
    ['a longer text', `Bearer ${SECRET} `],
    ['a token that is too long to be one', `Bearer ${'x'.repeat(600)}`],
  ])('refuses %s', (_, header) => {
    expect(() => guardOf([line()]).admit(header, 'read')).toThrow(expect.objectContaining({ code: 'token.missing' }));
  });

  it('refuses everybody where no token is known', () => {
    expect(() => guardOf([]).admit(`Bearer ${SECRET}`, 'read')).toThrow(
      expect.objectContaining({ code: 'token.missing' }),
    );
  });

  it('refuses what no scope of the token allows, and never shows the token', () => {
    const guard = guardOf([line()]);
    const refused = expect.objectContaining({ code: 'token.refused', message: expect.not.stringContaining(SECRET) });
    expect(() => guard.admit(`Bearer ${SECRET}`, 'write')).toThrow(refused);
    expect(() => guard.admit(`Bearer ${SECRET}`, 'admin')).toThrow(refused);
  });

  it('refuses a day that no month has, rather than let a token be good for longer', () => {
    expect(() => guardOf([line({ expires: '2026-02-30T00:00:00Z' })])).toThrow(
      expect.objectContaining({ code: 'token.malformed' }),
    );
    expect(() => guardOf([line({ expires: '2028-02-29T00:00:00Z' })])).not.toThrow();
  });

  it('takes a token until it expires', () => {
    let time = START;
    const guard = guardOf([line({ expires: new Date(START + 5_000).toISOString().replace('.000', '') })], {
      now: () => time,
    });
    expect(guard.admit(`Bearer ${SECRET}`, 'read').name).toBe('one');
    time += 5_000;
    expect(() => guard.admit(`Bearer ${SECRET}`, 'read')).toThrow(expect.objectContaining({ code: 'token.missing' }));
  });

  it('takes as many requests of one token in a second as its line or the node says', () => {
    let time = START;
    const guard = guardOf([line(), { ...line({ perSecond: 1 }), name: 'slow', sha256: sha(`${SECRET}!`) }], {
      now: () => time,
    });
    const taken = (secret: string) => {
      for (let count = 0; ; count++) {
        try {
          guard.admit(`Bearer ${secret}`, 'read');
        } catch (error) {
          expect(error).toMatchObject({ code: 'rate.exceeded' });
          return count;
        }
      }
    };
    expect([taken(SECRET), taken(`${SECRET}!`)]).toEqual([2, 1]);
    time += 500;
    expect([taken(SECRET), taken(`${SECRET}!`)]).toEqual([1, 0]);
    time += 3_600_000;
    expect([taken(SECRET), taken(`${SECRET}!`)]).toEqual([2, 1]);
  });

  it('bounds attempts without a good token, and lets good ones through all the same', () => {
    const guard = guardOf([line()]);
    const codes = Array.from({ length: 5 }, () => {
      try {
        guard.admit('Bearer wrong-wrong-wrong-wrong', 'read');
        return null;
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    expect(codes).toEqual(['token.missing', 'token.missing', 'token.missing', 'rate.exceeded', 'rate.exceeded']);
    expect(guard.admit(`Bearer ${SECRET}`, 'read').name).toBe('one');
  });

  it('forgets all tokens but those that take their place', () => {
    const guard = guardOf([line()]);
    guard.replace(parseTokens(JSON.stringify({ tokens: [{ ...line(), sha256: sha(`${SECRET}2`) }] }), 'tokens.json'));
    expect(() => guard.admit(`Bearer ${SECRET}`, 'read')).toThrow(expect.objectContaining({ code: 'token.missing' }));
    expect(guard.admit(`Bearer ${SECRET}2`, 'read').name).toBe('one');
  });
});

describe('a tokens file', () => {
  it.each([
    ['no JSON', 'tokens'],
    ['another shape', '[]'],
    ['an unknown member', JSON.stringify({ tokens: [line({ object: 'x' })] })],
    ['an unknown scope', JSON.stringify({ tokens: [line({ scopes: ['root'] })] })],
    ['no scope', JSON.stringify({ tokens: [line({ scopes: [] })] })],
    ['bounds that name nothing', JSON.stringify({ tokens: [line({ objects: [] })] })],
    ['a digest in capitals', JSON.stringify({ tokens: [line({ sha256: sha('x').toUpperCase() })] })],
    ['the token itself in place of its digest', JSON.stringify({ tokens: [line({ sha256: SECRET })] })],
    ['a name twice', JSON.stringify({ tokens: [line(), line({ sha256: sha('x') })] })],
    ['an end that is no instant', JSON.stringify({ tokens: [line({ expires: 'tomorrow' })] })],
  ])('is refused for %s', (_, text) => {
    expect(() => parseTokens(text, 'tokens.json')).toThrow(expect.objectContaining({ code: 'token.malformed' }));
  });
});
