/**
 * What a policy's annotations say beside Cedar's own permit and forbid. The list is closed: one that isn't known, or that stands
 * where it would do nothing, is refused (R39).
 */
import type { SojournError } from '../errors.ts';
import type { PolicyLimits } from '../limits.ts';
import type { Condition } from '../object/model.ts';
import type { PolicyJson } from './cedar.ts';
import { applicableConstraints, parseConstraints } from './constrain.ts';
import type { ConstraintName } from './constrain.ts';
import type { Constraints } from './model.ts';
import { canBeConfidential, parseReaderNames } from './readers.ts';
import type { Readers } from './readers.ts';
import { RESOURCE_TYPES } from './schema.ts';
import type { FactDeclarations } from './settings.ts';
import { placeOf, sourceError } from './source.ts';
import { isCharged, parseSpends } from './spend.ts';
import type { Spends } from './spend.ts';
import type { PolicyText } from './source.ts';
import { parseWake } from './wake.ts';

/** One policy of a set, read and checked. */
export interface Rule {
  /** `@id`, or the file's name and the policy's number in it: `main.cedar:2`. */
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly description: string | null;
  readonly file: string;
  readonly line: number;
  /** Set on a forbid that defers: what the object is to wait for. */
  readonly wake: Condition | null;
  /** Set on a permit that constrains. */
  readonly constraints: Constraints | null;
  /** Set on a permit that costs something. */
  readonly spends: Spends | null;
  /** Set on a permit whose entries are confidential: names of readers.json. */
  readonly readers: readonly string[] | null;
  /** Cedar's tree of the policy. */
  readonly policy: PolicyJson;
}

const ANNOTATIONS: readonly string[] = ['id', 'description', 'verdict', 'wake', 'constrain', 'spend', 'confidential'];
const ID = /^[A-Za-z0-9._:/-]{1,64}$/;

/** What annotations refer to. */
export interface Declared {
  readonly facts: FactDeclarations;
  readonly readers: Readers;
}

/** Errors: `policy.malformed`, with the place of the annotation. */
export function readRule(source: PolicyText, policy: PolicyJson, declared: Declared, limits: PolicyLimits): Rule {
  const annotations = policy.annotations ?? {};
  // Cedar's type says text; an annotation without a value comes as null.
  const bare = Object.entries(annotations).find(([, value]) => typeof value !== 'string')?.[0];
  if (bare !== undefined) throw refuse(source, bare, `@${bare}: expected a text in parentheses, found none`);
  const unknown = Object.keys(annotations).find((name) => !ANNOTATIONS.includes(name));
  if (unknown !== undefined) {
    throw refuse(
      source,
      unknown,
      `expected one of the annotations ${ANNOTATIONS.map((name) => `@${name}`).join(', ')}, found @${unknown}`,
    );
  }
  return {
    id: readId(source, annotations['id']),
    effect: policy.effect,
    description: annotations['description'] ?? null,
    file: source.file.name,
    line: placeOf(source.file.text, source.start).line,
    wake: readWake(source, policy, limits),
    constraints: readConstraints(source, policy),
    spends: readSpends(source, policy, declared.facts),
    readers: readReaderNames(source, policy, declared.readers),
    policy,
  };
}

function readId(source: PolicyText, id: string | undefined): string {
  if (id === undefined) return `${source.file.name}:${source.number}`;
  if (ID.test(id)) return id;
  throw refuse(
    source,
    'id',
    `@id: expected 1 to 64 characters a-z, A-Z, 0-9, \`-\`, \`.\`, \`_\`, \`:\`, \`/\`, found ${JSON.stringify(id)}`,
  );
}

function readWake(
  source: PolicyText,
  { effect, annotations = {} }: PolicyJson,
  limits: PolicyLimits,
): Condition | null {
  const { verdict, wake } = annotations;
  if (verdict === undefined) {
    if (wake !== undefined) throw refuse(source, 'wake', '@wake: expected it beside @verdict("defer") only');
    return null;
  }
  if (verdict !== 'defer')
    throw refuse(source, 'verdict', `@verdict: expected "defer", found ${JSON.stringify(verdict)}`);
  if (effect !== 'forbid')
    throw refuse(source, 'verdict', '@verdict("defer"): expected it on a forbid, found it on a permit');
  if (wake === undefined)
    throw refuse(
      source,
      'verdict',
      '@verdict("defer"): expected @wake beside it, which says what to wait for, found none',
    );
  const result = parseWake(wake, limits.wakeNodes);
  if (!result.ok) throw refuse(source, 'wake', `@wake: ${result.message}`);
  return result.condition;
}

