/**
 * The only module that talks to cedar-wasm. Parsed sets live in the engine, in a fixed number of slots so that a host that meets
 * many sets does not grow; a set that lost its slot to another is parsed again. Whether the right set is in the slot shows in every
 * answer: each holds at least one id, and ids begin with the tag of their set.
 */
import { policyToJson, preparsePolicySet, statefulIsAuthorized, validate } from '@cedar-policy/cedar-wasm/nodejs';
import type {
  AuthorizationAnswer,
  CedarValueJson,
  DetailedError,
  EntityJson,
  PolicyJson,
  TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs';

export type { CedarValueJson, EntityJson, PolicyJson };

export interface CedarRequest {
  readonly principal: TypeAndId;
  readonly action: TypeAndId;
  readonly resource: TypeAndId;
  readonly context: { [key: string]: CedarValueJson };
  readonly entities: EntityJson[];
}

/** Ids of the policies that are satisfied: the forbids where there is one, else the permits. And of those that failed. */
export type CedarAnswer =
  | { readonly ok: true; readonly satisfied: readonly string[]; readonly failed: readonly string[] }
  | { readonly ok: false; readonly message: string };

export interface CedarFault {
  readonly id: string | null;
  readonly message: string;
  /** Bytes into the policy's text; null where Cedar names none. */
  readonly at: number | null;
}

export type ParseResult =
  | { readonly ok: true; readonly json: PolicyJson }
  | { readonly ok: false; readonly fault: CedarFault };

const SLOTS = 64;
/** A permit that always holds: with it, an answer without any id can only come from a set that is not ours. */
const SENTINEL = 'permit(principal, action, resource);';

/** Parses one static policy. */
export function parsePolicy(text: string): ParseResult {
  const answer = policyToJson(text);
  if (answer.type === 'success') return { ok: true, json: answer.json };
  const [first] = answer.errors;
  return {
    ok: false,
    fault: first === undefined ? { id: null, message: 'cannot be parsed', at: null } : faultOf(null, first),
  };
}

/** Checks policies against a schema in strict mode. A warning is a fault, too: what can never apply is a mistake. */
export function validatePolicies(schema: string, policies: ReadonlyMap<string, string>): readonly CedarFault[] {
  const staticPolicies = Object.fromEntries(policies);
  const answer = validate({ schema, policies: { staticPolicies }, validationSettings: { mode: 'strict' } });
  if (answer.type === 'failure') return answer.errors.map((error) => faultOf(null, error));
  const found = [...answer.validationErrors, ...answer.validationWarnings];
  return [
    ...found.map(({ policyId, error }) => faultOf(policyId, error)),
    ...answer.otherWarnings.map((error) => faultOf(null, error)),
  ];
}

/** Asks a set of policies. `tag` is hexadecimal and the set's own: no other set may have it. */
export function createCedarSet(
  tag: string,
  policies: ReadonlyMap<string, string>,
): (request: CedarRequest) => CedarAnswer {
  const slot = `sojourn-${Number.parseInt(tag.slice(0, 4), 16) % SLOTS}`;
  const sentinel = `${tag}:`;
  const staticPolicies: { [id: string]: string } = { [sentinel]: SENTINEL };
  for (const [id, text] of policies) staticPolicies[`${tag}:${id}`] = text;

  const ask = (request: CedarRequest): CedarAnswer | null => {
    const answer = statefulIsAuthorized({ ...request, preparsedPolicySetId: slot });
    return readAnswer(answer, sentinel);
  };
  return (request) => {
    try {
      const answer = ask(request);
      if (answer?.ok === true) return answer;
      const parsed = preparsePolicySet(slot, { staticPolicies });
      if (parsed.type === 'failure') return { ok: false, message: parsed.errors[0]?.message ?? 'cannot be parsed' };
      return ask(request) ?? { ok: false, message: 'the engine answers for another set' };
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
  };
}

/** Null where the answer is another set's. */
function readAnswer(answer: AuthorizationAnswer, sentinel: string): CedarAnswer | null {
  if (answer.type === 'failure') return { ok: false, message: answer.errors[0]?.message ?? 'no answer' };
  const { reason, errors } = answer.response.diagnostics;
  const failed = errors.map((error) => error.policyId);
  const ours = reason.length > 0 && [...reason, ...failed].every((id) => id.startsWith(sentinel));
  if (!ours) return null;
  // Cedar gives them in no order; what is recorded must be the same each time.
  const strip = (ids: readonly string[]) =>
    ids
      .filter((id) => id !== sentinel)
      .map((id) => id.slice(sentinel.length))
      .sort();
  return { ok: true, satisfied: strip(reason), failed: strip(failed) };
}

function faultOf(id: string | null, error: DetailedError): CedarFault {
  const message = error.message
    .replace(/^failed to parse (policy|policies|schema)( with id `[^`]*`)? from string: /, '')
    .replace(/^for policy `[^`]*`, /, '');
  const help = error.help === null ? '' : ` (${error.help})`;
  return { id, message: `${message}${help}`, at: error.sourceLocations?.[0]?.start ?? null };
}
