/**
 * Two places that had no link for a while: what each has made longer gets to the other, by a folder that is carried, and who goes on with
 * an object stays as it is. Real nodes, real files.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SojournError } from '../../../host/errors.ts';
import { DEFAULT_LIMITS } from '../../../host/limits.ts';
import { exchange } from '../../../host/node/exchange/exchange.ts';
import type { ExchangeLine } from '../../../host/node/exchange/exchange.ts';
import { createFolderPlace } from '../../../host/node/exchange/folder-place.ts';
import { createNodePlace } from '../../../host/node/exchange/node-place.ts';
import type { ExchangePlace } from '../../../host/node/exchange/place.ts';
import { createNativeVerify, nativeHash } from '../../../host/node/native.ts';
import type { Node } from '../../../host/node/service/node.ts';
import { createFileStore } from '../../../host/store/file.ts';
import { createFolderStore } from '../../../host/store/folder.ts';
import { createSqliteStore } from '../../../host/store/sqlite.ts';
import type { Value } from '../../../host/value.ts';
import { readAll } from '../../store/object-contract.ts';
import { script } from '../family.ts';
import { propose } from '../world.ts';
import { createNodes, within } from '../service/nodes.ts';
import type { Nodes } from '../service/nodes.ts';

/** Each waking is a cycle of its own, in which the guest is not asked. */
const SLEEPER: Value = {
  1: propose.sleep([{ tag: 'signal', val: 'go' }]),
  3: propose.sleep([{ tag: 'signal', val: 'on' }]),
  '*': propose.finish(),
};
const limits = DEFAULT_LIMITS;

let nodes: Nodes;
let round = 0;
beforeAll(async () => {
  nodes = await createNodes();
});
afterAll(() => nodes.close());

