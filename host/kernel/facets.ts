/**
 * What a sleeper's surroundings are at one moment, as far as it can wait for a change of them (R41): a short text each, equal where
 * nothing has changed.
 */
import { sha256 } from '../object/crypto.ts';
import { hex } from '../json.ts';
import type { ContextFacet } from '../object/model.ts';
import type { Authority, CyclePorts } from './ports.ts';

export type Facets = { readonly [facet in ContextFacet]: string };

/** Longer names than this stand as their digest. */
const NAME_CHARS = 64;

/** What the facets are taken from. */
export type FacetSources = Pick<CyclePorts, 'node' | 'providers' | 'capabilities'> & {
  readonly authority: Pick<Authority, 'policyDigest'>;
};

/** Digest of the node's policy set, its id, its zone, and `capabilitiesOf` its providers. */
export function facetsOf({ authority, node, providers, capabilities }: FacetSources): Facets {
  return {
    policy: authority.policyDigest === null ? '' : hex(authority.policyDigest),
    node: node.id,
    zone: node.zone.length <= NAME_CHARS ? node.zone : digest(node.zone),
    capabilities: capabilities ?? capabilitiesOf(providers),
  };
}

/** A digest of the operations that there are providers for, with the names of tools and advisors. */
export function capabilitiesOf(providers: CyclePorts['providers']): string {
  const abilities = Array.from(providers, ([operation, { names }]) => [
    operation,
    ...(names ?? []).map((name) => `${operation} ${name}`),
  ]).flat();
  return digest([...new Set(abilities)].toSorted().join('\n'));
}

function digest(text: string): string {
  return hex(sha256(new TextEncoder().encode(text)));
}
