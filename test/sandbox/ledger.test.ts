/** The bounds that the host counts, each at its edge. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { countBytes } from '../../host/sandbox/byte-count.ts';
import { createLedger } from '../../host/sandbox/ledger.ts';
import type { CycleLimits } from '../../host/limits.ts';

function ledger(limits: Partial<CycleLimits>) {
  return createLedger({ ...DEFAULT_LIMITS.cycle, ...limits });
}

describe('bytes', () => {
  it.each([
    [null, 8],
    [true, 8],
    [1, 8],
    ['', 8],
    ['abc', 11],
    ['üß😀', 16],
    [Uint8Array.of(1, 2), 10],
    [[], 8],
    [['a', 'b'], 26],
    [{}, 0],
    [{ a: 1, b: [{ c: 'd' }] }, 25],
  ])('of %j are %i', (value, bytes) => {
    expect(countBytes(value)).toBe(bytes);
  });
});

describe('the ledger', () => {
  it('lets as many calls through as the limit says', () => {
    const { countCall } = ledger({ calls: 2 });
    expect([countCall({}), countCall({})]).toEqual([null, null]);
    expect(countCall({})).toEqual({ bound: 'calls', message: 'calls: expected at most 2 calls, found 3' });
  });

  it('counts the bytes of one call', () => {
    const { countCall } = ledger({ callBytesOut: 12 });
    expect(countCall({ key: 'abcd' })).toBeNull();
    expect(countCall({ key: 'abcde' })).toMatchObject({ bound: 'callBytesOut' });
  });

  it('counts the bytes of one answer', () => {
    const { countReply } = ledger({ callBytesIn: 12 });
    expect(countReply({ ok: true, value: 'abcd' })).toBeNull();
    expect(countReply({ ok: false, error: 'denied' })).toBeNull();
    expect(countReply({ ok: true, value: 'abcde' })).toMatchObject({ bound: 'callBytesIn' });
  });

  it('counts the bytes of all calls, both ways', () => {
    const { countCall, countReply } = ledger({ cycleBytes: 30 });
    expect(countCall({ key: 'ab' })).toBeNull();
    expect(countReply({ ok: true, value: 'cd' })).toBeNull();
    expect(countCall({ key: 'efg' })).toEqual({
      bound: 'cycleBytes',
      message: 'cycleBytes: expected at most 30 bytes, found 31',
    });
  });
});
