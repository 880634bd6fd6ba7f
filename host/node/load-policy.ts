/**
 * A policy set from its folder, ready to decide.
 */
import { DEFAULT_LIMITS } from '../limits.ts';
import type { PolicyLimits } from '../limits.ts';
import { loadPolicySet } from '../policy/load.ts';
import type { LoadedPolicySet } from '../policy/load.ts';
import { readPolicyFolder } from './policy-folder.ts';

/** Errors: `store.missing` where there is no such folder, `policy.malformed` and `policy.limit` with file, line and column. */
export async function loadPolicyFolder(
  folder: string,
  limits: PolicyLimits = DEFAULT_LIMITS.policy,
): Promise<LoadedPolicySet> {
  return loadPolicySet(await readPolicyFolder(folder, limits), { limits, origin: folder });
}
