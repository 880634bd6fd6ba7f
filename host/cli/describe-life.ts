/**
 * The entries of a long life in one sentence each: what is known of other objects, attempts, failures, checkpoints, branches. As in
 * describe-entry.ts, nothing of theirs reaches the terminal as it is.
 */
import type { Entry, EntryOf } from '../object/model.ts';
import { describeCondition, describeVerdict } from './describe-condition.ts';
import { describeWitness } from './describe-witness.ts';
import { shortId, showCount, showTime } from './quantities.ts';
import { cleanLine } from './safe-text.ts';
import { say } from './sentence.ts';
import type { Sentence } from './sentence.ts';

const NAME_MAX = 64;

/** Kinds that this file has a sentence for. */
export type LifeEntry = Extract<
  Entry,
  {
    readonly kind:
      | 'cancel'
      | 'aggregate'
      | 'witness'
      | 'failure'
      | 'negative'
      | 'retire'
      | 'attempts'
      | 'checkpoint'
      | 'follow'
      | 'readmit';
  }
>;

export function describeLife(entry: LifeEntry): Sentence {
  switch (entry.kind) {
    case 'cancel':
      return say('cancelled', `the child "${cleanLine(entry.body.name, NAME_MAX)}"`, {
        quote: cleanLine(entry.body.reason),
        tone: 'attention',
      });
    case 'aggregate':
      return describeAggregate(entry);
    case 'witness':
      return say('witnessed', describeWitness(entry.body));
    case 'failure':
      return describeFailure(entry);
    case 'negative':
      return describeNegative(entry);
    case 'retire':
      return say('retired', `what was ruled out at entry ${entry.body.negative}`, {
        quote: cleanLine(entry.body.reason),
      });
    case 'attempts':
      return say(
        'tried',
        `${entry.body.count === 1 ? 'once' : `${entry.body.count} times`} more with nothing new (${entry.body.class}), until ${showTime(entry.body.last)}`,
      );
    case 'checkpoint':
      return say('checkpoint', `of the ${showCount(entry.body.size, 'item')} before it`);
    case 'follow':
      return say('followed', `this branch, though a ${entry.body.found === 'fork' ? 'fork' : 'longer copy'} is known`, {
        quote: cleanLine(entry.body.reason),
        tone: 'attention',
      });
    case 'readmit':
      return say(
        'readmitted',
        `from node ${shortId(entry.body.from)} with a trust slope of ${entry.body.slope} — ${describeVerdict(entry.body.verdict)}`,
        { tone: 'attention' },
      );
  }
}

function describeAggregate({ body }: EntryOf<'aggregate'>): Sentence {
  const { need, of, returned, missing } = body;
  const names = missing.map((name) => `"${cleanLine(name, NAME_MAX)}"`).join(', ');
  const rest = missing.length === 0 ? '' : `; missing: ${names}`;
  return say('gathered', `${returned.length} of ${of.length} children, ${need} needed${rest}`, {
    tone: returned.length >= need ? 'good' : 'attention',
  });
}

function describeFailure({ body }: EntryOf<'failure'>): Sentence {
  const what = body.operation === null ? '' : ` of ${cleanLine(body.operation, NAME_MAX)}`;
  const where = body.target === null ? '' : ` towards ${cleanLine(body.target, 120)}`;
  const why = body.reason === null ? '' : `: ${cleanLine(body.reason)}`;
  return say('failure', `${body.class}${what}${where}${why}`, { tone: 'bad' });
}

function describeNegative({ body }: EntryOf<'negative'>): Sentence {
  const { operation, target, node, zone, reason, until } = body;
  const towards = target === '*' ? '' : ` towards ${cleanLine(target, 120)}`;
  const where = `${node === null ? '' : ` on node ${shortId(node)}`}${zone === null ? '' : ` in zone ${cleanLine(zone, NAME_MAX)}`}`;
  const text = `${cleanLine(operation, NAME_MAX)}${towards}${where} (${cleanLine(reason)}), until ${describeCondition(until, null)}`;
  return say('ruled out', text, { tone: 'bad' });
}
