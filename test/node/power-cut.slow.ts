/**
 * A power cut takes more than a killed process: what was written and not synced is gone. At every point of a cycle, and as each request
 * leaves, the object is taken as the disk would have it; from there it must go on as from any crash (R15).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { generateKey } from '../../host/node/native.ts';
import type { Store } from '../../host/ports.ts';
import { createFileStore } from '../../host/store/file.ts';
import { copyLedger, startEffectServer } from './effect-server.ts';
import { expectWhole, finish, makeObject, objectsIn, POINTS, survey } from './wreck.ts';
import type { Wreck, Yard } from './wreck.ts';
import { createWorld } from './world.ts';

vi.setConfig({ testTimeout: 300_000 });
let yard: Yard;

beforeAll(async () => {
  const [world, server] = await Promise.all([createWorld(), startEffectServer()]);
  yard = { world, server };
});

afterAll(async () => {
  await Promise.all([yard.world.close(), yard.server.close()]);
});

/** A file store that knows how much of each object a disk would keep. Its files are synced as it says, and no other. */
function countingStore(): { readonly store: Store; readonly durable: ReadonlyMap<string, number> } {
  const files = createFileStore();
  const durable = new Map<string, number>();
  const store: Store = {
    ...files,
    async open(name) {
      const file = await files.open(name);
      durable.set(name, file.length);
      return {
        version: file.version,
        read: (offset) => file.read(offset),
        close: () => file.close(),
        get length() {
          return file.length;
        },
        async append(bytes, sync) {
          await file.append(bytes, sync);
          if (sync) durable.set(name, file.length);
        },
        async truncate(length) {
          await file.truncate(length);
          durable.set(name, Math.min(length, durable.get(name) ?? 0));
        },
        async replace(content) {
          await file.replace(content);
          durable.set(name, file.length);
        },
      };
    },
  };
  return { store, durable };
}

interface Cut {
  readonly at: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly ledger: Wreck['ledger'];
}

/** Runs an object to its end and takes what a power cut would leave, again and again. */
async function takeCuts(run: string): Promise<{ readonly path: string; readonly cuts: readonly Cut[] }> {
  const path = await makeObject(yard, run);
  const { store, durable } = countingStore();
  const cuts: Cut[] = [];
  const take = (at: string): void => {
    const folder = dirname(path);
    const kept = objectsIn(folder).map((name): [string, Uint8Array] => {
      const bytes = readFileSync(join(folder, name));
      return [name, bytes.subarray(0, durable.get(join(folder, name)) ?? bytes.length)];
    });
    cuts.push({ at, files: new Map(kept), ledger: copyLedger(yard.server.ledger(run)) });
  };
  const host = yard.world.node({
    store,
    onPoint: (point) => take(point),
    async fetch(url, init) {
      take('request');
      const response = await fetch(url, init);
      take('response');
      return response;
    },
  });
  await finish(host, path);
  return { path, cuts };
}

test('whatever the moment, a synced object goes on, with each effect once and nothing sealed lost', async () => {
  const { path, cuts } = await takeCuts('cut');
  expect(cuts.filter(({ at }) => at !== 'request' && at !== 'response').map(({ at }) => at)).toEqual(
    POINTS.map(({ point }) => point),
  );
  expect(cuts.filter(({ at }) => at === 'request')).toHaveLength(5);
  const sealedAt = cuts.filter(({ at }) => at === 'sealed').map(({ files }) => files.get('object.sojourn')?.length);
  let sealed = 0;
  for (const [n, { at, files, ledger }] of cuts.entries()) {
    const folder = `${dirname(path)}-${n}-${at}`;
    mkdirSync(folder);
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    const copy = join(folder, 'object.sojourn');
    const found = { ...(await survey(yard, 'cut', copy, { code: 0, signal: null, lines: [], stderr: '' })), ledger };
    if (at === 'sealed') expect([n, found.sealEnd]).toEqual([n, sealedAt[sealed++]]);
    yard.server.restore('cut', ledger);
    const host = n % 2 === 0 ? yard.world.node() : yard.world.node({ signer: generateKey().signer });
    await finish(host, copy);
    await expectWhole(yard, found, copy, host);
    expect([n, at, objectsIn(folder).length]).toEqual([n, at, 2]);
  }
  expect(sealed).toBe(7);
});
