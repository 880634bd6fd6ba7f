import { expect, test } from 'vitest';
import { setOf } from './fixtures.ts';

const PERMIT = 'permit(principal, action, resource);';
const FORBID = 'forbid(principal, action, resource);';
const HTTP = 'permit(principal, action == Action::"http.send", resource);';

test.each([
  [
    `@verdct("defer") ${FORBID}`,
    'main.cedar:1:1: expected one of the annotations @id, @description, @verdict, @wake, @constrain, @spend, @confidential, found @verdct',
  ],
  [`@id("a") @note("x")\n${PERMIT}`, 'main.cedar:1:10: expected one of the annotations'],
  [`@id("a b") ${PERMIT}`, 'main.cedar:1:1: @id: expected 1 to 64 characters'],
  [`@id ${PERMIT}`, 'main.cedar:1:1: @id: expected a text in parentheses, found none'],
  [`@constrain ${HTTP}`, 'main.cedar:1:1: @constrain: expected a text in parentheses, found none'],
  [`@verdict ${FORBID}`, '@verdict: expected a text in parentheses, found none'],
  [`@verdict("permit") ${PERMIT}`, 'main.cedar:1:1: @verdict: expected "defer", found "permit"'],
  [`@verdict("reject") ${FORBID}`, '@verdict: expected "defer", found "reject"'],
  [`@verdict("defer") @wake("signal a") ${PERMIT}`, '@verdict("defer"): expected it on a forbid, found it on a permit'],
  [
    `@verdict("defer") ${FORBID}`,
    '@verdict("defer"): expected @wake beside it, which says what to wait for, found none',
  ],
  [`@wake("signal a") ${FORBID}`, 'main.cedar:1:1: @wake: expected it beside @verdict("defer") only'],
  [`@wake("signal a") ${PERMIT}`, '@wake: expected it beside @verdict("defer") only'],
  [`@verdict("defer")\n@wake("signal A") ${FORBID}`, 'main.cedar:2:1: @wake: character 8: expected a signal name'],
  [`@constrain("timeout-ms=1") ${FORBID}`, 'main.cedar:1:1: @constrain: expected it on a permit, found it on a forbid'],
  [`@constrain("timeout=1") ${HTTP}`, '@constrain: expected one of timeout-ms'],
  [`@constrain("max-sleep-ms=1") ${HTTP}`, '@constrain: expected what http.send can apply, found max-sleep-ms'],
  [
    '@constrain("timeout-ms=1") permit(principal, action == Action::"execution", resource is Object);',
    'expected what execution can apply, found timeout-ms',
  ],
  [
    '@constrain("timeout-ms=1") permit(principal, action in [Action::"http.send", Action::"kv.get"], resource);',
    'expected what kv.get can apply, found timeout-ms',
  ],
  [`@id("a") @id("b") ${PERMIT}`, 'main.cedar:1:10: duplicate annotation: @id'],
])('%s is refused', (text, message) => {
  expect(() => setOf(text)).toThrow(message);
});

test('what annotations say is kept', () => {
  const [constrain, defer] = setOf(`
    @description("reads") @constrain("timeout-ms=5 max-calls=2") ${HTTP}
    @id("wait") @verdict("defer") @wake("after PT1S") ${FORBID}`).rules;
  expect(constrain).toMatchObject({ id: 'main.cedar:1', effect: 'permit', description: 'reads', line: 2, wake: null });
  expect(constrain?.constraints).toEqual({ 'timeout-ms': 5, 'max-calls': 2 });
  expect(defer).toMatchObject({
    id: 'wait',
    effect: 'forbid',
    line: 3,
    wake: { tag: 'elapsed', ms: 1000 },
    constraints: null,
  });
});