function readConstraints(source: PolicyText, policy: PolicyJson): Constraints | null {
  const text = policy.annotations?.['constrain'];
  if (text === undefined) return null;
  if (policy.effect !== 'permit')
    throw refuse(source, 'constrain', '@constrain: expected it on a permit, found it on a forbid');
  const result = parseConstraints(text);
  if (!result.ok) throw refuse(source, 'constrain', `@constrain: ${result.message}`);
  for (const action of scopeActions(policy) ?? []) {
    const misfit = Object.keys(result.constraints).find((name) => !fitsSome(action, policy, name));
    if (misfit !== undefined)
      throw refuse(source, 'constrain', `@constrain: expected what ${action} can apply, found ${misfit}`);
  }
  return result.constraints;
}

function readSpends(source: PolicyText, policy: PolicyJson, facts: FactDeclarations): Spends | null {
  const text = policy.annotations?.['spend'];
  if (text === undefined) return null;
  if (policy.effect !== 'permit')
    throw refuse(source, 'spend', '@spend: expected it on a permit, found it on a forbid');
  const result = parseSpends(text);
  if (!result.ok) throw refuse(source, 'spend', `@spend: ${result.message}`);
  const unknown = [...result.spends.values()].find((fact) => facts.get(fact)?.type !== 'Long');
  if (unknown !== undefined)
    throw refuse(source, 'spend', `@spend: expected a fact of facts.json of type Long, found ${unknown}`);
  const misfit = scopeActions(policy)?.find(
    (action) => !openTypes(action, policy).some((type) => isCharged(action, type)),
  );
  if (misfit !== undefined)
    throw refuse(source, 'spend', `@spend: expected actions that can be charged for, found ${misfit}`);
  return result.spends;
}

function readReaderNames(source: PolicyText, policy: PolicyJson, readers: Readers): readonly string[] | null {
  const text = policy.annotations?.['confidential'];
  if (text === undefined) return null;
  if (policy.effect !== 'permit')
    throw refuse(source, 'confidential', '@confidential: expected it on a permit, found it on a forbid');
  const result = parseReaderNames(text, readers);
  if (!result.ok) throw refuse(source, 'confidential', `@confidential: ${result.message}`);
  const actions = scopeActions(policy);
  const open = actions === null ? 'a scope without actions' : actions.find((action) => !canBeConfidential(action));
  if (open !== undefined)
    throw refuse(source, 'confidential', `@confidential: expected actions whose entries can be, found ${open}`);
  return result.names;
}

/** Does the constraint apply to at least one type of resource that the policy's scope leaves open? */
function fitsSome(action: string, policy: PolicyJson, name: string): boolean {
  return openTypes(action, policy).some((type) =>
    applicableConstraints(action, type).some((known: ConstraintName) => known === name),
  );
}

function openTypes(action: string, policy: PolicyJson): readonly string[] {
  const only = scopeResourceType(policy);
  return only === null ? (RESOURCE_TYPES[action] ?? []) : [only];
}

/** The actions that the scope names; null where it names none and so means all. */
export function scopeActions({ action }: PolicyJson): readonly string[] | null {
  if (action.op === 'All') return null;
  const named = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : [];
  return named.map((entity) => ('__entity' in entity ? entity.__entity.id : entity.id));
}

/** The one type of resource that the scope allows; null for any. */
export function scopeResourceType({ resource }: PolicyJson): string | null {
  if (resource.op === 'is') return resource.entity_type;
  if (!('entity' in resource)) return null;
  return '__entity' in resource.entity ? resource.entity.__entity.type : resource.entity.type;
}

function refuse(source: PolicyText, annotation: string, what: string): SojournError {
  const found = new RegExp(`@\\s*${annotation}\\b`).exec(source.text);
  return sourceError('policy.malformed', source.file, source.start + (found?.index ?? 0), what);
}
