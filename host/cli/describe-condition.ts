/** Wake conditions and verdicts in words. */
import type { Condition, Verdict } from '../object/model.ts';
import { isList } from '../value.ts';
import { cleanLine } from './safe-text.ts';
import { shortId, showCount, showDuration, showTime } from './quantities.ts';

const DEPTH_SHOWN = 8;

/** `since` is when the object fell asleep; null where it has not. */
export function describeCondition(condition: Condition, since: number | null, depth = 0): string {
  switch (condition.tag) {
    case 'instant':
      return `from ${showTime(condition.at)} on`;
    case 'elapsed': {
      const until = since === null ? '' : ` (${showTime(since + condition.ms)})`;
      return `after ${showDuration(condition.ms)}${until}`;
    }
    case 'signal':
      return condition.name === '*' ? 'on any signal' : `on the signal "${cleanLine(condition.name)}"`;
    case 'outcomes': {
      const classes = condition.classes.length === 0 ? '' : ` of class ${condition.classes.join(' or ')}`;
      return `after ${showCount(condition.count, 'outcome')}${classes}`;
    }
    case 'context':
      return condition.facet === 'node' ? 'on another node' : `when the node's ${FACETS[condition.facet]} changed`;
    case 'object':
      return `when object ${shortId(condition.id)} ${describeState(condition)}`;
    case 'group':
      return describeGroup(condition, since, depth);
  }
}

const FACETS = { policy: 'policy has', zone: 'zone has', capabilities: 'capabilities have' } as const;

function describeState({ state, seq }: Extract<Condition, { tag: 'object' }>): string {
  const words = { reached: `has reached entry ${seq}`, ended: 'has ended', achieved: 'has achieved its goal' } as const;
  return words[state];
}

function describeGroup(
  { need, members }: Extract<Condition, { tag: 'group' }>,
  since: number | null,
  depth: number,
): string {
  if (depth >= DEPTH_SHOWN) return '…';
  const all = members.map((member) => describeCondition(member, since, depth + 1));
  const [only] = all;
  if (all.length === 1 && only !== undefined) return only;
  const text =
    need === 1 ? all.join(' or ') : need === all.length ? all.join(' and ') : `${need} of: ${all.join(', ')}`;
  return depth === 0 ? text : `(${text})`;
}

/** `permitted by node:order`, `rejected: no policy permits it` */
export function describeVerdict(verdict: Verdict): string {
  const words = {
    permit: 'permitted',
    constrain: 'permitted within bounds',
    defer: 'deferred',
    reject: 'rejected',
  } as const;
  const by = verdict.policies.length === 0 ? '' : ` by ${verdict.policies.map((id) => cleanLine(id, 80)).join(', ')}`;
  const bounds = Object.entries(verdict.constraints ?? {}).map(
    ([name, value]) => `${cleanLine(name, 40)} ${cleanLine(isList(value) ? value.join(' ') : String(value), 40)}`,
  );
  const within = bounds.length === 0 ? '' : ` (${bounds.join(', ')})`;
  return `${words[verdict.verdict]}${by}${within}${verdict.reason === null ? '' : `: ${explainReason(verdict.reason)}`}`;
}

const REASONS: { readonly [code: string]: string } = {
  'no-permit': 'no policy permits it',
  'scope': 'it is beyond its scope',
  'policy-missing': 'this node has no policy, and without one nothing is allowed',
  'policy-malformed': 'a policy that the object carries is malformed',
  'policy-expired': 'the policy has expired',
  'policy-revoked': 'the policy is revoked',
  'not-yet': 'what it waits for is not there yet',
  'spend-fact': 'a permit charges for it, and what leaves does not say how much',
  'parent-ended': 'its parent has ended',
  'cancelled': 'its parent gave it up',
  'child-missing': 'it did not come back in time',
  'not-enough-input': 'the answer does not have what it asks about',
  'cursor-moved': 'there is more to come',
  'envelope:attempts': 'its attempts are used up',
  'envelope:elapsed': 'its time for attempts is over',
  'bound:budget': 'its budget is used up',
};

/** A reason code with what it means where that is known. */
export function explainReason(code: string): string {
  const meaning = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
  const counter = /^budget:(.+)$/.exec(code)?.[1];
  if (counter !== undefined) return `what is left of ${cleanLine(counter, 32)} does not cover it`;
  return meaning === undefined ? cleanLine(code, 200) : meaning;
}
