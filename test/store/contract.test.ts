import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeStore } from '../../host/ports.ts';
import { ObjectBuilder } from '../object/builder.ts';
import { idOf, storeContract } from './contract.ts';
import type { StoreUnderTest } from './contract.ts';
import { readAll } from './object-contract.ts';
import { STORES } from './stores.ts';

for (const [kind, make] of Object.entries(STORES)) storeContract(kind, make);

const PAIRS = Object.keys(STORES).flatMap((from) => Object.keys(STORES).map((to) => [from, to] as const));

describe('an object that moves between stores', () => {
  const subjects = new Map<string, readonly [StoreUnderTest, StoreUnderTest]>();

  beforeAll(async () => {
    for (const [kind, make] of Object.entries(STORES)) subjects.set(kind, [await make(), await make()]);
  });
  afterAll(async () => {
    for (const pair of subjects.values()) for (const subject of pair) await subject.remove();
  });

  it.each(PAIRS)('has the same bytes in %s and in %s', async (from, to) => {
    const source = subjects.get(from)![0].store;
    const target = subjects.get(to)![1].store;
    const builder = new ObjectBuilder();
    builder.seal();
    const name = idOf(`${from} ${to}`);
    await source.create(name, builder.items[0]!);
    await grow(source, name, [...builder.items.slice(1), ...Array.from({ length: 40 }, (_, i) => signal(builder, i))]);
    await target.create(name, source.read(name));
    const expected = Buffer.concat(builder.items);
    expect(Buffer.compare(await readAll(target.read(name)), expected)).toBe(0);
    expect((await target.find(name))?.length).toBe(expected.length);
    await grow(target, name, [signal(builder, 40)]);
    const back = await source.open(name);
    await back.replace(target.read(name));
    await back.close();
    expect(Buffer.compare(await readAll(source.read(name)), Buffer.concat(builder.items))).toBe(0);
  });
});

function signal(builder: ObjectBuilder, index: number): Uint8Array {
  builder.signal('approval', 'x'.repeat(index * 6 + 1));
  return builder.items.at(-1)!;
}

async function grow(store: NodeStore, name: string, items: readonly Uint8Array[]): Promise<void> {
  const file = await store.open(name);
  for (const [index, item] of items.entries()) await file.append(item, index % 3 === 2);
  await file.close();
}
