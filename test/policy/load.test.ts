import { expect, test } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { loadPolicySet } from '../../host/policy/load.ts';
import { LIMITS, filesFor, filesOf, setOf } from './fixtures.ts';

const PERMIT = 'permit(principal, action, resource);';
const SET = '{"name":"test"}';

/** `code: message` of the error that loading these files gives. */
function refusal(texts: { readonly [name: string]: string }, limits = LIMITS): string {
  try {
    loadPolicySet(filesOf(texts), { limits, origin: 'p' });
  } catch (error) {
    if (error instanceof SojournError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'loaded';
}
const cedar = (text: string) => refusal({ 'set.json': SET, 'main.cedar': text });

test.each([
  [
    'a wrong keyword',
    'permit(principal, action, resource)\n  whn { true };',
    'p/main.cedar:2:3: invalid policy condition: whn (condition must be either `when` or `unless`)',
  ],
  [
    'a wrong variable',
    '// é€😀\npermit(principal, actio, resource);',
    'p/main.cedar:2:19: found an invalid variable in the policy scope: actio',
  ],
  [
    'a second policy',
    `${PERMIT}\n\n  permt(principal, action, resource);`,
    'p/main.cedar:3:3: invalid policy effect: permt',
  ],
  ['a missing semicolon', 'permit(principal, action, resource)', 'p/main.cedar:1:36: unexpected end of input'],
  ['text behind the last policy', `${PERMIT} true`, 'p/main.cedar:1:42: unexpected end of input'],
  [
    'an open string',
    'permit(principal, action, resource) when { context.zone == "x };',
    'p/main.cedar:1:60: invalid token',
  ],
  [
    'a template',
    'permit(principal == ?principal, action, resource);',
    'p/main.cedar:1:21: expected a policy, found a template slot; templates are not supported',
  ],
  [
    'an unknown action',
    'permit(principal, action == Action::"http.sned", resource);',
    'p/main.cedar:1:29: unrecognized action `Action::"http.sned"` (did you mean `Action::"http.send"`?)',
  ],
  [
    'an unknown type',
    'permit(principal, action, resource is Htp);',
    'p/main.cedar:1:39: unrecognized entity type `Htp` (did you mean `Http`?)',
  ],
  [
    'an unknown attribute',
    'permit(principal, action, resource)\nwhen { context.trst > 1 };',
    'p/main.cedar:2:8: attribute `trst` in context',
  ],
  [
    'a wrong type',
    'permit(principal, action, resource)\nwhen { context.trust.slope > "1" };',
    'p/main.cedar:2:30: unexpected type: expected Long but saw String',
  ],
  [
    'a fact that is not declared',
    'permit(principal, action, resource) when { context.facts has amount };',
    'p/main.cedar:1:1: policy is impossible',
  ],
  [
    'a policy that can never apply',
    'permit(principal, action == Action::"http.send", resource is Tool);',
    'p/main.cedar:1:1: unable to find an applicable action',
  ],
  [
    'letters that look alike',
    'permit(principal, action, resource is Http) when { resource.host == "exаmple.com" };',
    'p/main.cedar:1:69: string `"exаmple.com"` contains mixed scripts',
  ],
  [
    'an attribute that may be missing',
    'permit(principal, action, resource) when { principal.parent == "a" };',
    'p/main.cedar:1:44: unable to guarantee safety of access to optional attribute `parent`',
  ],
])('%s is refused with its place', (_, text, message) => {
  expect(cedar(text)).toContain(`policy.malformed: policy ${message}`);
});

test('an error in a file that is not the first names that file', () => {
  expect(refusal({ 'set.json': SET, 'a.cedar': PERMIT, 'b.cedar': '\n\npermit(principal);' })).toContain(
    'policy p/b.cedar:3:',
  );
});

test('further errors are counted, and listed in the details', () => {
  const text =
    'permit(principal, action == Action::"evaluate", resource) when { context.a == 1 };\npermit(principal, action == Action::"evaluate", resource) when { context.b == 1 };';
  let details: unknown;
  try {
    setOf(text);
  } catch (error) {
    details = (error as SojournError).details['errors'];
  }
  expect(details).toEqual(
    expect.arrayContaining([expect.stringContaining('main.cedar:1:66'), expect.stringContaining('main.cedar:2:66')]),
  );
});

test('bytes that are not UTF-8 are refused', () => {
  const files = new Map([...filesFor(''), ['bad.cedar', Uint8Array.of(0x2f, 0x2f, 0xff)] as const]);
  expect(() => loadPolicySet(files, { limits: LIMITS })).toThrow('policy bad.cedar: expected UTF-8, found other bytes');
});

test('files are counted and weighed before they are read', () => {
  const many = Object.fromEntries(Array.from({ length: LIMITS.files }, (_, index) => [`${index}.cedar`, '']));
  expect(refusal({ ...many, 'set.json': SET })).toBe('policy.limit: policy p: expected at most 64 files, found 65');
  const large = { 'set.json': SET, 'a.cedar': '('.repeat(LIMITS.bytes) };
  expect(refusal(large)).toBe(
    `policy.limit: policy p: expected at most ${LIMITS.bytes} bytes in all, found ${LIMITS.bytes + SET.length}`,
  );
  expect(refusal({ 'set.json': SET, 'a.cedar': PERMIT.repeat(4) }, { ...LIMITS, policies: 3 })).toBe(
    'policy.limit: policy p/a.cedar:1:109: expected at most 3 policies in a set, found 4',
  );
});

test('a file with another name, and a set without set.json, are refused', () => {
  for (const name of ['README.md', 'Main.cedar', '../x.cedar', 'a/b.cedar', '.cedar', 'main.cedar~']) {
    expect(refusal({ 'set.json': SET, [name]: '' })).toContain(`found ${JSON.stringify(name)}`);
  }
  expect(refusal({ 'main.cedar': PERMIT })).toBe('policy.malformed: policy p: expected a file set.json, found none');
});

test('policies get their id from @id, or from file and number', () => {
  const set = loadPolicySet(
    filesOf({
      'set.json': SET,
      'b.cedar': `// ; "\n@id("one") ${PERMIT}\n${PERMIT}`,
      'a.cedar': `@description("; // \\" permit")${PERMIT}`,
    }),
    { limits: LIMITS, origin: 'anywhere' },
  );
  expect(set.rules.map((rule) => [rule.id, rule.line])).toEqual([
    ['a.cedar:1', 1],
    ['one', 2],
    ['b.cedar:2', 3],
  ]);
});

test('a second policy with the same id is refused, also where one id is not written', () => {
  expect(cedar(`@id("a")${PERMIT}\n@id("a")${PERMIT}`)).toBe(
    'policy.malformed: policy p/main.cedar:2:1: expected ids that differ, found a second "a"',
  );
  expect(cedar(`@id("main.cedar:2")${PERMIT}\n${PERMIT}`)).toContain('main.cedar:2:1: expected ids that differ');
});
