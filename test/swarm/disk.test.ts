/** The simulated disk is a store like any other, and loses in a power cut what was not synced and nothing else. */
import { describe, expect, it } from 'vitest';
import { objectContract, readAll } from '../store/object-contract.ts';
import { createDice } from './dice.ts';
import { createDisk } from './disk.ts';

objectContract('a disk in memory', async () => ({
  store: createDisk().store,
  nameOf: (label) => `/${label}.sojourn`,
  remove: async () => {},
}));

describe('a power cut', () => {
  it.each([1, 2, 3, 4, 5])('keeps what was synced and a beginning of the rest (seed %i)', async (seed) => {
    const disk = createDisk();
    await disk.store.create('a', Uint8Array.of(1));
    const file = await disk.store.open('a');
    await file.append(Uint8Array.of(2, 3), true);
    await file.append(Uint8Array.of(4, 5, 6), false);
    disk.cutPower(createDice(seed));
    const left = await readAll(disk.store.read('a'));
    expect(left.length).toBeGreaterThanOrEqual(3);
    expect(left).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6).subarray(0, left.length));
    await expect(file.append(Uint8Array.of(9), true)).rejects.toMatchObject({ code: 'store.failed' });
    await (await disk.store.open('a')).close();
  });
});
