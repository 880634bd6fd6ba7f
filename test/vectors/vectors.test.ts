import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { verifyChain } from '../../host/object/chain.ts';
import type { VerifyReason } from '../../host/object/chain.ts';
import { createReaderKey, sha256 } from '../../host/object/crypto.ts';
import { applyEntry, createState, foldTo } from '../../host/object/fold.ts';
import type { State } from '../../host/object/state.ts';
import { streamOf } from '../object/builder.ts';
import { describeState, makeVectors } from './make.ts';

const limits = DEFAULT_LIMITS.object;
const made = makeVectors();

interface Expected {
  readonly ok: boolean;
  readonly index?: number;
  readonly reason?: string;
  readonly seq?: number;
  readonly receipt?: string;
  /** Secret key of a reader, where bodies are confidential; of those in `redacted`, nobody can know more. */
  readonly reader?: string;
  readonly redacted?: readonly number[];
  readonly state?: object;
}

const REASONS: readonly VerifyReason[] = [
  'prev',
  'seq',
  'order',
  'node',
  'seal',
  'signature',
  'creator',
  'recover',
  'witness',
  'unsealed',
  'receipt',
  'tail',
  'fork',
  'truncated',
  'malformed',
  'canonical',
  'archived',
  'checkpoint',
  'version',
  'limit',
  'chain',
  'schema',
  'intent',
  'context',
  'terminated',
];

const fileOf = (name: string, ending: string): Buffer => readFileSync(join(import.meta.dirname, `${name}.${ending}`));
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.sojourn'))
  .map((file) => file.replace(/\.sojourn$/, ''));

describe('the frozen vectors', () => {
  it('are all there, and no others', () => {
    expect(names.toSorted()).toEqual(made.map((vector) => vector.name).toSorted());
  });

  it.each(made)('$name is reproduced byte for byte', ({ name, bytes, expected }) => {
    expect(Buffer.from(bytes).toString('hex')).toBe(fileOf(name, 'sojourn').toString('hex'));
    expect(JSON.parse(fileOf(name, 'json').toString())).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  it.each(names)('%s reads as its description says', async (name) => {
    const bytes = Uint8Array.from(fileOf(name, 'sojourn'));
    const expected = JSON.parse(fileOf(name, 'json').toString()) as Expected;
    let state: State | null = null;
    let closed = false;
    const reader = expected.reader === undefined ? null : createReaderKey(Buffer.from(expected.reader, 'hex'));
    const known = (expected.redacted?.[0] ?? (expected.seq ?? 0) + 1) - 1;
    const result = await verifyChain(streamOf(bytes), {
      limits,
      reader,
      ...(expected.receipt === undefined ? {} : { receipts: [Uint8Array.from(Buffer.from(expected.receipt, 'hex'))] }),
      onGenesis: (genesis, place) => (state = createState(genesis, place.hash)),
      onEntry: (entry, place) => {
        if (entry.kind === 'confidential') closed = true;
        if (!closed) state = applyEntry(state!, entry, place.hash);
      },
    });
    if (expected.ok) {
      expect(result).toMatchObject({ ok: true, seq: expected.seq });
      expect(JSON.parse(JSON.stringify(describeState(await foldTo(streamOf(bytes), known, limits, sha256, reader))))).toEqual(
        expected.state,
      );
    } else expect(result).toMatchObject({ ok: false, index: expected.index, reason: expected.reason });
  });

  it('have one for each reason that verification gives', () => {
    const reasons = new Set(made.map(({ expected }) => expected['reason']));
    for (const reason of REASONS) expect([...reasons]).toContain(reason);
  });
});
