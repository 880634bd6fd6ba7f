/**
 * Quarantine at a hand-over (R56): real traps on one node, another node that does not take the object over, its policy that does, and
 * trust that comes back slowly.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../host/node/host.ts';
import { generateKey } from '../../host/node/native.ts';
import type { KeyPair } from '../../host/node/native.ts';
import type { Value } from '../../host/value.ts';
import { startEffectServer } from './effect-server.ts';
import type { EffectServer } from './effect-server.ts';
import { createWorld, PERMIT_ALL, policySet, propose } from './world.ts';
import type { World } from './world.ts';

/** A step without a proposal makes the guest trap. */
const TRAP: Value = {};
const STRICT = `${PERMIT_ALL} @id("stay-out") forbid(principal, action == Action::"readmit", resource);`;

let world: World;
let server: EffectServer;
let other: KeyPair;
beforeAll(async () => {
  [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  other = generateKey();
});
afterAll(() => Promise.all([world.close(), server.close()]));

const here = (): Host => world.node({ policy: policySet(STRICT) });
const there = (cedar = STRICT): Host => world.node({ policy: policySet(cedar), signer: other.signer });

/** An object that trapped twice, and does as the script says from then on. */
async function broken(name: string, script: { readonly [cycle: string]: Value }): Promise<string> {
  const path = await world.object(name, { 1: TRAP, 2: TRAP, ...script });
  for (const slope of [800, 600]) {
    const report = await here().run(path);
    expect(report).toMatchObject({ status: 'failed', outcomes: [{ body: { reason: 'trap' } }] });
    expect(report.state.trust).toBe(slope);
  }
  return path;
}

describe('an object whose trust is badly broken', () => {
  test('is not taken over by another node, and stays as it is; it can be looked at and verified all the same', async () => {
    const path = await broken('refused', { '*': propose.finish() });
    const before = readFileSync(path);
    const report = await there().run(path);
    expect(report).toMatchObject({ status: 'refused', outcomes: [], receipt: null });
    expect(report.message).toContain('quarantined');
    expect(report.message).toContain('stay-out');
    expect(readFileSync(path)).toEqual(before);
    expect(await there().verify(path)).toMatchObject({ ok: true, trust: 600 });
    expect((await there().show(path)).state.continuity).toEqual({ over: 0, losses: [200, 200] });
    expect((await here().run(path)).status).toBe('terminated');
  });

  test('is refused where the node has no policy at all, without a trace', async () => {
    const path = await broken('no-policy', { '*': propose.finish() });
    const before = readFileSync(path);
    const report = await world.node({ policy: null, signer: other.signer }).run(path);
    expect(report).toMatchObject({ status: 'refused', message: expect.stringContaining('policy-missing') });
    expect(readFileSync(path)).toEqual(before);
  });

  test('is let in by a permit for readmit, which is recorded, and once for this hand-over', async () => {
    const path = await broken('readmitted', { '*': propose.commit('n', 1) });
    const report = await there(PERMIT_ALL).run(path, { once: true });
    expect(report).toMatchObject({ status: 'paused', outcomes: [{ body: { class: 'success' } }] });
    const { entries } = await there().show(path);
    const readmits = entries.filter((entry) => entry.kind === 'readmit');
    expect(readmits).toHaveLength(1);
    expect(readmits[0]!.body).toMatchObject({ slope: 600, verdict: { verdict: 'permit' } });
    expect(Buffer.from(readmits[0]!.body.from).toString('hex')).toBe(here().node);
    // its own object by now, whatever its policy says of readmission
    expect((await there().run(path, { once: true })).status).toBe('paused');
    expect(await there().verify(path, { replay: true })).toMatchObject({ ok: true });
    // and a hand-over again for the node that it came from
    expect((await here().run(path)).message).toContain('quarantined');
  });

  test('is acceptable again once what was lost is 16 cycles of work ago', async () => {
    const work: Value = propose.commit('n', 1);
    const path = await broken('slow', { '*': work });
    for (let cycle = 3; cycle < 3 + 14; cycle++) await here().run(path, { once: true });
    expect((await there().run(path, { once: true })).message).toContain('quarantined');
    expect((await here().run(path, { once: true })).state).toMatchObject({ trust: 750, continuity: { over: 15 } });
    expect(await there().run(path, { once: true })).toMatchObject({ status: 'paused' });
    expect((await there().show(path)).entries.some((entry) => entry.kind === 'readmit')).toBe(false);
  });

  test('a cycle that its node left open is not taken up either, unless the object is let in', async () => {
    const url = `${server.url}/left-open`;
    const path = await broken('left-open', {
      3: { calls: [['http.send', { method: 'POST', url }]], ...(propose.finish() as object) },
      '*': propose.finish(),
    });
    await expect(
      world
        .node({
          policy: policySet(STRICT),
          onPoint: (point) => {
            if (point === 'result-recorded') throw new Error('the node is gone');
          },
        })
        .run(path),
    ).rejects.toThrow('the node is gone');
    expect((await there().run(path)).message).toContain('quarantined');
    expect(await there(PERMIT_ALL).run(path)).toMatchObject({ status: 'terminated' });
    const { entries } = await there().show(path);
    const at = entries.findIndex((entry) => entry.kind === 'recover');
    expect(entries[at + 1]!.kind).toBe('readmit');
    expect(await there().verify(path, { replay: true })).toMatchObject({ ok: true });
  });

  test('a node that lets it in and is gone, too, goes on with it when it is back', async () => {
    const request = (name: string) => [
      'http.send',
      { method: 'POST', url: `${server.url}/${name}`, repetition: 'keyed' },
    ];
    const path = await broken('left-twice', {
      3: { calls: [request('left-first'), request('left-second')], ...(propose.finish() as object) },
    });
    const dying = (cedar: string, signer: KeyPair['signer'], nth: number): Host => {
      let left = nth;
      const onPoint = (point: string): void => {
        if (point === 'result-recorded' && --left === 0) throw new Error('the node is gone');
      };
      return world.node({ policy: policySet(cedar), signer, onPoint });
    };
    await expect(dying(STRICT, world.creator.signer, 1).run(path)).rejects.toThrow('the node is gone');
    await expect(dying(PERMIT_ALL, other.signer, 2).run(path)).rejects.toThrow('the node is gone');
    expect(await there(PERMIT_ALL).run(path)).toMatchObject({ status: 'terminated' });
    const { entries } = await there().show(path);
    expect(entries.filter((entry) => entry.kind === 'readmit')).toHaveLength(1);
    expect(await there().verify(path, { replay: true })).toMatchObject({ ok: true });
  });
});
