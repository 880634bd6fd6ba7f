/**
 * What every kind of node must do with objects (R59): the same life, whatever is between the object and the kernel. Each test ends with
 * a replay of what it made, by a host that has only the bytes.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Entry } from '../../host/object/model.ts';
import type { NodeDraft } from '../../host/node/service/node.ts';
import type { PolicySet } from '../../host/policy/model.ts';
import type { Value } from '../../host/value.ts';
import { script } from '../node/family.ts';
import { generateKey } from '../../host/node/native.ts';
import { PERMIT_ALL, policySet } from '../node/policies.ts';
import { ofKind } from '../node/wreck.ts';
import type { Wreck } from '../node/wreck.ts';
import { propose } from '../node/world.ts';
import { putFile, getFile } from './subject.ts';
import type { Ground, Kind, Subject } from './subject.ts';

/** A kind, run over all behaviours. `ground` and `wreck` are made before and closed behind all kinds. */
export function conformance(kind: Kind, ground: () => Ground, wreck: () => Wreck): void {
  describe(`${kind.title} node`, { timeout: 40_000 }, () => {
    let subject: Subject;
    let made: string[];
    let others: Subject[];

    beforeAll(async () => {
      subject = await make();
    }, 120_000);
    afterAll(() => subject.close());
    beforeEach(() => {
      [made, others] = [[], []];
    });
    afterEach(async () => {
      for (const id of made) await expectReplays(await subject.bytes(id));
      for (const other of others) await other.close();
    });

    function make(policy: PolicySet = policySet(PERMIT_ALL)): Promise<Subject> {
      return kind.make(ground(), policy);
    }

    function draftOf(body: Value, more: Partial<NodeDraft> = {}): NodeDraft {
      const { nodes, world } = ground();
      return nodes.draft(body, { handler: world.handler, ...more });
    }

    async function create(body: Value, more: Partial<NodeDraft> = {}): Promise<string> {
      const id = await subject.create(draftOf(body, more));
      made.push(id);
      return id;
    }

    async function expectReplays(bytes: Uint8Array): Promise<void> {
      const { world } = ground();
      const report = await world.node().verify(putFile(world, randomUUID(), bytes), { replay: true });
      expect(report.ok ? '' : report.message).toBe('');
      const diverged = report.ok ? report.replay?.filter(({ kind: result }) => result === 'diverged') : null;
      expect(diverged).toEqual([]);
    }

    async function entriesOf(id: string): Promise<readonly Entry[]> {
      const { world } = ground();
      return (await world.node().show(putFile(world, randomUUID(), await subject.bytes(id)))).entries;
    }

    it('makes an object and runs it to its end', async () => {
      const id = await create(script(propose.commit('a', 1), propose.finish({ done: true })));
      expect(await subject.goOn(id)).toBe('terminated');
      const outcomes = ofKind(await entriesOf(id), 'outcome');
      expect(outcomes.map(({ body }) => [body.class, body.action])).toEqual([
        ['success', 'execution'],
        ['success', 'termination'],
      ]);
      expect(await subject.goOn(id)).toBe('terminated');
      expect(ofKind(await entriesOf(id), 'outcome')).toHaveLength(2);
    });

    it('lets it sleep until its time, and not longer', async () => {
      const { nodes } = ground();
      const id = await create(script(propose.sleep([{ tag: 'elapsed', val: 5_000 }]), propose.finish()));
      expect(await subject.goOn(id)).toBe('dormant');
      nodes.setTime(nodes.time + 4_999);
      expect(await subject.goOn(id)).toBe('dormant');
      expect(ofKind(await entriesOf(id), 'proposal')).toHaveLength(1);
      nodes.setTime(nodes.time + 1);
      expect(await subject.goOn(id)).toBe('terminated');
    });

    it('takes a signal once, whoever repeats it, and wakes what waits for it', async () => {
      const id = await create(script(propose.sleep([{ tag: 'signal', val: 'go' }]), propose.finish()));
      expect(await subject.goOn(id)).toBe('dormant');
      expect(await subject.signal(id, 'other', 'key 1')).toBe(false);
      expect(await subject.goOn(id)).toBe('dormant');
      expect(await subject.signal(id, 'other', 'key 1')).toBe(true);
      expect(await subject.signal(id, 'go', 'key 2')).toBe(false);
      expect(await subject.goOn(id)).toBe('terminated');
      const signals = ofKind(await entriesOf(id), 'signal');
      expect(signals.map(({ body }) => [body.name, body.key])).toEqual([
        ['other', 'key 1'],
        ['go', 'key 2'],
      ]);
    });

    it('makes the child that an object delegates to, and tells the parent of its end', async () => {
      const part = {
        name: 'part',
        task: 'scripted',
        goal: 'A part',
        input: { '*': propose.finish('done') },
        capabilities: [],
        zones: [],
        budgets: [],
      };
      const condition: Value = [{ tag: 'object', val: { object: 'child:part', state: 'ended', seq: 0 } }];
      const body = {
        1: { propose: { tag: 'delegation', val: part } },
        2: propose.sleep(condition),
        '*': propose.finish(),
      };
      const id = await create(body, { embed: true });
      expect(await subject.goOn(id)).toBe('terminated');
      const { world } = ground();
      const { state } = await world.node().show(putFile(world, randomUUID(), await subject.bytes(id)));
      const child = [...state.children.values()][0]!;
      made.push(child.id);
      expect([child.status, ofKind(await entriesOf(id), 'witness')]).toEqual(['returned', [expect.anything()]]);
    });

    it('goes on with what a killed process left open, says so, and repeats no effect', async () => {
      const { server, world } = ground();
      const { run, bytes, ledger } = wreck();
      server.restore(run, { seen: [...ledger.seen], keys: new Set(ledger.keys) });
      await subject.admit(bytes);
      const report = await world.node().verify(putFile(world, randomUUID(), bytes));
      const id = report.ok ? report.id : '';
      made.push(id);
      // a sleep in it is over at once
      let status = await subject.goOn(id);
      if (status === 'dormant') status = await subject.goOn(id);
      expect(status).toBe('terminated');
      const [lost] = ofKind(await entriesOf(id), 'recover');
      expect(lost?.body.lost).not.toEqual(lost?.node);
      const { seen } = server.ledger(run);
      const keyed = seen.filter(({ effect, key }) => effect && key !== null).map(({ path }) => path.split('/').at(-1));
      expect(new Set(keyed)).toEqual(new Set(['exec', 'guest-1', 'guest-2']));
      expect(keyed).toHaveLength(3);
      expect(seen.filter(({ path }) => path.endsWith('never')).length).toBeLessThanOrEqual(2);
    });

    it('hands an object over, goes on with it no more, and takes it back when it has gone on', async () => {
      const { world, nodes } = ground();
      const id = await create(script(propose.sleep([{ tag: 'signal', val: 'go' }]), propose.finish()));
      await subject.goOn(id);
      const path = putFile(world, randomUUID(), await subject.handOver(id));
      const gone = { code: expect.toBeOneOf(['object.left', 'store.missing']) };
      await expect(subject.signal(id, 'go', 'here')).rejects.toMatchObject(gone);
      const { signer } = generateKey();
      const elsewhere = world.node({ signer, clock: { now: () => nodes.time } });
      await elsewhere.signal(path, 'go', null, { key: 'there' });
      await subject.admit(getFile(path));
      expect(await subject.goOn(id)).toBe('terminated');
      const nodesOf = new Set((await entriesOf(id)).map(({ node }) => Buffer.from(node).toString('hex')));
      expect(nodesOf.size).toBe(2);
    });

    it('finds a fork, says where the two part, and merges nothing', async () => {
      const { world, nodes } = ground();
      const id = await create(script(propose.sleep([{ tag: 'signal', val: 'go' }]), propose.finish()));
      await subject.goOn(id);
      const before = await subject.bytes(id);
      const path = putFile(world, randomUUID(), before);
      const elsewhere = world.node({ signer: generateKey().signer, clock: { now: () => nodes.time } });
      const { seq } = await elsewhere.signal(path, 'go', null, { key: 'there' });
      await elsewhere.run(path);
      await subject.signal(id, 'go', 'here');
      await subject.goOn(id);
      const ours = await subject.bytes(id);
      await expect(subject.admit(getFile(path))).rejects.toMatchObject({ code: 'object.forked', details: { at: seq } });
      expect(Buffer.compare(await subject.bytes(id), ours)).toBe(0);
      await expect(subject.admit(before)).rejects.toMatchObject({ code: 'object.behind' });
    });

    it('lets no call out that policy denies, and records that it did not', async () => {
      const { server } = ground();
      const other = await make(policySet(`${PERMIT_ALL} forbid(principal, action == Action::"http.send", resource);`));
      others.push(other);
      const run = randomUUID();
      const call = ['http.send', { method: 'POST', url: `${server.url}/${run}/denied`, body: '{}' }];
      const id = await other.create(draftOf({ '*': { calls: [call], ...Object(propose.finish()) } }));
      expect(await other.goOn(id)).toBe('terminated');
      expect(server.ledger(run).seen).toEqual([]);
      const bytes = await other.bytes(id);
      await expectReplays(bytes);
      const { entries } = await ground()
        .world.node()
        .show(putFile(ground().world, run, bytes));
      const calls = ofKind(entries, 'call').filter(({ body }) => body.operation === 'http.send');
      expect(calls.map(({ body }) => body.verdict.verdict)).toEqual(['reject']);
    });
  });
}