describe('an exchange', () => {
  let folder: string;
  let central: Node;
  let edge: Node;
  let courier: ExchangePlace;
  let ports: {
    store: ReturnType<typeof createFileStore>;
    hash: typeof nativeHash;
    verify: ReturnType<typeof createNativeVerify>;
    signer: null;
  };

  beforeEach(async () => {
    folder = join(nodes.folder, `round ${round++}`);
    for (const name of ['central', 'edge', 'courier']) await mkdir(join(folder, name), { recursive: true });
    central = await nodes.node({ store: await createSqliteStore(join(folder, 'central', 'node.db')) });
    edge = await nodes.node({ store: await createFolderStore(join(folder, 'edge')) });
    ports = { store: createFileStore(), hash: nativeHash, verify: createNativeVerify(), signer: null };
    courier = createFolderPlace(join(folder, 'courier'), { ports, limits });
  });

  const lines = (a: ExchangePlace, b: ExchangePlace): Promise<readonly ExchangeLine[]> =>
    exchange(a, b, { ports, limits });
  const bytesOf = async (node: Node, id: string): Promise<Uint8Array> => readAll(await node.read(id));
  const brief = (found: readonly ExchangeLine[]): unknown[] => found.map(({ result, from }) => [result, from]);

  /** From the one to the other, as it is handed over. */
  async function move(from: Node, to: Node, id: string): Promise<void> {
    await to.admit((await from.handOver(id)).bytes);
    await to.settled(id, within());
  }

  /** Away and back: the folder to the edge, and to the centre. */
  async function carry(): Promise<{
    readonly edge: readonly ExchangeLine[];
    readonly central: readonly ExchangeLine[];
  }> {
    const atEdge = await lines(createNodePlace('the edge', edge), courier);
    return { edge: atEdge, central: await lines(courier, createNodePlace('the centre', central)) };
  }

  it('brings home what went on without a link, and leaves the right to go on where it is', async () => {
    const { id } = await central.create(nodes.draft(SLEEPER));
    await central.settled(id, within());
    await move(central, edge, id);
    await edge.signal(id, 'go', null);
    await edge.settled(id, within());

    const carried = await carry();
    expect([brief(carried.edge), brief(carried.central)]).toEqual([[['new', 'a']], [['extended', 'a']]]);
    expect(await bytesOf(central, id)).toEqual(await bytesOf(edge, id));
    expect((await readdir(join(folder, 'courier'))).toSorted()).toEqual([`${id}.left`]);
    const { cycles } = (await edge.line(id))!;
    expect(await central.line(id)).toMatchObject({ status: 'left', cycles });
    await expect(central.evaluate(id)).rejects.toMatchObject({ code: 'object.left' });

    const again = await carry();
    expect([brief(again.edge), brief(again.central)]).toEqual([[['same', null]], [['same', null]]]);

    await edge.signal(id, 'on', null);
    expect(await edge.settled(id, within())).toMatchObject({ status: 'terminated' });
    const ended = await carry();
    expect([brief(ended.edge), brief(ended.central)]).toEqual([[['extended', 'a']], [['extended', 'a']]]);
    expect(await bytesOf(central, id)).toEqual(await bytesOf(edge, id));
  });

  it('takes new objects to a folder for reading, and to a node only where they have ended', async () => {
    const living = await edge.create(nodes.draft(SLEEPER));
    const ended = await edge.create(nodes.draft(script(propose.finish())));
    for (const { id } of [living, ended]) await edge.settled(id, within());
    const carried = await carry();
    expect(brief(carried.edge)).toEqual([
      ['new', 'a'],
      ['new', 'a'],
    ]);
    const results = new Map(carried.central.map(({ object, result }) => [object, result]));
    expect([results.get(living.id), results.get(ended.id)]).toEqual(['only', 'new']);
    expect(await central.line(living.id)).toBeNull();
    expect(await central.line(ended.id)).toMatchObject({ status: 'terminated' });
    expect((await readdir(join(folder, 'courier'))).toSorted()).toEqual(
      [`${living.id}.left`, `${ended.id}.sojourn`].toSorted(),
    );
  });

  it('works both ways at once', async () => {
    const [one, two] = [await central.create(nodes.draft(SLEEPER)), await central.create(nodes.draft(SLEEPER))];
    for (const { id } of [one, two]) await central.settled(id, within());
    await move(central, edge, one.id);
    await move(central, edge, two.id);
    await move(edge, central, two.id);
    await edge.signal(one.id, 'go', null);
    await central.signal(two.id, 'go', null);
    await edge.settled(one.id, within());
    await central.settled(two.id, within());
    const found = await lines(createNodePlace('the edge', edge), createNodePlace('the centre', central));
    const from = new Map(found.map(({ object, result, from: side }) => [object, [result, side]]));
    expect([from.get(one.id), from.get(two.id)]).toEqual([
      ['extended', 'a'],
      ['extended', 'b'],
    ]);
    expect(await edge.line(one.id)).toMatchObject({ status: 'dormant' });
    expect(await edge.line(two.id)).toMatchObject({ status: 'left' });
    for (const { id } of [one, two]) expect(await bytesOf(edge, id)).toEqual(await bytesOf(central, id));
  });

  it('shows the entry where copies part, and leaves both as they are', async () => {
    const { id } = await central.create(nodes.draft(SLEEPER));
    const { seq } = await central.settled(id, within());
    const stolen = await bytesOf(central, id);
    await edge.admit(stolen);
    for (const node of [central, edge]) {
      nodes.setTime(nodes.time + 1);
      await node.signal(id, 'go', null);
      await node.settled(id, within());
    }
    const before = [await bytesOf(edge, id), await bytesOf(central, id)];
    const carried = await carry();
    expect(brief(carried.edge)).toEqual([['new', 'a']]);
    expect(carried.central).toMatchObject([{ object: id, result: 'fork', at: seq + 1, from: null }]);
    expect(carried.central[0]?.message).toMatch(/part at entry \d+, in .*courier and in the centre/);
    expect([await bytesOf(edge, id), await bytesOf(central, id)]).toEqual(before);
  });

  it('waits for a node that has just started until its lists are whole', async () => {
    const { id } = await edge.create(nodes.draft(SLEEPER));
    await edge.settled(id, within());
    await edge.close();
    const again = await nodes.node({ store: await createFolderStore(join(folder, 'edge')) });
    expect(brief(await lines(createNodePlace('the edge', again), courier))).toEqual([['new', 'a']]);
  });

  it('ends where a place is gone, and does not call that the fault of an object', async () => {
    const { id } = await edge.create(nodes.draft(SLEEPER));
    await edge.settled(id, within());
    const take = () => Promise.reject(new SojournError('node.unreachable', 'it is gone'));
    await expect(lines(createNodePlace('the edge', edge), { ...courier, take })).rejects.toMatchObject({
      code: 'node.unreachable',
    });
  });

  it('says what is wrong with a copy, goes on with the others and changes neither', async () => {
    const made = [await edge.create(nodes.draft(SLEEPER)), await edge.create(nodes.draft(SLEEPER))] as const;
    for (const { id } of made) await edge.settled(id, within());
    await carry();
    const [bad, good] = made;
    const path = join(folder, 'courier', `${bad.id}.left`);
    const bytes = await readFile(path);
    bytes[bytes.length - 100]! ^= 1;
    await writeFile(path, bytes);
    await writeFile(join(folder, 'courier', 'notes.sojourn'), 'no object at all');
    for (const { id } of made) await edge.signal(id, 'go', null);
    for (const { id } of made) await edge.settled(id, within());
    const found = new Map((await lines(createNodePlace('the edge', edge), courier)).map((line) => [line.object, line]));
    expect(found.get(bad.id)).toMatchObject({ result: 'refused', message: expect.stringMatching(/entry \d+/) });
    expect(found.get(good.id)).toMatchObject({ result: 'extended', from: 'a' });
    expect(await readFile(path)).toEqual(bytes);
    expect((await readdir(join(folder, 'courier'))).filter((name) => name.includes('arrived'))).toEqual([]);
  });
});
