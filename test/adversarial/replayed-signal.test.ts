/** A signal that was sealed for one object is none for another, though its seal is sound and its key is trusted. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorld, propose } from '../node/world.ts';
import type { World } from '../node/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(() => world.close());

test(
  'a signal taken from one object and put behind another wakes nobody and is named',
  { timeout: 60_000 },
  async () => {
    const script = { 1: propose.sleep([{ tag: 'signal', val: 'go' }]), '*': propose.finish() };
    const paths = [await world.object('signalled', script), await world.object('other', script)] as const;
    for (const path of paths) await world.node().run(path);
    const [signalled, other] = paths;
    const before = readFileSync(signalled).length;
    await world.node().signal(signalled, 'go', { approved: true });
    const taken = readFileSync(signalled).subarray(before);
    const forged = Buffer.concat([readFileSync(other), taken]);
    writeFileSync(other, forged);

    expect(await world.node().verify(other)).toMatchObject({ ok: false, message: expect.any(String) });
    await expect(world.node().run(other)).rejects.toMatchObject({
      code: expect.stringMatching(/^object\.(chain|seal)$/),
    });
    expect(readFileSync(other).equals(forged)).toBe(true);
    expect(await world.node().run(signalled)).toMatchObject({ status: 'terminated' });
  },
);
