/**
 * What the policies of a set can see of a request at all: which attributes of principal, resource and context their conditions mention,
 * and whether they look at who the principal or which the resource is. Read from Cedar's own tree of each policy. Whatever is not
 * understood here (an attribute of something computed, tags, a form that Cedar may gain) mentions everything.
 */
import type { PolicyJson } from './cedar.ts';
import { RESOURCE_TYPES } from './schema.ts';

/** Of a record: all, or these members, and of each what is mentioned of it. Nothing but what was looked up in it. */
export type Mention = 'all' | ReadonlyMap<string, Mention>;

export interface EntityMention {
  /** Which one it is matters, and not only what kind of one. */
  readonly id: boolean;
  readonly attrs: Mention;
}

export interface Mentioned {
  readonly principal: EntityMention;
  readonly resource: EntityMention;
  readonly context: Mention;
}

export const EVERYTHING: Mentioned = {
  principal: { id: true, attrs: 'all' },
  resource: { id: true, attrs: 'all' },
  context: 'all',
};

/** What matters to a question about one action, by action: policies whose scope leaves it out can't have a say in it. */
export function mentionsOf(policies: readonly PolicyJson[]): (action: string) => Mentioned {
  const byAction = new Map(
    Object.keys(RESOURCE_TYPES).map((action) => [action, mentionedBy(policies.filter((one) => mayCover(one, action)))]),
  );
  return (action) => byAction.get(action) ?? EVERYTHING;
}

/** False only where the policy's scope is known to leave the action out. */
function mayCover({ action: scope }: PolicyJson, action: string): boolean {
  if (scope.op === '==' && 'entity' in scope) return idOf(scope.entity) === action;
  if (scope.op !== 'in') return true;
  if ('entities' in scope) return scope.entities.some((entity) => idOf(entity) === action);
  return !('entity' in scope) || idOf(scope.entity) === action;
}

type ScopeEntity = Extract<PolicyJson['action'], { entities: unknown }>['entities'][number];

function idOf(entity: ScopeEntity): string {
  return '__entity' in entity ? entity.__entity.id : entity.id;
}

type Members = Map<string, Mention>;

interface Draft {
  readonly members: { readonly [variable in Variable]: Members };
  readonly whole: Set<Variable>;
}

type Variable = 'principal' | 'resource' | 'context';

/** Thrown by the walk where it does not understand what it sees. */
class NotUnderstood extends Error {}

function mentionedBy(policies: readonly PolicyJson[]): Mentioned {
  const draft: Draft = {
    members: { principal: new Map(), resource: new Map(), context: new Map() },
    whole: new Set(),
  };
  try {
    for (const policy of policies) {
      noteScope(policy.principal, 'principal', draft);
      noteScope(policy.resource, 'resource', draft);
      for (const { body } of policy.conditions) note(body, draft);
    }
  } catch (error) {
    if (error instanceof NotUnderstood) return EVERYTHING;
    throw error;
  }
  const { members, whole } = draft;
  return {
    principal: { id: whole.has('principal'), attrs: members.principal },
    resource: { id: whole.has('resource'), attrs: members.resource },
    context: whole.has('context') ? 'all' : members.context,
  };
}

function noteScope(scope: PolicyJson['principal'] | PolicyJson['resource'], variable: Variable, draft: Draft): void {
  const kindAlone = scope.op === 'All' || (scope.op === 'is' && scope.in === undefined);
  if (!kindAlone) draft.whole.add(variable);
}

/** Forms whose operands are looked at as they are: two of them, or one. */
const BINARY: ReadonlySet<string> = new Set([
  '==',
  '!=',
  'in',
  '<',
  '<=',
  '>',
  '>=',
  '&&',
  '||',
  '+',
  '-',
  '*',
  'contains',
  'containsAll',
  'containsAny',
]);
const UNARY: ReadonlySet<string> = new Set(['!', 'neg', 'isEmpty']);
/** Functions of Cedar's extensions: pure, and of their arguments alone. */
const FUNCTIONS: ReadonlySet<string> = new Set(
  ['decimal', 'lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'].concat(
    ['ip', 'isIpv4', 'isIpv6', 'isLoopback', 'isMulticast', 'isInRange'],
    ['datetime', 'duration', 'offset', 'durationSince', 'toDate', 'toTime'],
    ['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'],
  ),
);

