/**
 * One set's verdict on one question. Deny by default, forbid overrides; whatever goes wrong is a reject with a reason. A policy
 * that fails while it is evaluated rejects, too: Cedar alone would leave it out, and an erring forbid would vanish.
 */
import type { PolicyLimits } from '../limits.ts';
import type { Verdict } from '../object/model.ts';
import { applicableConstraints, constraintNames, strictest } from './constrain.ts';
import type { Constraints, Question } from './model.ts';
import { readFacts } from './facts.ts';
import type { FactValues } from './facts.ts';
import { readersConstraint } from './readers.ts';
import type { Readers } from './readers.ts';
import type { Mentioned } from './mention.ts';
import type { Ask } from './remember.ts';
import { buildRequest } from './request.ts';
import type { Rule } from './rules.ts';
import type { FactDeclarations } from './settings.ts';
import { chargesOf, isCharged, mergeCharges } from './spend.ts';
import type { Spends } from './spend.ts';
import { allowed, defer, rejectFor } from './verdict.ts';

export interface DeciderInputs {
  readonly expires: number | null;
  readonly zone: string | null;
  readonly facts: FactDeclarations;
  readonly readers: Readers;
  readonly rules: readonly Rule[];
  /** What the rules see of a question about an action. */
  readonly mentions: (action: string) => Mentioned;
  readonly ask: Ask;
  readonly limits: PolicyLimits;
}

/**
 * Reasons: `policy-expired`, `policy-zone`, `fact-type`, `question-malformed`, `policy-error`, `no-permit`,
 * `constraint-not-applicable`, `spend-fact`, `wake-limit`; null where a forbid decided.
 */
export function createDecider(inputs: DeciderInputs): (question: Question) => Verdict {
  const byId = new Map(inputs.rules.map((rule) => [rule.id, rule]));
  return (question) => {
    const { expires, zone } = inputs;
    if (expires !== null && expires <= question.context.now) return rejectFor('policy-expired');
    if (zone !== null && zone !== question.context.zone) return rejectFor('policy-zone');
    const facts = readFacts(inputs.facts, question.data);
    if (facts === null) return rejectFor('fact-type');
    const request = buildRequest(question, facts, inputs.mentions(question.action));
    if (request === null) return rejectFor('question-malformed');
    const answer = inputs.ask(request);
    if (!answer.ok) return rejectFor('policy-error');
    if (answer.failed.length > 0) return rejectFor('policy-error', answer.failed);
    const rules = answer.satisfied.map((id) => byId.get(id)).filter((rule) => rule !== undefined);
    if (rules.length !== answer.satisfied.length) return rejectFor('policy-error', answer.satisfied);
    return judge(question, rules, facts, inputs);
  };
}

/** `rules` are the satisfied forbids where there is one, else the satisfied permits; in order of their ids. */
function judge(
  question: Question,
  rules: readonly Rule[],
  facts: FactValues,
  { limits, readers }: Pick<DeciderInputs, 'limits' | 'readers'>,
): Verdict {
  const ids = (some: readonly Rule[]) => some.map((rule) => rule.id);
  const forbids = rules.filter((rule) => rule.effect === 'forbid');
  const hard = forbids.filter((rule) => rule.wake === null);
  if (hard.length > 0) return { verdict: 'reject', policies: ids(hard), reason: null, constraints: null, wake: null };
  if (forbids.length > 0)
    return defer(
      forbids.map((rule) => rule.wake).filter((wake) => wake !== null),
      ids(forbids),
      limits.wakeNodes,
    );
  if (rules.length === 0) return rejectFor('no-permit');
  const misfits = rules.filter((rule) => !isApplicable(question, rule.constraints ?? {}, rule.spends));
  if (misfits.length > 0) return rejectFor('constraint-not-applicable', ids(misfits));
  const charges = rules.map((rule) => chargesOf(rule.spends ?? new Map(), facts));
  const unread = rules.filter((_, index) => charges[index] === null);
  if (unread.length > 0) return rejectFor('spend-fact', ids(unread));
  const covers = rules.filter((rule) => rule.readers !== null).map((rule) => keysOf(rule, readers));
  const constraints = {
    ...strictest(rules.map((rule) => rule.constraints ?? {})),
    ...mergeCharges(charges),
    ...readersConstraint(covers),
  };
  return allowed(ids(rules), constraints);
}

function keysOf(rule: Rule, readers: Readers): readonly Uint8Array[] {
  return (rule.readers ?? []).map((name) => readers.get(name)).filter((key) => key !== undefined);
}

function isApplicable(question: Question, constraints: Constraints, spends: Spends | null): boolean {
  const known = applicableConstraints(question.action, question.resource.type);
  if (spends !== null && !isCharged(question.action, question.resource.type)) return false;
  return constraintNames().every((name) => constraints[name] === undefined || known.includes(name));
}
