/** Who a sleeper waited for, how many it needed, and who is missing: for all, any, some, nested, and beside time and signals. */
import { describe, expect, test } from 'vitest';
import { aggregateOf, missingChildren } from '../../host/kernel/aggregate.ts';
import type { WakeInputs } from '../../host/kernel/wake.ts';
import { hex } from '../../host/json.ts';
import type { Child } from '../../host/object/child.ts';
import { createState } from '../../host/object/fold.ts';
import { decodeGenesis } from '../../host/object/genesis.ts';
import type { Known } from '../../host/object/known.ts';
import type { Condition } from '../../host/object/model.ts';
import { filled, ObjectBuilder } from '../object/builder.ts';

const HOUR = 3_600_000;
const NAMES = ['a', 'b', 'c'] as const;
const idOf = (name: string): Uint8Array => filled(32, name.charCodeAt(0));

const ends = (name: string, state: 'ended' | 'achieved' | 'reached' = 'ended'): Condition => ({
  tag: 'object',
  id: idOf(name),
  state,
  seq: 0,
});
const group = (need: number, ...members: readonly Condition[]): Condition => ({ tag: 'group', need, members });
const all = (...members: readonly Condition[]): Condition => group(members.length, ...members);
const any = (...members: readonly Condition[]): Condition => group(1, ...members);
const hour: Condition = { tag: 'elapsed', ms: HOUR };
const go: Condition = { tag: 'signal', name: 'go' };

interface Facts {
  readonly returned?: readonly string[];
  readonly cancelled?: readonly string[];
  readonly after?: number;
  readonly signal?: boolean;
}

function gather(condition: Condition, { returned = [], cancelled = [], after = 0, signal = false }: Facts = {}) {
  const builder = new ObjectBuilder();
  const state = createState(decodeGenesis(builder.items[0]!), builder.id);
  const child = (name: string, index: number): Child => ({
    seq: index + 1,
    id: hex(idOf(name)),
    status: cancelled.includes(name) ? 'cancelled' : 'running',
    told: index + 1,
    carved: {},
    end: returned.includes(name) ? { seq: 50 + index, achieved: true, result: null, back: {}, late: false } : null,
  });
  const known = (name: string): Known => ({
    seq: 50,
    at: 9,
    head: '',
    node: '',
    time: 0,
    cycle: 1,
    trust: 1000,
    last: null,
    cancelled: new Map(),
    spent: null,
    fork: null,
    ended: returned.includes(name) ? { achieved: true, class: 'success', seq: 50, item: 0, at: 8 } : null,
  });
  const objects = new Map(NAMES.map((name) => [hex(idOf(name)), known(name)]));
  const inputs: WakeInputs = {
    now: after,
    since: 0,
    signals: signal ? [{ seq: 40, time: 0, node: '', name: 'go', key: 'k' }] : [],
    outcomes: [],
    objects,
    facets: { policy: '', node: '', zone: '', capabilities: '' },
  };
  const dormancy = { seq: 20, since: 0, condition, attempts: 0, outcomes: [] };
  const found = aggregateOf(
    { ...state, objects, children: new Map(NAMES.map((name, index) => [name, child(name, index)])) },
    dormancy,
    inputs,
  );
  return found === null ? null : { ...found, returned: found.returned.map(({ name }) => name) };
}

describe('an aggregate', () => {
  test.each<[string, Condition, Facts, object | null]>([
    ['one child', ends('a'), { returned: ['a'] }, { need: 1, of: ['a'], returned: ['a'], missing: [] }],
    [
      'all of three',
      all(ends('a'), ends('b'), ends('c')),
      { returned: ['a', 'b', 'c'] },
      { need: 3, of: ['a', 'b', 'c'], returned: ['a', 'b', 'c'], missing: [] },
    ],
    [
      'any of three',
      any(ends('a'), ends('b'), ends('c')),
      { returned: ['b'] },
      { need: 1, of: ['a', 'b', 'c'], returned: ['b'], missing: [] },
    ],
    [
      'two of three',
      group(2, ends('a'), ends('b'), ends('c')),
      { returned: ['a', 'c'] },
      { need: 2, of: ['a', 'b', 'c'], returned: ['a', 'c'], missing: [] },
    ],
    [
      'all in time',
      any(all(ends('a'), ends('b')), hour),
      { returned: ['a', 'b'] },
      { need: 2, of: ['a', 'b'], returned: ['a', 'b'], missing: [] },
    ],
    [
      'all, with one late',
      any(all(ends('a'), ends('b')), hour),
      { returned: ['a'], after: HOUR },
      { need: 2, of: ['a', 'b'], returned: ['a'], missing: ['b'] },
    ],
    [
      'all, with none',
      any(all(ends('a'), ends('b')), hour),
      { after: HOUR },
      { need: 2, of: ['a', 'b'], returned: [], missing: ['a', 'b'] },
    ],
    [
      'enough, and time besides',
      any(group(2, ends('a'), ends('b'), ends('c')), hour),
      { returned: ['a', 'b'], after: HOUR },
      { need: 2, of: ['a', 'b', 'c'], returned: ['a', 'b'], missing: [] },
    ],
    [
      'a signal in place of them',
      any(all(ends('a'), ends('b')), go),
      { signal: true },
      { need: 2, of: ['a', 'b'], returned: [], missing: [] },
    ],
    [
      'a signal and time in place of them',
      any(all(ends('a'), ends('b')), go, hour),
      { signal: true, after: HOUR },
      { need: 2, of: ['a', 'b'], returned: [], missing: [] },
    ],
    [
      'one given up',
      any(all(ends('a'), ends('b')), hour),
      { cancelled: ['b'], after: HOUR },
      { need: 2, of: ['a', 'b'], returned: [], missing: ['a'] },
    ],
    [
      'a child and a signal',
      all(ends('a'), go),
      { returned: ['a'], signal: true },
      { need: 1, of: ['a'], returned: ['a'], missing: [] },
    ],
    [
      'one of two pairs',
      any(all(ends('a'), ends('b')), ends('c')),
      { returned: ['c'] },
      { need: 1, of: ['a', 'b', 'c'], returned: ['c'], missing: [] },
    ],
    [
      'one child in two places',
      any(all(ends('a'), ends('a', 'achieved')), hour),
      { after: HOUR },
      { need: 1, of: ['a'], returned: [], missing: ['a'] },
    ],
    ['how far a child has come', any(ends('a', 'reached'), hour), { after: HOUR }, null],
    ['no child', any(go, hour), { after: HOUR }, null],
    [
      'an object that is no child',
      any({ tag: 'object', id: filled(32, 1), state: 'ended', seq: 0 }, hour),
      { after: HOUR },
      null,
    ],
  ])('of %s', (_what, condition, facts, expected) => {
    expect(gather(condition, facts)).toEqual(expected);
  });

  test('has a failure signal for each that is missing', () => {
    const body = { need: 2, of: ['a', 'b'], returned: [], missing: ['a', 'b'] };
    const header = { seq: 30, prev: filled(32, 0), time: 0, node: filled(16, 0), cycle: 1, policy: null };
    expect(missingChildren({ ...header, kind: 'aggregate', body })).toEqual(
      ['a', 'b'].map((target) => ({
        class: 'no-response',
        operation: 'delegation',
        target,
        reason: 'child-missing',
        because: 30,
      })),
    );
  });
});
