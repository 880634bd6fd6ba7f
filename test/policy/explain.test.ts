import { expect, test } from 'vitest';
import { explainPolicySet } from '../../host/policy/explain.ts';
import { setOf } from './fixtures.ts';

const SET = setOf(`
@id("read") @constrain("timeout-ms=5") permit(principal, action == Action::"http.send", resource) when { resource.method == "GET" };
@id("pay") permit(principal == Object::"ab", action == Action::"execution", resource == Tool::"pay\\"roll");
@id("ask") @verdict("defer") @wake("signal ok") forbid(principal, action, resource is Tool);
@id("no") @description("never") forbid(principal is Object, action in [Action::"delegation", Action::"mutation"], resource);
`);

test('each policy is told with its scope and what its annotations say', () => {
  const rules = explainPolicySet(SET).rules.map(({ file: _file, line: _line, ...rule }) => rule);
  expect(rules).toEqual([
    {
      id: 'read',
      description: null,
      effect: 'constrain',
      actions: ['http.send'],
      principal: 'any',
      resource: 'any',
      conditional: true,
      constraints: { 'timeout-ms': 5 },
      spends: null,

      readers: null,
      wake: null,
    },
    {
      id: 'pay',
      description: null,
      effect: 'permit',
      actions: ['execution'],
      principal: '== Object::"ab"',
      resource: '== Tool::"pay\\"roll"',
      conditional: false,
      constraints: null,
      spends: null,

      readers: null,
      wake: null,
    },
    {
      id: 'ask',
      description: null,
      effect: 'defer',
      actions: null,
      principal: 'any',
      resource: 'is Tool',
      conditional: false,
      constraints: null,
      spends: null,

      readers: null,
      wake: { tag: 'signal', name: 'ok' },
    },
    {
      id: 'no',
      description: 'never',
      effect: 'reject',
      actions: ['delegation', 'mutation'],
      principal: 'is Object',
      resource: 'any',
      conditional: false,
      constraints: null,
      spends: null,

      readers: null,
      wake: null,
    },
  ]);
});

test('each action is told with what could let it happen', () => {
  const { actions } = explainPolicySet(SET);
  const byName = Object.fromEntries(actions.map(({ action, ...rest }) => [action, rest]));
  expect(byName['http.send']).toEqual({ resources: ['Http'], permits: ['read'], forbids: [] });
  expect(byName['execution']).toEqual({ resources: ['Tool'], permits: ['pay'], forbids: ['ask'] });
  expect(byName['tools.call']).toEqual({ resources: [], permits: [], forbids: ['ask'] });
  expect(byName['delegation']).toEqual({ resources: [], permits: [], forbids: ['no'] });
  expect(byName['clock.now']).toEqual({ resources: [], permits: [], forbids: [] });
  expect(actions).toHaveLength(24);
});
