/** Signals that are not what they should be are refused, and change nothing; one that comes twice is there once. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { Value } from '../../host/value.ts';
import { ofKind } from './wreck.ts';
import { createWorld, propose } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(() => world.close());

describe('a signal', () => {
  let path: string;
  let bytes: Buffer;

  beforeAll(async () => {
    path = await world.object('signalled', { 1: propose.sleep([{ tag: 'signal', val: 'go' }]), '*': propose.finish() });
    await world.node().run(path);
    bytes = readFileSync(path);
  });

  const refused = async (name: string, payload: Value, key?: string): Promise<void> => {
    await expect(world.node().signal(path, name, payload, key === undefined ? {} : { key })).rejects.toMatchObject({
      code: 'signal.invalid',
    });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  };

  test.each(['', 'Go', 'a b', 'x'.repeat(65), '*', 'ä', 'a\n'])('with the name %j is refused', (name) =>
    refused(name, null),
  );

  test.each(['', 'k'.repeat(257)])('with the key %j is refused', (key) => refused('go', null, key));

  test('that is too large is refused', () => refused('go', 'x'.repeat(DEFAULT_LIMITS.object.signalBytes)));

  test('that nobody would sign is refused', async () => {
    await expect(world.node({ signer: null }).signal(path, 'go', null)).rejects.toMatchObject({
      code: 'signal.invalid',
    });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('delivered twice under one key is there once; under two keys, twice', async () => {
    const twice = await world.object('twice', { 1: propose.sleep([{ tag: 'signal', val: 'never' }]) });
    await world.node().run(twice);
    const first = await world.node().signal(twice, 'go', 1, { key: 'k' });
    const after = readFileSync(twice);
    expect(await world.node().signal(twice, 'go', 2, { key: 'k' })).toEqual({
      seq: first.seq,
      duplicate: true,
      receipt: null,
    });
    expect(readFileSync(twice).equals(after)).toBe(true);
    for (let i = 0; i < 2; i++) expect((await world.node().signal(twice, 'go', 1)).duplicate).toBe(false);
    expect(ofKind((await world.node().show(twice)).entries, 'signal').map(({ body }) => body.payload)).toEqual([
      1, 1, 1,
    ]);
  });

  test('beyond the most that may wait is refused until the object has run', async () => {
    const many = await world.object('many', { 1: propose.sleep([{ tag: 'signal', val: 'never' }]) });
    await world.node().run(many);
    const limits = { ...DEFAULT_LIMITS, object: { ...DEFAULT_LIMITS.object, signalsWaiting: 3 } };
    const host = world.node({ limits });
    for (let i = 0; i < 3; i++) await host.signal(many, 'go', i);
    const full = readFileSync(many);
    await expect(host.signal(many, 'go', 3)).rejects.toMatchObject({
      code: 'signal.invalid',
      message: expect.stringContaining('found 3 waiting'),
    });
    expect(readFileSync(many).equals(full)).toBe(true);
    await host.run(many);
    expect((await host.signal(many, 'go', 3)).duplicate).toBe(false);
  });
});
