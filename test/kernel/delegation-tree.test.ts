/**
 * No child, and no union of children, may more than its parent, whatever handlers ask for: the real kernel makes the children, in real
 * files, over random scopes, budgets and trees, with requests that try to grow.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { delegate } from '../../host/kernel/delegate.ts';
import { OPERATIONS } from '../../host/kernel/operations.ts';
import { parseProposal } from '../../host/kernel/proposal.ts';
import { budgetLeft, covers } from '../../host/kernel/scope.ts';
import { createTape } from '../../host/kernel/tape.ts';
import { hex } from '../../host/json.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { childName, createChildPorts } from '../../host/node/children.ts';
import { createObject } from '../../host/node/create.ts';
import type { HostPorts } from '../../host/node/host-ports.ts';
import { generateKey } from '../../host/node/native.ts';
import { nodePorts } from '../../host/node/ports.ts';
import { openSession } from '../../host/node/open-session.ts';
import { readTree } from '../../host/node/tree.ts';
import type { TreeNode } from '../../host/node/tree.ts';
import type { CyclePorts } from '../../host/kernel/ports.ts';
import type { Budgets, EntryBody, Scope } from '../../host/object/model.ts';
import type { State } from '../../host/object/state.ts';
import { filled, outcome, PERMIT, sampleGenesis } from '../object/builder.ts';

const LIMITS = DEFAULT_LIMITS;
let ports: HostPorts;
let folder = '';
let trees = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-tree-'));
  ports = nodePorts({ signer: generateKey().signer, workers: 1 });
});

afterAll(async () => {
  await ports.runner.close();
  rmSync(folder, { recursive: true, force: true });
});

const names = fc.constantFrom('fuel', 'calls', 'bytes', 'cycles', 'cents', 'tokens', 'Cents', 'сents', '*');
const amount = fc.oneof(fc.nat(60), fc.constantFrom(-1, 0.5, 2 ** 53, Number.NaN));
/** What a handler may ask for: right, too much, and what looks like something else. */
const request = fc.record({
  /** Which of the objects made so far asks. */
  parent: fc.nat(20),
  name: fc.constantFrom('a', 'b', 'c', 'A', 'а', 'a/..', '__proto__', 'constructor'),
  capabilities: fc.array(
    fc.constantFrom(
      '*',
      'http.*',
      'http.send',
      'kv.*',
      'kv.get',
      'kv.set',
      'HTTP.send',
      'http.',
      'h*',
      'ｈttp.send',
      'memory.read',
    ),
    { maxLength: 3 },
  ),
  zones: fc.array(fc.constantFrom('eu', 'us', 'EU', 'еu', '*', ''), { maxLength: 2 }),
  budgets: fc.array(fc.record({ name: names, limit: amount }), { maxLength: 5 }),
  /** Asks for a share of what there is, in place of all that. */
  share: fc.option(fc.constantFrom(0, 0.3, 0.5, 1), { freq: 2 }),
  run: fc.record({ fuel: fc.nat(20), calls: fc.nat(5), bytes: fc.nat(5) }),
});
const root = fc.record({
  capabilities: fc.uniqueArray(fc.constantFrom('*', 'http.*', 'kv.get', 'kv.*', 'memory.read')),
  zones: fc.uniqueArray(fc.constantFrom('eu', 'us')),
  depth: fc.nat(3),
  budgets: fc.record({ fuel: fc.nat(200), cycles: fc.nat(60), calls: fc.nat(60) }, { requiredKeys: [] }),
  counters: fc.dictionary(fc.constantFrom('cents', 'tokens'), fc.nat(80)),
});

interface Asked {
  readonly capabilities: readonly string[];
  readonly zones: readonly string[];
  readonly budgets: readonly { readonly name: string; readonly limit: number }[];
}
interface Request extends Asked {
  readonly parent: number;
  readonly name: string;
  readonly share: number | null;
  readonly run: { readonly fuel: number; readonly calls: number; readonly bytes: number };
}

async function makeRoot(
  path: string,
  { budgets, counters, ...scope }: Scope & { budgets: Budgets; counters: Record<string, number> },
) {
  const { context, ...genesis } = sampleGenesis(ports.signer);
  const made = createObject({
    genesis: {
      ...genesis,
      context: { ...context, scope, budgets: { ...budgets, counters }, policies: [filled(32, 8)] },
    },
    blobs: [],
    signer: ports.signer,
    hash: ports.hash,
    limits: LIMITS,
  });
  mkdirSync(dirname(path));
  await ports.store.create(path, made.bytes);
}

