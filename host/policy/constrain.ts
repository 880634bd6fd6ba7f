/**
 * The small language of `@constrain`, which names apply to what, and how several become one: the strictest of each.
 *
 *   constrain = name "=" number *(" " name "=" number)
 */
import type { Constraints } from './model.ts';

export type ConstraintName = keyof Constraints;

export type ConstraintResult =
  | { readonly ok: true; readonly constraints: Constraints }
  | { readonly ok: false; readonly message: string };

/** The least value that makes sense for each. A body of no bytes is one; a call that may take no time is not. */
const LEAST: { readonly [name in ConstraintName]: number } = {
  'timeout-ms': 1,
  'max-response-bytes': 0,
  'max-request-bytes': 0,
  'max-calls': 1,
  'max-sleep-ms': 1,
};

const OUTWARD: readonly ConstraintName[] = ['timeout-ms', 'max-response-bytes', 'max-request-bytes'];

/** Reads one `@constrain` text. */
export function parseConstraints(text: string): ConstraintResult {
  const found = new Map<ConstraintName, number>();
  for (const part of text.split(' ')) {
    const [name = '', value = '', ...rest] = part.split('=');
    if (!isConstraintName(name)) {
      return { ok: false, message: `expected one of ${Object.keys(LEAST).join(', ')}, found ${JSON.stringify(part)}` };
    }
    if (found.has(name)) return { ok: false, message: `expected ${name} once, found it twice` };
    const number = /^(0|[1-9]\d*)$/.test(value) ? Number(value) : Number.NaN;
    if (rest.length > 0 || !Number.isSafeInteger(number) || number < LEAST[name]) {
      return {
        ok: false,
        message: `${name}: expected a whole number of at least ${LEAST[name]}, found ${JSON.stringify(part)}`,
      };
    }
    found.set(name, number);
  }
  return { ok: true, constraints: Object.fromEntries(found) };
}

/** The constraints that the kernel enforces for an action on a type of resource. Nothing else may be asked of it (R32). */
export function applicableConstraints(action: string, resourceType: string): readonly ConstraintName[] {
  if (action === 'dormancy') return ['max-sleep-ms'];
  if (action === 'execution') return resourceType === 'Object' ? [] : OUTWARD;
  if (action === 'http.send' || action === 'tools.call' || action === 'advice.ask') return [...OUTWARD, 'max-calls'];
  if (action === 'kv.set' || action === 'log.write') return ['max-request-bytes', 'max-calls'];
  return action.includes('.') ? ['max-calls'] : [];
}

/** The least of each. Null where none was given. */
export function strictest(all: readonly Constraints[]): Constraints | null {
  const merged = new Map<ConstraintName, number>();
  for (const name of constraintNames()) {
    const values = all.map((one) => one[name]).filter((value) => value !== undefined);
    if (values.length > 0) merged.set(name, Math.min(...values));
  }
  return merged.size === 0 ? null : Object.fromEntries(merged);
}

export function constraintNames(): readonly ConstraintName[] {
  return Object.keys(LEAST).filter(isConstraintName);
}

function isConstraintName(name: string): name is ConstraintName {
  return Object.hasOwn(LEAST, name);
}
