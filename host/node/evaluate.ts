/**
 * One cycle of one object, from an open session to its seal. The kernel decides what happens; this is where its ports come from.
 */
import type { Advisor } from '../capability/advice.ts';
import type { Tool } from '../capability/tools.ts';
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import { mayMerge, mergeableAttempt } from '../kernel/attempts.ts';
import { runCycle } from '../kernel/cycle.ts';
import type { CycleInputs } from '../kernel/cycle.ts';
import { withFacets } from '../kernel/deferral.ts';
import { Divergence } from '../kernel/divergence.ts';
import { endDiverged } from '../kernel/finish.ts';
import { facetsOf } from '../kernel/facets.ts';
import type { Facets } from '../kernel/facets.ts';
import { obeyParent } from '../kernel/parents-word.ts';
import { allows } from '../kernel/performed.ts';
import type { CyclePoint, CyclePorts, NodeFacts } from '../kernel/ports.ts';
import { decideReadmission } from '../kernel/precondition.ts';
import { runReentry } from '../kernel/reentry.ts';
import { createTape } from '../kernel/tape.ts';
import type { Stored } from '../kernel/tape.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { Limits } from '../limits.ts';
import { parentsWord } from '../object/lineage.ts';
import type { AttemptsBody, Entry, EntryBody, EntryOf } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { PolicySet } from '../policy/model.ts';
import { createChildPorts } from './children.ts';
import { findComponent } from './find-component.ts';
import type { HostPorts } from './host-ports.ts';
import { sayBetween, sayWithin } from './own-word.ts';
import type { OwnWord } from './own-word.ts';
import type { Session, Stamp } from './session.ts';
import { createStanding } from './standing.ts';
import type { Standing } from './standing.ts';

export interface EvaluateInputs {
  readonly name: string;
  readonly session: Session;
  readonly ports: HostPorts;
  readonly policy: PolicySet | null;
  readonly limits: Limits;
  readonly node: NodeFacts;
  readonly tools: readonly Tool[];
  readonly advisors: readonly Advisor[];
  /** Of the same ports, tools, advisors and limits; made for this run where it is left out. */
  readonly standing?: Standing;
  readonly reached: (point: CyclePoint) => void;
  /** Told of each entry as it is appended, seals excepted. It may not be durable yet. */
  readonly onEntry: (entry: Entry) => void;
}

/** What a cycle came to: an outcome under a seal, or one more of the attempts that changed nothing. */
export type Evaluated =
  | { readonly outcome: EntryOf<'outcome'>; readonly attempts: null; readonly receipt: Uint8Array }
  | { readonly outcome: null; readonly attempts: EntryOf<'attempts'>; readonly receipt: Uint8Array | null };

/** The kernel's ports for this object on this node. */
export async function createCyclePorts(inputs: EvaluateInputs): Promise<CyclePorts> {
  const { ports, session, limits, name } = inputs;
  const blob = (digest: string): Promise<Uint8Array | null> => session.blob(digest);
  const { providers, capabilities, carried } = inputs.standing ?? createStanding(inputs);
  const sets = await carried(session);
  // Cedar is loaded when the first evaluation needs it
  const { createAuthority } = await import('../policy/authority.ts');
  const authority = createAuthority({ node: inputs.policy, carried: sets, limits: limits.policy });
  return {
    authority: withFacets(authority, () => facetsOf({ authority, node: inputs.node, providers, capabilities })),
    runner: ports.runner,
    providers,
    capabilities,
    limits,
    node: inputs.node,
    hasReader: (ports.reader ?? null) !== null,
    seed: () => ports.random.bytes(16),
    trace: () => ports.trace?.() ?? null,
    now: () => ports.clock.now(),
    component: (digest) => findComponent(digest, { name, ports, blob }),
    reached: inputs.reached,
    ...createChildPorts({ name, ports, limits, blob }),
  };
}

/** What this node is, for sleepers that wait for a change of it. */
export function nodeFacets(inputs: FacetInputs): Facets {
  const authority = { policyDigest: inputs.policy?.digest ?? null };
  return facetsOf({ authority, node: inputs.node, ...createStanding({ limits: DEFAULT_LIMITS, ...inputs }) });
}

type FacetInputs = Pick<EvaluateInputs, 'ports' | 'tools' | 'advisors' | 'policy' | 'node'>;

