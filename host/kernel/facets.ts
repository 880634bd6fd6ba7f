/**
 * What a sleeper's surroundings are at one moment, as far as it can wait for a change of them (R41): a short text each, equal where
 * nothing has changed.
 */
import { sha256 } from '../object/crypto.ts';
import { hex } from '../json.ts';
import type { ContextFacet } from '../object/model.ts';
import type { CyclePorts } from './ports.ts';

export type Facets = { readonly [facet in ContextFacet]: string };

/** Longer names than this stand as their digest. */
const NAME_CHARS = 64;

/** Digest of the node's policy set, its id, its zone, and a digest of the operations that it has providers for. */
export function facetsOf({ authority, node, providers }: Pick<CyclePorts, 'authority' | 'node' | 'providers'>): Facets {
  return {
    policy: authority.policyDigest === null ? '' : hex(authority.policyDigest),
    node: node.id,
    zone: node.zone.length <= NAME_CHARS ? node.zone : digest(node.zone),
    capabilities: digest([...providers.keys()].toSorted().join('\n')),
  };
}

function digest(text: string): string {
  return hex(sha256(new TextEncoder().encode(text)));
}
