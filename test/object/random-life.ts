/**
 * Whole lives of objects at random: signals, writes, sleep and wake attempts, children, refined intents, hand-overs, the end. Every step
 * ends in a seal, so that a checkpoint may follow anywhere.
 */
import fc from 'fast-check';
import { parseJson } from '../../host/json.ts';
import type { Condition, FollowBody, ProposalBody, WitnessBody } from '../../host/object/model.ts';
import { quarantineAt } from '../../host/object/quarantine.ts';
import { createSeal, encodeReceipt } from '../../host/object/seal.ts';
import { nextTrust } from '../../host/object/trust.ts';
import { CREATOR, filled, ObjectBuilder, OTHER_NODE, PERMIT } from './builder.ts';

const PLAIN = ['signal', 'witness', 'sleep', 'try', 'look', 'refine', 'child', 'fail', 'hand-over', 'follow'] as const;

export type Step =
  | { readonly do: (typeof PLAIN)[number] | 'checkpoint' | 'finish' | 'readmit' }
  | { readonly do: 'write'; readonly key: string; readonly value: string | null };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(...PLAIN).map((name): Step => ({ do: name })),
  fc.record({
    do: fc.constant('write' as const),
    key: fc.constantFrom('a', 'b', '__proto__', '\ufeffc', ''),
    value: fc.option(
      fc.json({ maxDepth: 2 }).filter((text) => parseJson(text, 4096).ok),
      { nil: null },
    ),
  }),
);

/** Steps of a life; about every fifth is a checkpoint. */
export const someLife: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.oneof({ weight: 4, arbitrary: step }, { weight: 1, arbitrary: fc.constant<Step>({ do: 'checkpoint' }) }), {
    minLength: 1,
    maxLength: 24,
  })
  .chain((steps) =>
    fc.boolean().map((ends): readonly Step[] => (ends ? [...steps, { do: 'finish' }, { do: 'checkpoint' }] : steps)),
  );

/** One life in which every field of a state has something in it. */
export const FULL_LIFE: readonly Step[] = [
  { do: 'write', key: 'a', value: '{"x":[1,2.5,"three"]}' },
  { do: 'refine' },
  { do: 'child' },
  { do: 'checkpoint' },
  { do: 'hand-over' },
  { do: 'fail' },
  { do: 'fail' },
  { do: 'fail' },
  { do: 'fail' },
  { do: 'follow' },
  { do: 'witness' },
  { do: 'try' },
  { do: 'signal' },
  { do: 'signal' },
  { do: 'look' },
  { do: 'hand-over' },
  { do: 'readmit' },
  { do: 'checkpoint' },
];

const SLEEP: Condition = {
  tag: 'group',
  need: 1,
  members: [
    { tag: 'instant', at: 5 },
    { tag: 'signal', name: 'go' },
  ],
};

/** Plays the steps; one that does not fit the state is left out. Gives the builder and where the checkpoints stand. */
export function live(steps: readonly Step[]): {
  readonly builder: ObjectBuilder;
  readonly checkpoints: readonly number[];
} {
  const builder = new ObjectBuilder(CREATOR);
  const checkpoints: number[] = [];
  let trust = 1000;
  builder.add({ kind: 'blob', body: { media: 'application/wasm', bytes: filled(40, 1) } });
  builder.add({ kind: 'blob', body: { media: 'application/octet-stream;path=a/b.txt', bytes: filled(9, 2) } });
  builder.seal();
  for (const [n, one] of steps.entries()) {
    const { status, dormancy, cycle } = builder.state();
    const rested = status === 'active' && one.do !== 'look';
    if (status === 'terminated' && one.do !== 'checkpoint') continue;
    if (one.do === 'hand-over') {
      builder.signer = builder.signer === CREATOR ? OTHER_NODE : CREATOR;
      continue;
    }
    if (one.do === 'readmit') {
      readmit(builder, trust);
      continue;
    }
    if (one.do === 'checkpoint') checkpoints.push(builder.checkpoint());
    else if (one.do === 'follow') builder.add({ kind: 'follow', body: longerCopy(builder) });
    else if (one.do === 'signal') builder.signal(n % 2 === 0 ? 'go' : 'other', `key-${n}`);
    else if (one.do === 'witness') builder.add({ kind: 'witness', body: witness(n) });
    else if (one.do === 'look' && dormancy !== null) {
      readmit(builder, trust);
      trust = look(builder, dormancy.seq, n % 3 === 0, trust);
    } else if (rested) {
      readmit(builder, trust);
      builder.open(cycle === 0 ? 'created' : 'continued');
      act(builder, one, n);
      trust = nextSlope(builder, trust);
    } else continue;
    builder.seal(trust);
  }
  return { builder, checkpoints };
}

