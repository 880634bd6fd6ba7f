/**
 * What a policy set allows at all, as plain data for people: every policy with its scope, and for each action the permits that
 * could let it happen. Conditions are not weighed; an action without a permit can never happen.
 */
import type { Condition } from '../object/model.ts';
import type { PolicyJson } from './cedar.ts';
import type { LoadedPolicySet } from './load.ts';
import type { Constraints } from './model.ts';
import { scopeActions, scopeResourceType } from './rules.ts';
import type { Rule } from './rules.ts';
import { RESOURCE_TYPES } from './schema.ts';

export interface RuleExplanation {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly description: string | null;
  readonly effect: 'permit' | 'constrain' | 'defer' | 'reject';
  /** Null: every action. */
  readonly actions: readonly string[] | null;
  /** In Cedar's words, for example `is Http` or `== Tool::"payroll"`; `any`. */
  readonly principal: string;
  readonly resource: string;
  /** It has `when` or `unless` clauses. */
  readonly conditional: boolean;
  readonly constraints: Constraints | null;
  /** Facts that are charged to the object's counters, by counter. */
  readonly spends: { readonly [counter: string]: string } | null;
  /** Names of those whom the entries are confidential to. */
  readonly readers: readonly string[] | null;
  readonly wake: Condition | null;
}

export interface ActionExplanation {
  readonly action: string;
  /** Types of resource that a permit speaks of; empty: this action can never happen. */
  readonly resources: readonly string[];
  /** Ids of the policies whose scope covers the action. */
  readonly permits: readonly string[];
  readonly forbids: readonly string[];
}

export interface PolicyExplanation {
  readonly rules: readonly RuleExplanation[];
  readonly actions: readonly ActionExplanation[];
}

export function explainPolicySet(set: LoadedPolicySet): PolicyExplanation {
  const actions = Object.entries(RESOURCE_TYPES).map(([action, types]) => explainAction(action, types, set.rules));
  return { rules: set.rules.map((rule) => explainRule(rule)), actions };
}

function explainRule(rule: Rule): RuleExplanation {
  const { id, file, line, description, policy, constraints, spends, readers, wake } = rule;
  const forbids = wake === null ? 'reject' : 'defer';
  const permits = constraints === null && spends === null && readers === null ? 'permit' : 'constrain';
  return {
    id,
    file,
    line,
    description,
    effect: rule.effect === 'forbid' ? forbids : permits,
    actions: scopeActions(policy),
    principal: scopeText(policy.principal),
    resource: scopeText(policy.resource),
    conditional: policy.conditions.length > 0,
    constraints,
    spends: spends === null ? null : Object.fromEntries(spends),
    readers,
    wake,
  };
}

function explainAction(action: string, types: readonly string[], rules: readonly Rule[]): ActionExplanation {
  const covering = rules.filter(({ policy }) => {
    const only = scopeResourceType(policy);
    return (scopeActions(policy)?.includes(action) ?? true) && (only === null || types.includes(only));
  });
  const permits = covering.filter((rule) => rule.effect === 'permit');
  const resources = types.filter((type) => permits.some(({ policy }) => (scopeResourceType(policy) ?? type) === type));
  const ids = (some: readonly Rule[]) => some.map((rule) => rule.id);
  return {
    action,
    resources,
    permits: ids(permits),
    forbids: ids(covering.filter((rule) => rule.effect === 'forbid')),
  };
}

function scopeText(scope: PolicyJson['principal'] | PolicyJson['resource']): string {
  if (scope.op === 'All') return 'any';
  if (scope.op === 'is')
    return scope.in === undefined
      ? `is ${scope.entity_type}`
      : `is ${scope.entity_type} ${scopeText({ op: 'in', ...scope.in })}`;
  if (!('entity' in scope)) return `${scope.op} ${scope.slot}`;
  const { type, id } = '__entity' in scope.entity ? scope.entity.__entity : scope.entity;
  return `${scope.op} ${type}::${JSON.stringify(id)}`;
}
