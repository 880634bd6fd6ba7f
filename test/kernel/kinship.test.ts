/** What a parent's file and a child's say of each other: each way in which they can differ is told. */
import { describe, expect, test } from 'vitest';
import type { Kin } from '../../host/kernel/kinship.ts';
import { checkKinship } from '../../host/kernel/kinship.ts';
import { createEd25519Signer, sha256 } from '../../host/object/crypto.ts';
import { applyEntry, createState } from '../../host/object/fold.ts';
import { decodeGenesis } from '../../host/object/genesis.ts';
import type { ChildBody, Context, EntryOf, Genesis, ParentLink } from '../../host/object/model.ts';
import { encodeReceipt, nodeIdOf } from '../../host/object/seal.ts';
import type { State } from '../../host/object/state.ts';
import type { Value } from '../../host/value.ts';
import { CREATOR, filled, ObjectBuilder, sampleGenesis } from '../object/builder.ts';

const OTHER = createEd25519Signer(filled(32, 6));
const SCOPE = { capabilities: ['http.send'], zones: [], depth: 0 };
const BUDGETS = { cycles: 5, counters: { cents: 9 } };

interface Changes {
  readonly link?: Partial<ParentLink>;
  readonly context?: Partial<Context>;
  readonly genesis?: Partial<Genesis>;
  readonly entry?: Partial<ChildBody>;
  readonly node?: Uint8Array;
  /** What the parent was told. */
  readonly told?: { readonly result: Value; readonly cycles: number };
  /** What the child did. */
  readonly done?: Value;
}

function fold(builder: ObjectBuilder): State {
  let state = createState(decodeGenesis(builder.items[0]!), builder.id);
  builder.entries.forEach((entry, index) => (state = applyEntry(state, entry, sha256(builder.items[index + 1]!))));
  return state;
}

/** The child's file, with an end where it has one. */
function childFile(parent: ObjectBuilder, { link, context, genesis, done }: Changes): ObjectBuilder {
  const sample = sampleGenesis(CREATOR);
  const builder = new ObjectBuilder(CREATOR, {
    ...sample,
    ...genesis,
    context: {
      ...sample.context,
      scope: SCOPE,
      budgets: BUDGETS,
      policies: [filled(32, 8)],
      parent: { id: parent.id, seq: 4, generation: 1, name: 'part', ...link },
      ...context,
    },
  });
  builder.seal();
  if (done === undefined) return builder;
  builder.open();
  builder.propose('termination', {});
  builder.outcome({ action: 'termination', value: { achieved: true, result: done } });
  builder.seal();
  return builder;
}

function kin(changes: Changes): readonly string[] {
  const { context } = sampleGenesis(CREATOR);
  const parent = new ObjectBuilder(CREATOR, { context: { ...context, policies: [filled(32, 8)] } });
  const child = childFile(parent, changes);
  const { nonce, handler, intent } = sampleGenesis(null);
  const body: ChildBody = {
    name: 'part',
    id: child.id,
    nonce,
    handler,
    intent,
    scope: SCOPE,
    budgets: BUDGETS,
    ...changes.entry,
  };
  parent.seal();
  parent.open();
  parent.propose('delegation', {});
  const seq = parent.add({ kind: 'child', body });
  parent.outcome({ action: 'delegation' });
  parent.seal();
  if (changes.told !== undefined) {
    const { result, cycles } = changes.told;
    const twin = childFile(parent, { ...changes, done: result });
    const at = twin.seq - 1;
    const seal = twin.entries.at(-1) as EntryOf<'seal'>;
    const receipt = encodeReceipt(seal.body);
    const spent = { fuel: 100, calls: 0, bytes: 0, cycles, counters: {} };
    parent.add({ kind: 'witness', body: { id: child.id, receipt, items: [twin.items[at]!], spent } });
    parent.seal();
  }
  const state = fold(parent);
  const entry = parent.entries.find((other): other is EntryOf<'child'> => other.kind === 'child' && other.seq === seq)!;
  const related: Kin = {
    parent: state,
    name: 'part',
    link: { ...state.children.get('part')!, seq: 4 },
    entry: { ...entry, node: changes.node ?? entry.node },
    child: fold(child),
  };
  return checkKinship(related, sha256);
}

describe('a parent and its child', () => {
  test('agree where nothing was changed, before and after the end', () => {
    expect(kin({})).toEqual([]);
    expect(kin({ done: 'x', told: { result: 'x', cycles: 1 } })).toEqual([]);
  });

  test.each<[string, Changes, RegExp]>([
    ['another entry', { link: { seq: 9 } }, /^entry of its parent: expected 4, found 9/],
    ['another generation', { link: { generation: 2 } }, /^generation: expected 1, found 2/],
    ['another name', { link: { name: 'party' } }, /^name: expected part, found party/],
    ['another parent', { link: { id: filled(32, 1) } }, /^parent: expected/],
    ['no parent', { context: { parent: null } }, /none named/],
    ['a wider capability', { context: { scope: { ...SCOPE, capabilities: ['http.*'] } } }, /^capabilities: /],
    ['other budgets', { context: { budgets: { ...BUDGETS, cycles: 6 } } }, /^budgets: /],
    ['another counter', { context: { budgets: { cycles: 5, counters: { cents: 10 } } } }, /^budgets: /],
    ['a policy left out', { context: { policies: [] } }, /^policies: /],
    ['another intent', { genesis: { intent: { kind: 'a', goal: 'b', input: null, constraints: {} } } }, /^intent: /],
    ['another handler', { genesis: { handler: filled(32, 1) } }, /^handler: /],
    ['another nonce', { entry: { nonce: filled(16, 1) } }, /^nonce: /],
    ['a narrower scope than was written down', { entry: { scope: { ...SCOPE, zones: ['eu'] } } }, /^scope: /],
    ['another creator', { node: nodeIdOf(OTHER.publicKey, sha256) }, /^creator: /],
    ['another result', { done: 'x', told: { result: 'y', cycles: 1 } }, /another$/],
    ['other sums', { done: 'x', told: { result: 'x', cycles: 0 } }, /other sums$/],
    ['no end', { told: { result: 'x', cycles: 1 } }, /found it going on/],
  ])('do not agree on %s', (_what, changes, message) => {
    expect(kin(changes).some((problem) => message.test(problem))).toBe(true);
  });
});
