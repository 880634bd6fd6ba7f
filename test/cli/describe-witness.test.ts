import { expect, test } from 'vitest';
import { describeKnown, describeWitness } from '../../host/cli/describe-witness.ts';
import { hex } from '../../host/json.ts';
import { sha256 } from '../../host/object/crypto.ts';
import { applyEntry, createState } from '../../host/object/fold.ts';
import { decodeGenesis } from '../../host/object/genesis.ts';
import type { State } from '../../host/object/state.ts';
import type { ObjectBuilder } from '../object/builder.ts';
import { witnessed } from '../vectors/sound.ts';

const { builder, bodies } = witnessed();

function fold(object: ObjectBuilder): State {
  const start = createState(decodeGenesis(object.items[0]!), object.id);
  return object.entries.reduce((state, entry, i) => applyEntry(state, entry, sha256(object.items[i + 1]!)), start);
}

test('a witness says what became of the other object', () => {
  const id = hex(bodies[0]!.id).slice(0, 8);
  expect(bodies.map(describeWitness)).toEqual([
    `object ${id} at its entry 7: it gave up its child "part" and had a success`,
    `object ${id} at its entry 12: it ended, its goal achieved`,
  ]);
  const bare = { ...bodies[1]!, items: [] };
  expect(describeWitness(bare)).toBe(`object ${id} at its entry 12`);
});

test('what is known of an object stands in one line', () => {
  const [[id, known]] = [...fold(builder).objects] as [[string, Parameters<typeof describeKnown>[1]]];
  expect(describeKnown(id, known)).toBe(
    `${id}: known to its entry 12, ended, its goal achieved, gave up 1 child (entry 4)`,
  );
  const fork = { at: 12, heads: ['a', 'b'], seq: 9 } as const;
  expect(describeKnown(id, { ...known, ended: null, cancelled: new Map(), fork })).toBe(
    `${id}: known to its entry 12, a fork of it is known (entry 9) (entry 4)`,
  );
});
