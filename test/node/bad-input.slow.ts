/**
 * Objects and components that are not what they should be: each is refused with a code and a place, changes nothing, and
 * leaves the host as it was.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { Limits } from '../../host/limits.ts';
import { nativeHash } from '../../host/node/native.ts';
import { encode } from '../../host/object/codec.ts';
import type { Value } from '../../host/value.ts';
import { buildCore, buildText } from '../sandbox/guest-builds.ts';
import { rawObject } from './raw-object.ts';
import { offsetsOf } from './wreck.ts';
import { createWorld, propose, START } from './world.ts';
import type { World } from './world.ts';

vi.setConfig({ testTimeout: 180_000 });
let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterEach(async () => {
  const path = await world.object(`after-${crypto.randomUUID()}`, { '*': propose.finish() });
  const { status } = await world.node().run(path);
  if (status !== 'terminated') throw new Error(`expected the host to serve on, found ${status}`);
});

afterAll(() => world.close());

function write(name: string, bytes: Uint8Array): string {
  const path = world.path(name);
  writeFileSync(path, bytes);
  return path;
}

function objectLimits(object: Partial<Limits['object']>): Limits {
  return { ...DEFAULT_LIMITS, object: { ...DEFAULT_LIMITS.object, ...object } };
}

/** Refused by everything that reads it, and unchanged. */
async function expectRefused(path: string, code: string | RegExp, limits: Limits = DEFAULT_LIMITS): Promise<void> {
  const before = readFileSync(path);
  const host = world.node({ limits });
  const expected = { code: expect.stringMatching(code), message: expect.stringContaining(path) };
  await expect(host.run(path)).rejects.toMatchObject(expected);
  await expect(host.show(path)).rejects.toMatchObject(expected);
  await expect(host.signal(path, 'a', null)).rejects.toMatchObject(expected);
  expect(await host.verify(path)).toMatchObject({ ok: false, index: expect.any(Number), message: expect.any(String) });
  expect(readFileSync(path).equals(before)).toBe(true);
}

describe('an object with one byte altered', () => {
  test.each([0x01, 0x80, 0xff])(
    'by the bits %i, wherever it is, is found out with the entry that holds it, and stays as it is',
    async (mask) => {
      const script = {
        1: { calls: [['kv.set', { key: 'a', value: 1 }]], ...Object(propose.commit('b', 2)) },
        2: propose.sleep([{ tag: 'elapsed', val: 5 }]),
      };
      const path = await world.object(`flip-${mask}`, script);
      await world.node().run(path);
      const bytes = readFileSync(path);
      const offsets = await offsetsOf(bytes);
      let shifted = 0;
      for (let at = 0; at < bytes.length; at++) {
        const altered = Uint8Array.from(bytes);
        altered[at] = (bytes[at] ?? 0) ^ mask;
        const copy = write('flipped', altered);
        const item = offsets.findLastIndex((offset) => offset <= at);
        const report = await world.node().verify(copy);
        if (report.ok) throw new Error(`expected byte ${at} to be missed, found the object in order`);
        // a head that now claims another length moves the end of its entry: then what follows is no entry, and is named
        const moved =
          report.index === item + 1 && ['malformed', 'canonical', 'limit', 'truncated'].includes(report.reason);
        expect([at, report.index]).toEqual([at, moved ? item + 1 : item]);
        if (moved) shifted++;
        await expect(world.node().run(copy)).rejects.toMatchObject({
          code: expect.stringMatching(/^(object|intent|context)\./),
          details: { index: report.index },
        });
        expect(readFileSync(copy).equals(altered)).toBe(true);
      }
      expect(shifted).toBeLessThan(bytes.length / 100);
    },
  );
});

