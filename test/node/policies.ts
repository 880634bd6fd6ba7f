/** Policy sets written in a test: light enough for a child process that has no guest to build. */
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { PolicyFiles } from '../../host/policy/encode.ts';
import { loadPolicySet } from '../../host/policy/load.ts';
import type { PolicySet } from '../../host/policy/model.ts';

export const PERMIT_ALL = 'permit(principal, action, resource);';

/** The files of a set of one Cedar file; `extra` replaces or adds some. */
export function policyFiles(cedar: string, extra: { readonly [file: string]: string } = {}): PolicyFiles {
  const texts = { 'set.json': '{"name":"test"}', 'policy.cedar': cedar, ...extra };
  return new Map(Object.entries(texts).map(([name, text]) => [name, new TextEncoder().encode(text)]));
}

export function policySet(cedar: string, extra: { readonly [file: string]: string } = {}): PolicySet {
  return loadPolicySet(policyFiles(cedar, extra), { limits: DEFAULT_LIMITS.policy });
}
