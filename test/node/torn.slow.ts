/**
 * What stands behind the last seal of a crashed object may be torn at any byte: the object opens and goes on. What a seal covers is
 * never cut, whatever was done to it (R15, R19, R20).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { crash, offsetsOf, ofKind, survey } from './wreck.ts';
import type { Wreck, Yard } from './wreck.ts';
import { startEffectServer } from './effect-server.ts';
import { createWorld, propose } from './world.ts';

/** Much work on a machine that may be busy. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
let yard: Yard;
let found: Wreck;
/** Byte offsets of the items of the wreck, and behind the last. */
let offsets: readonly number[];

beforeAll(async () => {
  const [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  yard = { world, server };
  const post = (path: string) => ['http.send', { method: 'POST', url: `${server.url}/torn/${path}` }];
  const script = {
    1: propose.commit('a', 'x'),
    2: { calls: [post('first'), post('second')], ...Object(propose.finish()) },
  };
  const path = await world.object('torn/object', script);
  writeFileSync(join(dirname(path), 'scripted.wasm'), world.handler);
  // two points of calls in cycle 2, behind six in cycle 1 and the opening
  const end = await crash(yard, path, { at: 'point', n: 7 + 4 });
  found = await survey(yard, 'torn', path, end);
  offsets = await offsetsOf(found.bytes);
});

afterAll(async () => {
  await Promise.all([yard.world.close(), yard.server.close()]);
});

function write(name: string, bytes: Uint8Array): string {
  const path = yard.world.path(name);
  writeFileSync(path, bytes);
  return path;
}

test('the wreck is two seals, and behind them a cycle with one call answered and one under way', async () => {
  expect(found.end.lines.at(-1)).toEqual({ point: 'call-recorded', cycle: 2 });
  const { entries, unsealed } = await yard.world.node().show(found.path);
  expect(entries.slice(-unsealed).map(({ kind }) => kind)).toEqual(['open', 'call', 'result', 'call']);
  expect(yard.server.ledger('torn').seen.map(({ path }) => basename(path))).toEqual(['first']);
});

test('cut at any byte behind the last seal, it opens and runs to its end, with each effect once', async () => {
  const host = yard.world.node();
  const firstCallEnd = offsets.at(-3) ?? 0;
  for (let length = found.sealEnd; length <= found.bytes.length; length++) {
    yard.server.restore('torn', found.ledger);
    const path = write('cut', found.bytes.subarray(0, length));
    const report = await host.run(path);
    expect([length, report.status]).toEqual([length, 'terminated']);
    expect(readFileSync(path).subarray(0, found.sealEnd).equals(found.bytes.subarray(0, found.sealEnd))).toBe(true);
    const { seen, keys } = yard.server.ledger('torn');
    expect([keys.size, seen.filter(({ effect }) => effect).length]).toEqual([2, 2]);
    const { entries } = await host.show(path);
    expect([length, ofKind(entries, 'recover').length]).toEqual([length, length < firstCallEnd ? 0 : 1]);
  }
});

describe('what a seal covers', () => {
  test('an object cut before its first seal ends is refused with the index, and stays as it is', async () => {
    const firstSealEnd = offsets[2] ?? 0;
    for (let length = 0; length < firstSealEnd; length++) {
      const bytes = found.bytes.subarray(0, length);
      const path = write('unborn', bytes);
      const index = length <= (offsets[1] ?? 0) ? 0 : 1;
      expect([length, await refusal(path)]).toEqual([
        length,
        { code: expect.stringMatching(/^(object|intent|context)\./), index },
      ]);
      expect(readFileSync(path).equals(bytes)).toBe(true);
    }
  });

  test('without any one of its bytes, it is refused with the index, and stays as it is', async () => {
    for (let gap = 0; gap < found.sealEnd; gap++) {
      const bytes = Buffer.concat([found.bytes.subarray(0, gap), found.bytes.subarray(gap + 1)]);
      const path = write('gap', bytes);
      const item = offsets.findLastIndex((offset) => offset <= gap);
      const { code, index } = await refusal(path);
      expect([gap, code]).toEqual([gap, expect.stringMatching(/^(object|intent|context)\./)]);
      // what follows moves up: where the item still reads, the first that does not is the next
      expect([gap, Number(index) - item]).toEqual([gap, expect.toBeOneOf([0, 1])]);
      expect(readFileSync(path).equals(bytes)).toBe(true);
    }
  });

  test('without its last sealed entries it still holds, but not against the receipt of the seal that is gone', async () => {
    const path = await yard.world.object('tail', {
      1: propose.commit('a', 1),
      2: propose.commit('b', 2),
      3: propose.finish(),
    });
    const { receipt } = await yard.world.node().run(path);
    const bytes = readFileSync(path);
    for (const [seq, offset] of [...(await offsetsOf(bytes)).entries()].slice(2, -1)) {
      const cut = write('tail-cut', bytes.subarray(0, offset));
      expect(await yard.world.node().verify(cut)).toMatchObject({ ok: true, entries: seq - 1 });
      expect(await yard.world.node().verify(cut, { heads: [receipt ?? new Uint8Array()] })).toMatchObject({
        ok: false,
        index: seq,
        reason: 'tail',
      });
      expect(readFileSync(cut).length).toBe(offset);
    }
    expect(await yard.world.node().verify(path, { heads: [receipt ?? new Uint8Array()] })).toMatchObject({ ok: true });
  });
});

async function refusal(path: string): Promise<{ readonly code: unknown; readonly index: unknown }> {
  try {
    const report = await yard.world.node().run(path);
    return { code: `ran: ${report.status}`, index: null };
  } catch (error) {
    const { code, details } = error as { readonly code: unknown; readonly details: { readonly index?: unknown } };
    return { code, index: details.index };
  }
}
