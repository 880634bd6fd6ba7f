/**
 * `sojourn policy check`: is a policy set in order, and what does it allow at all?
 */
import type { Command } from 'commander';
import { hex } from '../json.ts';
import { loadPolicyFolder } from '../node/load-policy.ts';
import { explainPolicySet } from '../policy/explain.ts';
import type { ActionExplanation, PolicyExplanation, RuleExplanation } from '../policy/explain.ts';
import type { LoadedPolicySet } from '../policy/load.ts';
import type { ValueMap } from '../value.ts';
import { addCommand } from './command.ts';
import type { Session } from './command.ts';
import { describeCondition } from './describe-condition.ts';
import { showCount, showTime } from './quantities.ts';
import { cleanLine } from './safe-text.ts';
import type { Terminal } from './terminal.ts';

const TEXT = {
  summary: 'check a policy set and list what it allows at all',
  description:
    'Parses a policy set (a folder with set.json, perhaps facts.json, and .cedar files), validates it against the schema, and refuses what it does not understand: a node would refuse it too. Then lists every rule, and which actions could happen at all. An action that no rule permits can never happen.',
  examples: ['policy check policies/quickstart', 'policy check policies/deny-all --json'],
};

export function addPolicy(program: Command, session: Session): void {
  const policy = program
    .command('policy')
    .summary('work with policy sets')
    .description('Works with policy sets.')
    .helpCommand(false);
  addCommand(policy, 'check', TEXT)
    .argument('<folder>', 'the policy set')
    .action((folder: string) => check(folder, session));
}

async function check(folder: string, { terminal }: Session): Promise<void> {
  const set = await loadPolicyFolder(folder);
  const explained = explainPolicySet(set);
  terminal.document(setJson(set, explained));
  terminal.line(`${terminal.paint('good', 'in order')}: ${folder}`);
  terminal.line(
    `  set         ${set.name}, ${showCount(explained.rules.length, 'rule')}${set.zone === null ? '' : `, in zone ${set.zone} only`}`,
  );
  terminal.line(`  digest      ${hex(set.digest)}`);
  terminal.line(`  expires     ${set.expires === null ? 'never' : showTime(set.expires)}`);
  if (set.revoked.length > 0) terminal.line(`  revokes     ${set.revoked.join(', ')}`);
  if (set.facts.size > 0)
    terminal.line(`  facts       ${[...set.facts].map(([name, { type }]) => `${name} (${type})`).join(', ')}`);
  terminal.line();
  for (const rule of explained.rules) for (const line of ruleLines(rule, terminal)) terminal.line(line);
  terminal.line();
  for (const line of actionLines(explained.actions, terminal)) terminal.line(line);
}

function setJson(set: LoadedPolicySet, explained: PolicyExplanation): ValueMap {
  const facts = Object.fromEntries(
    [...set.facts].map(([name, { pointer, type }]) => [name, { pointer: [...pointer], type }]),
  );
  const { name, expires, revoked, zone } = set;
  const { rules, actions } = explained;
  // plain records of texts, numbers and lists throughout
  return { name, digest: hex(set.digest), expires, revoked, zone, facts, rules, actions } as unknown as ValueMap;
}

function ruleLines(rule: RuleExplanation, terminal: Terminal): readonly string[] {
  const tones = { permit: 'good', constrain: 'good', defer: 'attention', reject: 'bad' } as const;
  const what = rule.actions === null ? 'every action' : rule.actions.join(', ');
  const bounds = Object.entries(rule.constraints ?? {}).map(([name, value]) => `${name} ${String(value)}`);
  const costs = Object.entries(rule.spends ?? {}).map(([counter, fact]) => `${fact} to ${counter}`);
  const parts = [
    `${what} on ${rule.resource === 'any' ? 'anything' : rule.resource.replace(/^is /, 'any ')}`,
    ...(rule.principal === 'any' ? [] : [`by ${rule.principal}`]),
    ...(rule.conditional ? ['under conditions'] : []),
    ...(bounds.length === 0 ? [] : [`at most ${bounds.join(', ')}`]),
    ...(costs.length === 0 ? [] : [`charged ${costs.join(', ')}`]),
    ...(rule.wake === null ? [] : [`until it wakes ${describeCondition(rule.wake, null)}`]),
  ];
  const head = `${terminal.paint(tones[rule.effect], rule.effect.padEnd(9))} ${terminal.paint('strong', rule.id)} (${rule.file}:${rule.line})`;
  const described =
    rule.description === null ? [] : [`          ${terminal.paint('faint', cleanLine(rule.description))}`];
  return [head, `          ${parts.map((part) => cleanLine(part)).join('; ')}`, ...described];
}

function actionLines(actions: readonly ActionExplanation[], terminal: Terminal): readonly string[] {
  const allowed = actions.filter((action) => action.permits.length > 0);
  const never = actions.filter((action) => action.permits.length === 0).map(({ action }) => action);
  const width = Math.max(0, ...allowed.map(({ action }) => action.length));
  const rows = allowed.map(({ action, resources, permits, forbids }) => {
    const against = forbids.length === 0 ? '' : `; unless ${forbids.join(', ')} stands against it`;
    return `  ${action.padEnd(width)}  on ${resources.join(', ')}, by ${permits.join(', ')}${against}`;
  });
  return [
    terminal.paint('strong', allowed.length === 0 ? 'allows nothing at all' : 'what can happen at all'),
    ...rows,
    ...(never.length === 0 || allowed.length === 0
      ? []
      : [`${terminal.paint('strong', 'what can never happen')}\n  ${never.join(', ')}`]),
  ];
}
