/**
 * Objects for several nodes: scripts with effects at a server that honours keys, made and told by a host of the test's own; and what
 * must be true of them in the end.
 */
import { basename } from 'node:path';
import { expect } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { hex } from '../../host/json.ts';
import { createHost } from '../../host/node/host.ts';
import type { Host } from '../../host/node/host.ts';
import { generateKey, nativeHash } from '../../host/node/native.ts';
import { nodePorts } from '../../host/node/ports.ts';
import type { Entry } from '../../host/object/model.ts';
import type { NodeStore } from '../../host/ports.ts';
import type { Value } from '../../host/value.ts';
import type { EffectServer } from '../node/effect-server.ts';
import { PERMIT_ALL, policySet } from '../node/policies.ts';
import { propose } from '../node/world.ts';
import { buildScript } from '../sandbox/guest-builds.ts';
import { createMemoryStore } from '../../host/store/memory.ts';
import { idOf } from '../store/contract.ts';

export interface Yard {
  readonly host: Host;
  /** Makes an object for this script, and remembers its receipt. */
  object(label: string, script: Value): Promise<string>;
  /** Signals it once it waits for that; until then, and until it can be had, `next` is waited for. Remembers the receipt. */
  signal(name: string, signal: string, next: () => Promise<unknown>): Promise<void>;
  /** Asks the server for anything. */
  answers(): Promise<boolean>;
  /** False while its server does not answer, too. */
  isEnded(name: string): Promise<boolean>;
  /** Reads the whole object, verifies and replays it, and holds all receipts against it. Gives its entries. */
  expectWhole(name: string): Promise<readonly Entry[]>;
  close(): Promise<void>;
}

/** Its creator is no node: it only makes objects and tells them things. */
export async function createYard(store: NodeStore): Promise<Yard> {
  const { bytes: handler } = await buildScript(new URL('../node/guests/scripted.js', import.meta.url));
  await store.putHandler(hex(nativeHash(handler)), handler);
  const ports = nodePorts({ signer: generateKey().signer, workers: 1 });
  const host = createHost({
    ports: { ...ports, store, handler: (digest) => store.handler(digest) },
    policy: policySet(PERMIT_ALL),
  });
  // an id is known once an object is made, and a node goes on with nothing under another name
  const made = createMemoryStore();
  const maker = createHost({
    ports: { ...ports, store: made, handler: (digest) => store.handler(digest) },
    policy: null,
  });
  const receipts = new Map<string, Uint8Array[]>();

  return {
    host,
    async object(label, script) {
      const draft = idOf(label);
      const { id: name, receipt } = await maker.create(draft, {
        handler,
        intent: { kind: 'scripted', goal: 'Do what the script says', input: script, constraints: {} },
        scope: { capabilities: ['*'], zones: [], depth: 4 },
      });
      await store.create(name, made.read(draft));
      receipts.set(name, [receipt]);
      return name;
    },
    async signal(name, signal, next) {
      for (;;) {
        const change = next(); // before the look at it, so that none is missed
        try {
          const { state } = await host.show(name);
          if (state.status !== 'dormant' || state.cycle !== WAITS_FROM) {
            await change;
            continue;
          }
          const { receipt } = await host.signal(name, signal, null, { key: signal });
          if (receipt !== null) receipts.get(name)?.push(receipt);
          return;
        } catch (error) {
          if (!(error instanceof SojournError && NOT_NOW.includes(error.code))) throw error;
          await change;
        }
      }
    },
    answers: async () => {
      try {
        return (await store.find(idOf('nothing'))) === null;
      } catch {
        return false;
      }
    },
    async isEnded(name) {
      try {
        return (await host.show(name)).state.status === 'terminated';
      } catch (error) {
        if (error instanceof SojournError && NOT_NOW.includes(error.code)) return false;
        throw error;
      }
    },
    async expectWhole(name) {
      const report = await host.verify(name, { replay: true, heads: receipts.get(name) ?? [] });
      expect(report.ok ? '' : report.message).toBe('');
      const { entries, state } = await host.show(name);
      expect(state.status).toBe('terminated');
      return entries;
    },
    close: () => host.close(),
  };
}

/** What is said while nodes fight for an object, and while its server is away. */
const NOT_NOW: readonly string[] = ['store.busy', 'store.failed'];

/** The cycle of `workScript` that waits for the signal. */
const WAITS_FROM = 5;

/** A request that may be made again, with its key. */
export function post(server: Pick<EffectServer, 'url'>, path: string): Value {
  return { method: 'POST', url: `${server.url}/${path}`, repetition: 'keyed', body: '{"n":1}' };
}

/** Three effects around a sleep and a signal, then its end. */
export function workScript(server: EffectServer, run: string, restMs: number): Value {
  return {
    1: propose.http(post(server, `${run}/first`), 'first'),
    2: propose.sleep([{ tag: 'elapsed', val: restMs }]),
    4: { calls: [['http.send', post(server, `${run}/guest`)]], ...Object(propose.commit('guest', 1)) },
    5: propose.sleep([{ tag: 'signal', val: 'go' }]),
    7: propose.http(post(server, `${run}/last`), 'last'),
    '*': propose.finish('done'),
  };
}

/** Every effect of the run took place, and none twice. */
export function expectOnce(server: EffectServer, run: string, effects: readonly string[]): void {
  const { seen, keys } = server.ledger(run);
  expect(
    seen
      .filter(({ effect }) => effect)
      .map(({ path }) => basename(path))
      .toSorted(),
  ).toEqual(effects.toSorted());
  expect(keys.size).toBe(effects.length);
  expect(seen.every(({ key }) => key !== null)).toBe(true);
}