/** Recursion is bounded by `PolicyLimits.nesting` and `operators`. */
function note(expression: unknown, draft: Draft): void {
  const [form, parts] = formOf(expression);
  if (form === 'Value') return;
  if (form === 'Var') notePath({ variable: variableOf(parts), names: [] }, draft);
  else if (form === '.' || form === 'has') noteAccess(form, parts, draft);
  else if (BINARY.has(form)) for (const side of ['left', 'right']) note(member(parts, side), draft);
  else if (UNARY.has(form)) note(member(parts, 'arg'), draft);
  else if (form === 'if-then-else') for (const side of ['if', 'then', 'else']) note(member(parts, side), draft);
  else if (form === 'like') note(member(parts, 'left'), draft);
  else if (form === 'is') noteKind(parts, draft);
  else if (form === 'Set' || FUNCTIONS.has(form)) for (const part of listOf(parts)) note(part, draft);
  else if (form === 'Record') for (const part of Object.values(recordOf(parts))) note(part, draft);
  else throw new NotUnderstood(form);
}

function noteAccess(form: '.' | 'has', parts: unknown, draft: Draft): void {
  const path = pathOf(member(parts, 'left'));
  const names = [member(parts, 'attr')].flat();
  if (path === null || (form === '.' && names.length !== 1)) throw new NotUnderstood(form);
  notePath({ ...path, names: [...path.names, ...names.map(textOf)] }, draft);
}

function noteKind(parts: unknown, draft: Draft): void {
  const left = member(parts, 'left');
  const path = pathOf(left);
  // the kind of principal and resource always stands in the request
  if (path === null || path.names.length > 0) note(left, draft);
  const within = recordOf(parts)['in'];
  if (within === undefined) return;
  note(left, draft);
  note(within, draft);
}

interface Path {
  /** `action` has no attributes; which one it is always stands in the request. */
  readonly variable: Variable | 'action';
  readonly names: readonly string[];
}

/** `context.trust.slope` and the like; null for what is computed. */
function pathOf(expression: unknown): Path | null {
  const [form, parts] = formOf(expression);
  if (form === 'Var') return { variable: variableOf(parts), names: [] };
  if (form !== '.') return null;
  const path = pathOf(member(parts, 'left'));
  return path === null ? null : { ...path, names: [...path.names, textOf(member(parts, 'attr'))] };
}

/** All of what stands at the path. */
function notePath({ variable, names }: Path, { members, whole }: Draft): void {
  if (variable === 'action') {
    if (names.length > 0) throw new NotUnderstood('an attribute of the action');
    return;
  }
  const last = names.at(-1);
  if (last === undefined) {
    whole.add(variable);
    return;
  }
  let at: Mention = members[variable];
  for (const name of names.slice(0, -1)) {
    if (at === 'all') return;
    const next: Mention = at.get(name) ?? new Map<string, Mention>();
    // what hangs below `members` was made here, as maps
    (at as Members).set(name, next);
    at = next;
  }
  if (at !== 'all') (at as Members).set(last, 'all');
}

/** Each expression has one member, which says what it is. */
function formOf(expression: unknown): readonly [string, unknown] {
  const entries = Object.entries(recordOf(expression));
  const [first] = entries;
  if (first === undefined || entries.length > 1) throw new NotUnderstood('an expression of several forms');
  return first;
}

function variableOf(name: unknown): Path['variable'] {
  if (name === 'principal' || name === 'resource' || name === 'context' || name === 'action') return name;
  throw new NotUnderstood('a variable');
}

function member(parts: unknown, name: string): unknown {
  const found = recordOf(parts)[name];
  if (found === undefined) throw new NotUnderstood(name);
  return found;
}

function recordOf(value: unknown): { readonly [name: string]: unknown } {
  // an object that JSON.parse made has no members but its own that matter here
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as { readonly [name: string]: unknown };
  throw new NotUnderstood('a record');
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new NotUnderstood('a list');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new NotUnderstood('a name');
}