const REQUEST = { method: 'GET', url: 'https://vendor.example/state', headers: [], body: null, repetition: 'safe' };
const TRIED: ProposalBody = {
  source: 'handler',
  action: 'execution',
  body: { step: 'ask', operation: { tag: 'http', val: REQUEST }, into: 'state', retry: { maxAttempts: 100 } },
  rationale: 'for the test',
  confidence: 1,
  fuel: 1,
};

function nextSlope(builder: ObjectBuilder, trust: number): number {
  const last = builder.entries.at(-1);
  return last?.kind === 'outcome' ? nextTrust(trust, last.body) : trust;
}

/** Lets the object in, where it is quarantined at the node that goes on with it. */
function readmit(builder: ObjectBuilder, trust: number): void {
  const found = quarantineAt(builder.state(), builder.node);
  if (found === null) return;
  builder.add({ kind: 'readmit', body: { from: found.from, slope: found.slope, verdict: PERMIT } });
  builder.seal(trust);
}

/** A receipt of this object that it does not hold. */
function longerCopy(builder: ObjectBuilder): FollowBody {
  const { id, node, cycle } = builder;
  const statement = { id, seq: builder.seq + 9, head: filled(32, 0xfa), time: 5, node, cycle, trust: 1000 };
  return { receipt: encodeReceipt(createSeal(statement, builder.signer)), found: 'behind', reason: 'it is lost' };
}

/** What another object that has ended tells. */
function witness(n: number): WitnessBody {
  const other = new ObjectBuilder(OTHER_NODE, { nonce: filled(16, n) });
  other.seal();
  other.open();
  other.propose('termination', { achieved: true });
  const from = other.outcome({ action: 'termination', value: { achieved: true, result: n } });
  return { id: other.id, receipt: other.seal(), items: other.items.slice(from, -1), spent: { fuel: 100, cycles: 1 } };
}

function look(builder: ObjectBuilder, dormancy: number, satisfied: boolean, trust: number): number {
  builder.begin();
  builder.add({ kind: 'wake', body: { dormancy, satisfied, because: [] } });
  builder.outcome({ class: satisfied ? 'success' : 'deferral', action: 'reentry', fuel: 0 });
  return nextSlope(builder, trust);
}

function act(builder: ObjectBuilder, one: Step, n: number): void {
  switch (one.do) {
    case 'write':
      if (one.value === null) builder.call(0, 'kv.delete', { key: one.key });
      else builder.call(0, 'kv.set', { key: one.key, value: one.value });
      builder.propose('execution', { step: 's', into: 'last' });
      builder.outcome({ value: { n } });
      return;
    case 'sleep':
      builder.propose('dormancy', {});
      builder.outcome({ action: 'dormancy', wake: SLEEP });
      return;
    case 'try': {
      const proposal = builder.add({ kind: 'proposal', body: TRIED });
      builder.add({ kind: 'verdict', body: { proposal, action: 'execution', verdict: PERMIT } });
      const because = callOf(builder);
      const here = { operation: 'http.send', target: 'https://vendor.example', node: builder.node, zone: 'eu' };
      builder.add({ kind: 'negative', body: { ...here, reason: 'no-response', because, until: SLEEP } });
      builder.outcome({ class: 'deferral', reason: 'not-yet', wake: SLEEP });
      return;
    }
    case 'refine': {
      const before = builder.state().intent;
      builder.propose('mutation', { kind: 'refine' });
      const after = { ...before, goal: `${before.goal}.` };
      builder.add({ kind: 'intent', body: { mutation: 'refine', before, after, reason: 'for the test' } });
      builder.outcome({ action: 'mutation' });
      return;
    }
    case 'child':
      builder.propose('delegation', { name: `child-${n}` });
      child(builder, `child-${n}`);
      builder.outcome({ action: 'delegation' });
      return;
    case 'finish':
      builder.propose('termination', { achieved: true });
      builder.outcome({ action: 'termination', value: 'done' });
      return;
    default:
      builder.outcome({ class: 'failure', action: null, reason: 'error' });
  }
}

/** A call that nobody answered; gives the `seq` of what it came to. */
function callOf(builder: ObjectBuilder): number {
  const body = { index: 0, operation: 'http.send', request: REQUEST, key: null, verdict: PERMIT };
  return builder.result(builder.add({ kind: 'call', body }), 'timeout');
}

function child(builder: ObjectBuilder, name: string): void {
  const { intent, handler } = builder.state().genesis;
  const scope = { capabilities: [], zones: [], depth: 0 };
  const body = { name, id: filled(32, 0xc1), nonce: filled(16, 0xc2), handler, intent, scope, budgets: { fuel: 10 } };
  builder.add({ kind: 'child', body });
}
