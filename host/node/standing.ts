/**
 * What is the same from one evaluation to the next on one host: the providers of capabilities with what they make of the node, and the
 * policy sets that objects carry, once loaded. A set is a function of its bytes, and its digest names them: whoever carries the same one
 * carries the same policies. Whether an object has the bytes at all is asked of the object each time.
 */
import { createAdvice } from '../capability/advice.ts';
import type { Advisor } from '../capability/advice.ts';
import { byOperation, createLocalProviders } from '../capability/all.ts';
import { createHttp } from '../capability/http.ts';
import { createTools } from '../capability/tools.ts';
import type { Tool } from '../capability/tools.ts';
import { hex } from '../json.ts';
import { capabilitiesOf } from '../kernel/facets.ts';
import type { Provider } from '../kernel/ports.ts';
import type { Limits } from '../limits.ts';
import type { CarriedSet } from '../policy/authority.ts';
import type { HostPorts } from './host-ports.ts';
import type { Session } from './session.ts';

export interface Standing {
  readonly providers: ReadonlyMap<string, Provider>;
  /** Digest of what the node has providers for. */
  readonly capabilities: string;
  /** The sets that the object of the session carries. */
  readonly carried: (session: Carrier) => Promise<readonly CarriedSet[]>;
}

/** What is asked of an object. */
export type Carrier = Pick<Session, 'state' | 'blob' | 'hasBlob'>;

export interface StandingInputs {
  readonly ports: Pick<HostPorts, 'fetch'>;
  readonly tools: readonly Tool[];
  readonly advisors: readonly Advisor[];
  readonly limits: Pick<Limits, 'policy'>;
}

/** Loaded sets that are kept; each has at most `PolicyLimits.bytes` of text, and its answers (policy/remember.ts). */
const SETS_KEPT = 32;

export function createStanding({ ports, tools, advisors, limits }: StandingInputs): Standing {
  // a node that has nobody to ask has no such capability, and an object can wait for one that has
  const advice = advisors.length === 0 ? [] : [createAdvice(advisors)];
  const providers = byOperation([...createLocalProviders(), createHttp(ports.fetch), createTools(tools), ...advice]);
  const sets = new Map<string, CarriedSet>();

  async function load(digest: Uint8Array, session: Carrier): Promise<CarriedSet> {
    const name = hex(digest);
    const known = sets.get(name);
    if (known !== undefined && session.hasBlob(name)) {
      sets.delete(name);
      sets.set(name, known);
      return known;
    }
    const { loadCarriedSet } = await import('../policy/authority.ts');
    const set = loadCarriedSet(digest, await session.blob(name), limits.policy);
    if (!('decide' in set)) return set;
    if (sets.size >= SETS_KEPT) for (const oldest of sets.keys()) if (sets.delete(oldest)) break;
    sets.set(name, set);
    return set;
  }

  return {
    providers,
    capabilities: capabilitiesOf(providers),
    carried: (session) => Promise.all(session.state.genesis.context.policies.map((digest) => load(digest, session))),
  };
}
