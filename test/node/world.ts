/**
 * A world for whole objects: a folder, nodes with keys of their own, a clock that the test moves, policies written in the test, and the
 * scripted guest in a real sandbox.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Advisor } from '../../host/capability/advice.ts';
import type { Fetch } from '../../host/capability/http.ts';
import type { Tool } from '../../host/capability/tools.ts';
import { createHost } from '../../host/node/host.ts';
import type { ObjectDraft } from '../../host/node/draft-object.ts';
import type { Host } from '../../host/node/host.ts';
import { generateKey, nativeHash, createNativeVerify, systemRandom } from '../../host/node/native.ts';
import type { KeyPair } from '../../host/node/native.ts';
import type { HostPorts } from '../../host/node/host-ports.ts';
import type { Residents } from '../../host/node/residents.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { Limits } from '../../host/limits.ts';
import type { CyclePoint } from '../../host/kernel/ports.ts';
import type { PolicySet } from '../../host/policy/model.ts';
import type { Clock, HandlerRunner, Random, ReaderKey, Signer, Store } from '../../host/ports.ts';
import { createSandbox } from '../../host/sandbox/runner.ts';
import { createFileStore } from '../../host/store/file.ts';
import { buildScript } from '../sandbox/guest-builds.ts';
import type { Value } from '../../host/value.ts';
import { PERMIT_ALL, policySet } from './policies.ts';

export { PERMIT_ALL, policyFiles, policySet } from './policies.ts';

export const START = Date.UTC(2026, 0, 1);
export const DAY = 86_400_000;

export interface World {
  readonly folder: string;
  readonly handler: Uint8Array;
  /** Key of the node that makes the objects, and of any that is given no other. */
  readonly creator: KeyPair;
  /** The clock of every node; a test may move it either way. */
  time: number;
  path(name: string): string;
  node(options?: NodeOptions): Host;
  /** Makes `name` (folders in it are made, too) with a script for the guest and gives its path. */
  object(name: string, script: Value, draft?: Partial<ObjectDraft>): Promise<string>;
  close(): Promise<void>;
}

export interface NodeOptions {
  readonly policy?: PolicySet | null;
  readonly signer?: Signer | null;
  /** Default: that of the creator's key where the node has it, else none. */
  readonly reader?: ReaderKey | null;
  readonly zone?: string;
  readonly accept?: readonly string[];
  readonly limits?: Limits;
  readonly tools?: readonly Tool[];
  readonly advisors?: readonly Advisor[];
  readonly onPoint?: (point: CyclePoint) => void;
  readonly runner?: HandlerRunner;
  readonly random?: Random;
  readonly clock?: Clock;
  readonly fetch?: Fetch;
  readonly store?: Store;
  readonly residents?: Residents;
}

export async function createWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-'));
  const runner = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 2 });
  const { bytes: handler } = await buildScript(new URL('guests/scripted.js', import.meta.url));
  const creator = generateKey();
  const all = policySet(PERMIT_ALL);

  const world: World = {
    folder,
    handler,
    creator,
    time: START,
    path: (name) => join(folder, `${name}.sojourn`),
    node(options = {}) {
      const { policy = all, signer = creator.signer, limits, zone, tools, advisors, onPoint } = options;
      const ports: HostPorts = {
        clock: options.clock ?? { now: () => world.time },
        random: options.random ?? systemRandom,
        hash: nativeHash,
        verify: createNativeVerify(),
        signer,
        reader: options.reader === undefined && signer === creator.signer ? creator.reader : (options.reader ?? null),
        store: options.store ?? createFileStore(),
        ...(options.residents === undefined ? {} : { residents: options.residents }),
        fetch: options.fetch ?? ((url, init) => fetch(url, init)),
        runner: options.runner ?? runner,
        handler: async (digest) => (digest === Buffer.from(nativeHash(handler)).toString('hex') ? handler : null),
      };
      return createHost({
        ports,
        policy,
        ...(limits === undefined ? {} : { limits }),
        ...(options.accept === undefined ? {} : { accept: options.accept }),
        ...(zone === undefined ? {} : { zone }),
        ...(tools === undefined ? {} : { tools }),
        ...(advisors === undefined ? {} : { advisors }),
        ...(onPoint === undefined ? {} : { onPoint: (point) => onPoint(point) }),
      });
    },
    async object(name, script, draft = {}) {
      const path = world.path(name);
      mkdirSync(dirname(path), { recursive: true });
      await world.node().create(path, {
        handler,
        intent: { kind: 'scripted', goal: 'Do what the script says', input: script, constraints: {} },
        scope: { capabilities: ['*'], zones: [], depth: 4 },
        ...draft,
      });
      return path;
    },
    async close() {
      await runner.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}

/** Proposals as a script writes them. */
export const propose = {
  finish: (result: Value = null): Value => ({ propose: { tag: 'termination', val: { achieved: true, result } } }),
  commit: (into: string | null, value: Value): Value => ({
    propose: { tag: 'execution', val: { step: 'commit', operation: { tag: 'commit', val: value }, into } },
  }),
  http: (request: Value, into: string | null = null): Value => ({
    propose: { tag: 'execution', val: { step: 'send', operation: { tag: 'http', val: request }, into } },
  }),
  sleep: (condition: Value): Value => ({ propose: { tag: 'dormancy', val: { condition } } }),
};