describe('a file', () => {
  test.each([
    ['that is empty', new Uint8Array(0), /^object\./],
    ['of text', new TextEncoder().encode('{"intent":"world peace"}\n'), /^object\./],
    ['of zeros', new Uint8Array(4096), /^object\./],
    ['of lists without an end', new Uint8Array(100_000).fill(0x81), /^object\.(limit|malformed)/],
    [
      'of a length that it does not have',
      Uint8Array.of(0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      /^object\./,
    ],
    ['of an indefinite length', Uint8Array.of(0x9f, 0x01, 0xff), /^object\.canonical/],
    ['of a text that claims gigabytes', Uint8Array.of(0x7a, 0xff, 0xff, 0xff, 0xff), /^object\.limit/],
  ])('%s is no object', async (name, bytes, code) => {
    await expectRefused(write(`file-${name.replaceAll(' ', '-')}`, bytes), code);
  });

  test('that is not there, and a folder, are told from it', async () => {
    await expect(world.node().run(world.path('nowhere'))).rejects.toMatchObject({ code: 'store.missing' });
    mkdirSync(world.path('folder'));
    await expect(world.node().run(world.path('folder'))).rejects.toMatchObject({ code: 'store.failed' });
  });

  test('that exists is not written over by a new object', async () => {
    const path = await world.object('taken', { '*': propose.finish() });
    const bytes = readFileSync(path);
    await expect(world.object('taken', { '*': propose.finish() })).rejects.toMatchObject({ code: 'object.exists' });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});

describe('an object', () => {
  test('with an item longer than the limit is refused before it is read', async () => {
    const path = await world.object('long', { '*': { ...Object(propose.finish()), filler: 'x'.repeat(5000) } });
    await expectRefused(path, 'object.limit', objectLimits({ itemBytes: 4096 }));
    expect((await world.node().run(path)).status).toBe('terminated');
  });

  test('with a blob longer than the limit is refused', async () => {
    const path = await world.object('long-blob', { '*': propose.finish() }, { embed: true });
    await expectRefused(path, 'object.limit', objectLimits({ itemBytes: 4096, blobBytes: 100_000 }));
  });

  test('nested deeper than the limit is refused', async () => {
    let deep: Value = 1;
    for (let i = 0; i < 12; i++) deep = [deep];
    const path = await world.object('deep', { '*': propose.finish(), deep });
    await expectRefused(path, 'object.limit', objectLimits({ depth: 10 }));
  });

  test.each([
    ['format', 1, 0x03],
    ['contract', 8, 0x39],
  ])('of a later %s version is refused by it', async (what, at, later) => {
    const bytes = readFileSync(rawObject(world, `version-${what}`, { '*': propose.finish() }));
    // a list, the format's version 2, the meter's, and the text 0.2.0
    expect([bytes[1], bytes.toString('latin1', 4, 9)]).toEqual([2, '0.2.0']);
    bytes[at] = later;
    await expectRefused(write(`version-${what}-2`, bytes), 'object.version');
  });

  test('for another fuel meter is left as it is, and both versions are named', async () => {
    const path = rawObject(world, 'meter', { '*': propose.finish() }, { genesis: { meterVersion: 999 } });
    const bytes = readFileSync(path);
    expect(await world.node().run(path)).toMatchObject({
      status: 'refused',
      message: expect.stringMatching(/^fuel meter version: expected \d+, found 999/),
    });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('with an entry of a kind that this version does not know is refused by its version', async () => {
    const path = await world.object('kind', { '*': propose.finish() });
    const bytes = readFileSync(path);
    const { state } = await world.node().show(path);
    const entry = encode([state.seq + 1, state.head, START, new Uint8Array(16), 0, null, 'miracle', [1]]);
    await expectRefused(write('kind-2', Buffer.concat([bytes, entry])), 'object.version');
  });

  test.each([
    ['a kind that is none', { kind: 'Not A Kind' }, 'intent.invalid'],
    [
      'more than the limit',
      { input: 'x'.repeat(DEFAULT_LIMITS.object.intentBytes + 1) },
      /^(intent\.invalid|object\.limit)$/,
    ],
  ])('whose intent has %s is not made', async (_name, intent, code) => {
    const draft = { intent: { kind: 'scripted', goal: 'g', input: null, constraints: {}, ...intent } };
    await expect(world.object('never-made', null, draft)).rejects.toMatchObject({ code: expect.stringMatching(code) });
    await expect(world.node().run(world.path('never-made'))).rejects.toMatchObject({ code: 'store.missing' });
  });
});

describe('a handler', () => {
  const TEXT = new TextEncoder().encode('(component)');

  test('that is nowhere to be found stops the run with its digest, and changes nothing', async () => {
    const handler = nativeHash(TEXT);
    const path = rawObject(world, 'absent', { '*': propose.finish() }, { genesis: { handler } });
    const bytes = readFileSync(path);
    await expect(world.node().run(path)).rejects.toMatchObject({
      code: 'component.missing',
      message: expect.stringContaining(Buffer.from(handler).toString('hex')),
    });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(await world.node().verify(path)).toMatchObject({ ok: true, unsealed: 0 });
  });

  test('is not taken from an embedded component of another digest', async () => {
    const path = rawObject(
      world,
      'other',
      { '*': propose.finish() },
      { genesis: { handler: nativeHash(TEXT) }, blobs: [{ media: 'application/wasm', bytes: world.handler }] },
    );
    await expect(world.node().run(path)).rejects.toMatchObject({ code: 'component.missing' });
  });

  test.each([
    ['text', async () => TEXT, 'component.malformed'],
    ['nothing', async () => new Uint8Array(0), 'component.malformed'],
    ['a core module', async () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), 'component.malformed'],
    ['half a component', async () => world.handler.subarray(0, world.handler.length >> 1), 'component.malformed'],
    ['a component without handle', async () => (await buildText('(component)')).bytes, 'component.export'],
    [
      'a component that wants a WASI that is not there',
      async () => (await buildText('(component (import "wasi:filesystem/types@0.3.0" (instance)))')).bytes,
      'component.import',
    ],
    [
      'one that loops as it starts',
      async () =>
        (await buildCore(readFileSync(new URL('../adversarial/guests/spin-in-start.wat', import.meta.url), 'utf8')))
          .bytes,
      'bound:fuel',
    ],
    [
      'one that only traps',
      async () =>
        (await buildCore(readFileSync(new URL('../adversarial/guests/unreachable.wat', import.meta.url), 'utf8')))
          .bytes,
      'trap',
    ],
  ] as const)('that is %s fails each cycle, and says why', async (name, build, reason) => {
    const bytes = await build();
    const path = rawObject(world, `handler-${name.replaceAll(' ', '-')}`, null, {
      genesis: { handler: nativeHash(bytes) },
      blobs: [{ media: 'application/wasm', bytes }],
    });
    for (let cycle = 1; cycle <= 2; cycle++) {
      const report = await world.node().run(path);
      expect(report).toMatchObject({
        status: 'failed',
        outcomes: [{ cycle, body: { class: 'failure', action: null, reason } }],
      });
      expect(report.outcomes[0]?.body.message).not.toBe('');
    }
    expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true });
  });
});