/** One cycle in which the object asks for this child. Gives the child's file where there is one now. */
async function ask(path: string, asked: Request): Promise<string | null> {
  const session = await openSession(path, ports, LIMITS);
  try {
    const run = withinBudgets(session.state, asked.run);
    const stamp = { cycle: session.state.cycle + 1, policy: null };
    const tape = createTape({
      state: session.state,
      recorded: [],
      append: (state: State, body: EntryBody, sync: boolean) => session.append(state, body, stamp, sync),
    });
    const seed = filled(16, 3);
    const trigger = session.state.cycle === 0 ? 'created' : 'continued';
    const opening = { trigger, because: null, seed, limits: LIMITS.cycle, trace: null } as const;
    const { entry: open } = await tape.take('open', () => opening);
    const child = {
      ...asked,
      ...(asked.share === null ? {} : shareOf(session.state, asked.share)),
      task: 'part',
      goal: 'g',
      input: 'null',
      handler: null,
    };
    const body = { action: { tag: 'delegation', val: { tag: 'spawn', val: child } }, rationale: '', confidence: 1 };
    const parsed = parseProposal(body, LIMITS);
    const { fuel } = run;
    const proposal = {
      source: 'handler',
      action: 'delegation',
      body: null,
      rationale: '',
      confidence: 1,
      fuel,
    } as const;
    const { entry } = await tape.take('proposal', () => proposal);
    await tape.take('verdict', () => ({ proposal: entry.seq, action: 'delegation', verdict: PERMIT }));
    const { action } = parsed.ok ? parsed.proposal : { action: null };
    const own = createChildPorts({ name: path, ports, limits: LIMITS, blob: async () => null });
    // of the kernel's ports, delegation takes these and no other
    const cyclePorts = { ...own, limits: LIMITS } as CyclePorts;
    const done =
      action?.name === 'delegation' && action.tag === 'spawn'
        ? await delegate({ tape, ports: cyclePorts, open, mediator: run }, action.delegation)
        : { class: 'failure' as const, action: null, reason: 'proposal-invalid' };
    await tape.take('outcome', () => outcome({ ...done, ...run }));
    await session.seal(tape.state, stamp);
    const id = session.state.children.get(asked.name)?.id;
    return done.class === 'success' && id !== undefined ? childName(path, id) : null;
  } finally {
    await session.close();
  }
}

/** A request for what the object itself may do, and this share of what it was given. */
function shareOf({ genesis }: State, share: number): Asked {
  const { scope, budgets } = genesis.context;
  const { counters = {}, ...limits } = budgets;
  const all = Object.entries({ ...limits, ...counters });
  return {
    capabilities: [...scope.capabilities],
    zones: [...scope.zones],
    budgets: all.map(([name, limit]) => ({ name, limit: Math.floor(limit * share) })),
  };
}

/** A run of the handler keeps to what its object has left. */
function withinBudgets({ genesis, spent }: State, run: Request['run']): Request['run'] {
  const left = (name: 'fuel' | 'calls' | 'bytes'): number =>
    Math.min(run[name], budgetLeft(genesis.context.budgets, spent, name) ?? run[name]);
  return { fuel: left('fuel'), calls: left('calls'), bytes: left('bytes') };
}

function limitOf(budgets: Budgets, name: string): number {
  if (name === 'fuel' || name === 'calls' || name === 'bytes' || name === 'cycles')
    return budgets[name] ?? Number.POSITIVE_INFINITY;
  return budgets.counters?.[name] ?? 0;
}

function expectWithin(node: TreeNode): void {
  const { context } = node.state!.genesis;
  expect(node.problems).toEqual([]);
  for (const name of ['fuel', 'calls', 'bytes', 'cycles', 'cents', 'tokens']) {
    const given = node.children.reduce((sum, child) => sum + limitOf(child.state!.genesis.context.budgets, name), 0);
    expect(given).toBeLessThanOrEqual(limitOf(context.budgets, name));
  }
  for (const child of node.children) {
    const its = child.state!.genesis.context;
    for (const operation of OPERATIONS)
      if (covers(its.scope.capabilities, operation)) expect(covers(context.scope.capabilities, operation)).toBe(true);
    if (context.scope.zones.length > 0) {
      expect(its.scope.zones.length).toBeGreaterThan(0);
      for (const zone of its.scope.zones) expect(context.scope.zones).toContain(zone);
    }
    expect(its.scope.depth).toBe(context.scope.depth - 1);
    expect(its.policies.map(hex)).toEqual(expect.arrayContaining(context.policies.map(hex)));
    expect(its.parent?.generation).toBe((context.parent?.generation ?? 0) + 1);
    for (const counter of Object.keys(its.budgets.counters ?? {}))
      expect(Object.keys(context.budgets.counters ?? {})).toContain(counter);
    expectWithin(child);
  }
}

test(
  'the authority of a child never exceeds that of its parent, nor does that of all of them',
  { timeout: 180_000 },
  async () => {
    let made = 0;
    await fc.assert(
      fc.asyncProperty(root, fc.array(request, { minLength: 1, maxLength: 8 }), async (start, requests) => {
        const path = join(folder, `${trees++}`, 'root.sojourn');
        await makeRoot(path, start);
        const files = [path];
        for (const asked of requests) {
          const child = await ask(files[asked.parent % files.length]!, asked);
          if (child !== null) files.push(child);
        }
        made += files.length - 1;
        const tree = await readTree(files, ports, LIMITS);
        expect([tree.ok, tree.missing, tree.broken]).toEqual([true, 0, []]);
        expect(tree.roots).toHaveLength(1);
        expectWithin(tree.roots[0]!);
      }),
      { numRuns: 60 },
    );
    // were nothing ever made, nothing would be shown
    expect(made).toBeGreaterThan(0);
  },
);
