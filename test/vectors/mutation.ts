/** An object whose intent went a long way, and ways in which one would lose what binds it. */
import { join, ObjectBuilder, sampleGenesis } from '../object/builder.ts';
import type { Intent, IntentBody } from '../../host/object/model.ts';
import type { BrokenObject } from './broken.ts';
import type { SoundObject } from './sound.ts';

type Step = readonly [mutation: IntentBody['mutation'], change: Partial<Intent>];

const FIRST: Intent = { ...sampleGenesis(null).intent, constraints: { max: 100 } };

/** An object that went these steps, one a cycle; `last` is the position of the last step. */
function gone(...steps: readonly Step[]) {
  const builder = new ObjectBuilder(undefined, { intent: FIRST });
  const receipts = [builder.seal()];
  let before = FIRST;
  let last = 0;
  for (const [mutation, change] of steps) {
    builder.open(before === FIRST ? 'created' : 'continued');
    const after = { ...before, ...change };
    builder.propose('mutation', { kind: mutation });
    last = builder.add({ kind: 'intent', body: { mutation, before, after, reason: 'it turned out so' } });
    builder.outcome({ action: 'mutation' });
    receipts.push(builder.seal());
    before = after;
  }
  return { builder, receipts, last };
}

export function mutated(): SoundObject {
  const { builder, receipts } = gone(
    ['constrain', { constraints: { max: 100, zone: 'eu' } }],
    ['refine', { goal: 'Show the format well.' }],
    ['expand', { constraints: { max: 200, zone: 'eu' } }],
    ['reclassify', { kind: 'example', constraints: { max: 200 } }],
  );
  return { name: 'mutation', title: 'an intent that went four steps, one of each kind', builder, receipts };
}

export function badMutations(): BrokenObject[] {
  return [
    bad('mutation-lost', 'a refinement that loses a constraint', ['refine', { goal: 'More.', constraints: {} }]),
    bad('mutation-look-alike', 'a constraint in the place of one whose name looks like its own', [
      'constrain',
      { constraints: { 'm\u0430x': 100, 'zone': 'eu' } },
    ]),
    bad('mutation-input', 'an expansion that changes the input', ['expand', { goal: 'More.', input: null }]),
    bad(
      'mutation-cycle',
      'a step back to the original intent',
      ['refine', { goal: 'Show it better.' }],
      ['refine', { goal: FIRST.goal }],
    ),
  ];
}

function bad(name: string, title: string, ...steps: readonly Step[]): BrokenObject {
  const { builder, last } = gone(...steps);
  return { name: `broken-${name}`, title, bytes: join(builder.items), index: last, reason: 'chain', needs: 'fold' };
}
