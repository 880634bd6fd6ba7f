import { expect, test } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { parsePolicy } from '../../host/policy/cedar.ts';
import { splitPolicies } from '../../host/policy/source.ts';
import { LIMITS, question, setOf } from './fixtures.ts';

/** The deepest text of each shape that the limits let through. */
const SHAPES: { readonly [shape: string]: (n: number) => string } = {
  parentheses: (n) => `${'('.repeat(n)}true${')'.repeat(n)}`,
  negations: (n) => `${'!('.repeat(n)}true${')'.repeat(n)}`,
  sets: (n) => `${'['.repeat(n)}1${']'.repeat(n)} == ${'['.repeat(n)}1${']'.repeat(n)}`,
  records: (n) => `${'{a:'.repeat(n)}1${'}'.repeat(n)} == ${'{a:'.repeat(n)}1${'}'.repeat(n)}`,
  ifs: (n) => `${'if context.now > 1 then true else '.repeat(n)}true`,
  conjunction: (n) => Array(n).fill('context.now > 1').join(' && '),
  sum: (n) => `${Array(n).fill('1').join(' + ')} > 1`,
  difference: (n) => `${'1 - '.repeat(n)}1 < 1`,
  calls: (n) => `ip("10.0.0.1")${'.isLoopback()'.repeat(n)}`,
  members: (n) => `context${'.counters'.repeat(n)}.cycles > 0`,
  clauses: (n) => `true }${' when { true }'.repeat(n)} unless { false`,
};

const policy = (body: string) => `permit(principal, action, resource) when { ${body} };`;

test.each(Object.entries(SHAPES))('%s: the limits refuse what would end the engine, before it sees it', (_, shape) => {
  expect(() => setOf(policy(shape(1000)))).toThrow(/expected at most \d+ (levels|operators)/);
});

test.each(Object.entries(SHAPES))('%s: the most that the limits let through leaves the engine well', (_, shape) => {
  const sizes = Array.from({ length: 256 }, (_, index) => index + 1);
  const allowed = sizes.filter((n) => isWithinLimits(policy(shape(n))));
  const largest = Math.max(...allowed);
  expect(largest).toBeGreaterThan(10);
  expect(outcomeOf(() => setOf(policy(shape(largest))).decide(question('evaluate')).reason)).not.toMatch(
    /bounds|stack|unreachable|policy-error/,
  );
  expect(parsePolicy('permit(principal, action, resource);').ok).toBe(true);
});

function isWithinLimits(text: string): boolean {
  return !outcomeOf(() => splitPolicies({ name: 'x', path: 'x', text }, LIMITS)).startsWith('SojournError');
}

/** A type error is an answer, too: only an engine that ended is none. */
function outcomeOf(run: () => unknown): string {
  try {
    return String(run());
  } catch (error) {
    return String(error instanceof SojournError ? `SojournError ${error.message}` : error);
  }
}

test('a policy at both limits at once is decided', () => {
  const sum = Array(180).fill('1').join(' + ');
  const set = setOf(policy(`${'('.repeat(28)}${sum}${')'.repeat(28)} == 180`));
  expect(set.decide(question('evaluate')).verdict).toBe('permit');
});

test('limits hold for each policy, not for the file', () => {
  const text = policy(SHAPES['conjunction']?.(40) ?? '');
  expect(setOf(text.repeat(20)).rules).toHaveLength(20);
});

test('brackets in strings and comments are not counted', () => {
  const noise = '('.repeat(1000);
  expect(
    setOf(
      `// ${noise}\n@description("${noise}") permit(principal, action, resource) when { context.step != "${noise}\\"(" };`,
    ).rules,
  ).toHaveLength(1);
});

test('the place of a limit is where it is passed', () => {
  expect(() => setOf(`\n${policy('('.repeat(LIMITS.nesting))}`)).toThrow(
    'policy main.cedar:2:75: expected at most 32 levels of brackets and ifs, found more',
  );
});