/** Runs one cycle, or ends the one that a crash left open, and seals it; an attempt that changes nothing is merged instead. */
export async function evaluateOnce(inputs: EvaluateInputs, ports: CyclePorts): Promise<Evaluated> {
  const { session, onEntry } = inputs;
  const taken = isLeftOpen(session);
  const words = [...(taken ? session.words : []), ...readmissionOf(session.state, ports)];
  if (!taken) await sayBetween({ session, hash: inputs.ports.hash, onEntry }, words, ports.authority.policyDigest);
  const { state: before } = session;
  const stamp: Stamp = { cycle: before.cycle + 1, policy: ports.authority.policyDigest };
  const held = !taken && before.dormancy !== null && mayMerge(before, ports);
  if (held) session.hold();
  const written: Entry[] = [];
  const tape = createTape({
    state: before,
    recorded: taken ? await recordedOf(inputs, stamp, words) : [],
    append: async (state, body, sync, readers) => {
      const stored = await session.append(state, body, stamp, sync, readers);
      written.push(stored.entry);
      if (!held) onEntry(stored.entry);
      return stored;
    },
  });
  const cycle: CycleInputs = {
    ports,
    tape,
    hash: inputs.ports.hash,
    entries: (start) => session.entries(start, tape.seq),
  };
  const outcome = await runNext(cycle, before);
  const one = held ? mergeableAttempt(before, tape.state, written, inputs.ports.hash) : null;
  if (one !== null) return mergeAttempt(inputs, ports, one);
  if (held) for (const entry of written) onEntry(entry);
  const receipt = await session.seal(tape.state, stamp);
  ports.reached('sealed');
  return { outcome, attempts: null, receipt };
}

async function mergeAttempt(
  { session, onEntry }: EvaluateInputs,
  ports: CyclePorts,
  one: AttemptsBody,
): Promise<Evaluated> {
  session.drop();
  const { cycle } = session.state;
  const { entry, receipt } = await session.merge(one, { cycle, policy: ports.authority.policyDigest });
  onEntry(entry);
  ports.reached('merged');
  return { outcome: null, attempts: entry, receipt };
}

/** What a crash left of this cycle, with the note that this node takes it up (R48). */
async function recordedOf(
  { session, node, onEntry }: EvaluateInputs,
  stamp: Stamp,
  words: readonly OwnWord[],
): Promise<readonly Stored[]> {
  const first = session.tail[0];
  const last = session.tail.at(-1);
  if (first === undefined || last === undefined) return [];
  const from = (session.state.sealed?.seq ?? 0) + 1;
  const recover: EntryBody = { kind: 'recover', body: { lost: last.entry.node, from } };
  // let in before a crash of its own, and by nobody else since: once is enough
  const letIn = session.tail.findLast(({ entry }) => entry.kind === 'readmit')?.entry.node;
  const isLetIn = letIn !== undefined && hex(letIn) === node.id;
  const unsaid = words.filter(({ kind }) => !(isLetIn && kind === 'readmit'));
  const said = await sayWithin({ session, onEntry }, [recover, ...unsaid], last, { ...stamp, cycle: last.entry.cycle });
  return [...session.tail, ...said];
}

/** Errors: `policy.refused` where the policy says no by now. */
function readmissionOf(state: State, ports: CyclePorts): readonly OwnWord[] {
  const body = decideReadmission(state, ports);
  if (body === null) return [];
  if (allows(body.verdict)) return [{ kind: 'readmit', body }];
  throw new SojournError('policy.refused', 'quarantined: expected a policy that readmits the object, found none');
}

/** Whether a crash left a cycle open that no run has ended since. */
function isLeftOpen({ tail, state }: Session): boolean {
  const first = tail[0];
  return first !== undefined && first.entry.seq > state.seq;
}

/** What is due: what a crash left, the end that the parent's word asks for, the look of a sleeper, a run of the handler. */
async function runNext(cycle: CycleInputs, state: State): Promise<EntryOf<'outcome'>> {
  const { ports, tape } = cycle;
  const word = tape.peek() === null ? parentsWord(state) : null;
  return word === null ? runOrEnd(cycle, state.dormancy) : obeyParent(ports, tape, word);
}

async function runOrEnd(cycle: CycleInputs, dormancy: State['dormancy']): Promise<EntryOf<'outcome'>> {
  try {
    return await (dormancy === null ? runCycle(cycle) : runReentry(cycle, dormancy));
  } catch (error) {
    if (!(error instanceof Divergence)) throw error;
    return endDiverged(cycle, error);
  }
}
