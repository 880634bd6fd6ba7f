/** What comes back from a guest, as plain data. */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ProposalError, toProposal } from '../../host/sandbox/proposal.ts';

const MAX = BigInt(Number.MAX_SAFE_INTEGER);

describe('a proposal', () => {
  it('has numbers for u64, lists for typed arrays, null for what is absent', () => {
    const returned = {
      action: {
        tag: 'dormancy',
        val: {
          condition: [
            { tag: 'instant', val: MAX },
            { tag: 'group', val: { need: 1, members: Uint32Array.of(1, 2) } },
          ],
        },
      },
      into: undefined,
      confidence: -0,
    };
    expect(toProposal(returned)).toStrictEqual({
      action: {
        tag: 'dormancy',
        val: {
          condition: [
            { tag: 'instant', val: Number.MAX_SAFE_INTEGER },
            { tag: 'group', val: { need: 1, members: [1, 2] } },
          ],
        },
      },
      into: null,
      confidence: 0,
    });
  });

  it('is made of objects of this realm, whatever realm it comes from', () => {
    const returned: unknown = runInNewContext('({ body: Uint8Array.of(1, 2), list: [{}] })');
    expect(returned).not.toBeInstanceOf(Object);
    const proposal = toProposal(returned);
    expect(proposal).toStrictEqual({ body: Uint8Array.of(1, 2), list: [{}] });
    expect(proposal['body']).toBeInstanceOf(Uint8Array);
  });

  it('does not share memory with the guest', () => {
    const memory = Uint8Array.of(1, 2, 3);
    const { body } = toProposal({ body: memory });
    memory.fill(9);
    expect(body).toEqual(Uint8Array.of(1, 2, 3));
  });

  it.each([
    [{ a: [{ b: MAX + 1n }] }, 'proposal.a[0].b: expected a whole number up to 2^53 - 1, found 9007199254740992'],
    [{ confidence: Number.NaN }, 'proposal.confidence: expected a finite number, found NaN'],
    [{ confidence: Number.POSITIVE_INFINITY }, 'proposal.confidence: expected a finite number, found Infinity'],
    [{ f: () => 1 }, 'proposal.f: expected plain data, found function'],
  ])('is refused where the data model has no such value', (returned, message) => {
    expect(() => toProposal(returned)).toThrow(new ProposalError(message));
  });
});
