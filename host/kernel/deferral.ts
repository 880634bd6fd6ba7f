/**
 * Deferrals that wait for a change of this node: policy says of what, the kernel what it was. So the recorded condition needs nothing
 * but itself, on whatever node it is looked at.
 */
import type { Condition } from '../object/model.ts';
import type { Facets } from './facets.ts';
import type { Authority } from './ports.ts';

/** The authority, with the node as it is now in each condition that it gives. */
export function withFacets(authority: Authority, facets: () => Facets): Authority {
  return {
    policyDigest: authority.policyDigest,
    demandsReader: authority.demandsReader,
    cover: (question) => authority.cover(question),
    unusable: (now) => authority.unusable(now),
    decide(question) {
      const verdict = authority.decide(question);
      return verdict.wake === null ? verdict : { ...verdict, wake: fill(verdict.wake, facets()) };
    },
  };
}

function fill(condition: Condition, facets: Facets): Condition {
  if (condition.tag === 'context') return { ...condition, was: facets[condition.facet] };
  if (condition.tag !== 'group') return condition;
  return { ...condition, members: condition.members.map((member) => fill(member, facets)) };
}
