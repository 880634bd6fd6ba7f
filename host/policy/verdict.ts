/**
 * Verdicts that no policy made, and how verdicts of several sets become one: the strictest stands, and constraints add up. So
 * whatever a further set says, it can only narrow (R38).
 */
import type { Verdict, VerdictName } from '../object/model.ts';
import { constraintNames, strictest } from './constrain.ts';
import { isList } from '../value.ts';
import type { ValueMap } from '../value.ts';
import type { Constraints } from './model.ts';
import { CONFIDENTIAL, mergeReaders } from './readers.ts';
import { mergeCharges } from './spend.ts';
import { anyOf, countNodes } from './wake.ts';

const STRICTNESS: { readonly [name in VerdictName]: number } = { permit: 0, constrain: 1, defer: 2, reject: 3 };

export function rejectFor(reason: string, policies: readonly string[] = []): Verdict {
  return { verdict: 'reject', policies, reason, constraints: null, wake: null };
}

/**
 * A permit, or where something is attached to it, a permit within bounds. Where the policies that ask for confidential entries have no
 * reader in common, they can't all be followed: a rejection.
 */
export function allowed(policies: readonly string[], constraints: ValueMap): Verdict {
  const readers = constraints[CONFIDENTIAL];
  if (isList(readers) && readers.length === 0) return rejectFor('confidential-readers', policies);
  const bare = Object.keys(constraints).length === 0;
  return {
    verdict: bare ? 'permit' : 'constrain',
    policies,
    reason: null,
    constraints: bare ? null : constraints,
    wake: null,
  };
}

/**
 * The node's verdict and those of the sets that the object carries, as one. `policies` are those of the sets that gave the verdict, with
 * `node:` or `carried:` in front. A deferral wakes when any of the conditions does, since any of the sets may then have changed its mind.
 */
export function combine(node: Verdict, carried: readonly Verdict[], wakeNodes: number): Verdict {
  const all = [prefixed('node:', node), ...carried.map((verdict) => prefixed('carried:', verdict))];
  return joinVerdicts(all, wakeNodes);
}

/** Verdicts on one thing under several names, as one: the strictest. */
export function joinVerdicts(all: readonly Verdict[], wakeNodes: number): Verdict {
  const verdict = all.reduce<VerdictName>(
    (worst, one) => (STRICTNESS[one.verdict] > STRICTNESS[worst] ? one.verdict : worst),
    'permit',
  );
  if (verdict === 'permit' || verdict === 'constrain') {
    const narrowest = strictest(all.map((one) => constraintsOf(one)));
    const attached = all.map((one) => one.constraints);
    return allowed(policiesOf(all), { ...narrowest, ...mergeCharges(attached), ...mergeReaders(attached) });
  }
  const deciding = all.filter((one) => one.verdict === verdict);
  const policies = policiesOf(deciding);
  if (verdict === 'reject')
    return rejectWith(deciding.map((one) => one.reason).find((reason) => reason !== null) ?? null, policies);
  return defer(
    deciding.map((one) => one.wake).filter((wake) => wake !== null),
    policies,
    wakeNodes,
  );
}

/** A deferral; a rejection where the combined condition is too large to be carried. */
export function defer(wakes: Parameters<typeof anyOf>[0], policies: readonly string[], wakeNodes: number): Verdict {
  const wake = anyOf(wakes);
  if (wake === null || countNodes(wake) > wakeNodes) return rejectFor('wake-limit', policies);
  return { verdict: 'defer', policies, reason: null, constraints: null, wake };
}

function rejectWith(reason: string | null, policies: readonly string[]): Verdict {
  return { verdict: 'reject', policies, reason, constraints: null, wake: null };
}

function prefixed(prefix: string, verdict: Verdict): Verdict {
  return { ...verdict, policies: verdict.policies.map((id) => prefix + id) };
}

function policiesOf(verdicts: readonly Verdict[]): readonly string[] {
  return [...new Set(verdicts.flatMap((verdict) => verdict.policies))].sort();
}

function constraintsOf(verdict: Verdict): Constraints {
  const found = verdict.constraints ?? {};
  const known = constraintNames().map((name) => [name, found[name]] as const);
  return Object.fromEntries(known.filter(([, value]) => typeof value === 'number'));
}
