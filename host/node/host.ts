/**
 * A host: what creates, runs, signals, shows and verifies objects. All authority comes in through its ports; it keeps nothing of an
 * object between two calls.
 */
import type { Advisor } from '../capability/advice.ts';
import type { Tool } from '../capability/tools.ts';
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import type { CyclePoint, NodeFacts } from '../kernel/ports.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { Limits } from '../limits.ts';
import { nodeIdOf } from '../object/seal.ts';
import type { PolicySet } from '../policy/model.ts';
import type { Value } from '../value.ts';
import type { Branching } from './branch.ts';
import { checkCycleLimits } from './check-limits.ts';
import { compareObjects } from './compare.ts';
import type { CompareReport } from './compare.ts';
import { draftObject } from './draft-object.ts';
import type { ObjectDraft } from './draft-object.ts';
import { nodeFacets } from './evaluate.ts';
import type { EvaluateInputs } from './evaluate.ts';
import { readId, readKnownHeads } from './known-heads.ts';
import type { KnownHeads } from './known-heads.ts';
import { redactObject } from './redact.ts';
import type { Redacted } from './redact.ts';
import { runObject } from './run.ts';
import type { RunOptions, RunReport } from './run.ts';
import { archiveObject, checkpointObject } from './archive.ts';
import type { ArchiveOptions, ArchiveReport, CheckpointReport } from './archive.ts';
import { proveEntry } from './prove.ts';
import type { ProveOptions } from './prove.ts';
import { withSession } from './open-session.ts';
import type { Session } from './session.ts';
import { createStanding } from './standing.ts';
import type { Proof } from '../object/proof.ts';
import { deliverSignal } from './signal.ts';
import type { SignalReport } from './signal.ts';
import type { HostPorts } from './host-ports.ts';
import { readTree } from './tree.ts';
import type { Tree } from './tree.ts';
import { verifyObject } from './verify.ts';
import type { VerifyOptions, VerifyReport } from './verify.ts';
import { viewObject } from './view.ts';
import type { ObjectView } from './view.ts';
import { wakeObjects } from './wake-objects.ts';
import type { WakeOptions, WakeReport } from './wake-objects.ts';
import { witnessOther } from './witness.ts';
import type { WitnessReport } from './witness.ts';

export interface HostOptions {
  readonly ports: HostPorts;
  /** The node's policy set. Null: nothing is allowed. */
  readonly policy: PolicySet | null;
  readonly limits?: Limits;
  /** Where this node stands, for scopes and policies that name zones. */
  readonly zone?: string;
  readonly tools?: readonly Tool[];
  /** Whom handlers may ask (docs/advice.md). Errors: `usage` for two of one name. */
  readonly advisors?: readonly Advisor[];
  /** Nodes (ids) whose checkpoints this one takes the word of, beside its own and the creator's (docs/archive.md). */
  readonly accept?: readonly string[];
  /** Told of each point of each cycle as it is passed. */
  readonly onPoint?: (point: CyclePoint, object: string) => void;
}

export interface Created {
  readonly id: string;
  readonly bytes: number;
  readonly receipt: Uint8Array;
}

/** Which copies are gone on with (docs/forks.md). */
export interface HeadOptions {
  /** Receipts that the object must hold. Errors: `object.behind`, `object.forked`, `object.seal`. */
  readonly heads?: readonly Uint8Array[];
  /** Names of objects whose witnesses, and of copies whose own seals, show what the object must hold. */
  readonly headsFrom?: readonly string[];
  /** Why this branch is gone on with all the same: recorded. */
  readonly follow?: string | null;
}

export interface SignalOptions extends HeadOptions {
  /** Idempotency key. Default: 16 random bytes, so that each delivery is its own. */
  readonly key?: string;
  /** X25519 public keys: the signal, name and key included, is confidential to them and to this node. Default: it is for everybody. */
  readonly readers?: readonly Uint8Array[];
}

export type HostRunOptions = Partial<RunOptions> & Partial<Pick<EvaluateInputs, 'onEntry'>> & HeadOptions;

export interface Host {
  /** Node id: 32 hexadecimal digits; zeros for a host without a key. */
  readonly node: string;
  /** Errors: `object.exists`, `intent.invalid`, `context.invalid`, `object.schema`, `object.limit`, `component.*`, `store.*`. */
  create(name: string, draft: ObjectDraft): Promise<Created>;
  /** Errors: `store.*`, `object.*` for an object that can't be gone on with. What a handler does is never an error: see the report. */
  run(name: string, options?: HostRunOptions): Promise<RunReport>;
  /** Errors: `signal.invalid`, `object.terminated`, `store.*`, `object.*`. Needs a key. */
  signal(name: string, signal: string, payload: Value, options?: SignalOptions): Promise<SignalReport>;
  /**
   * Tells the object what became of another one: a child, its parent, or one that it waits for. Errors: `witness.unasked`,
   * `witness.invalid`, `object.behind`, `object.terminated`, `store.*`, `object.*`.
   */
  witness(name: string, other: string): Promise<WitnessReport>;
  /**
   * Looks at all objects that `list` names, tells them of each other, and runs those that may wake. Errors: those of `list`; what is
   * wrong with one object is its line.
   */
  wake(
    list: () => Promise<readonly string[]>,
    options?: Partial<WakeOptions> & { readonly heads?: readonly Uint8Array[] },
  ): Promise<WakeReport>;
  /** State and timeline, at the last entry or at an earlier one. */
  show(name: string, options?: { readonly at?: number }): Promise<ObjectView>;
  /** The tree of the objects in these files; with `root`, one of them, from there down. Errors: `store.*`, `usage`. */
  tree(files: readonly string[], options?: { readonly root?: string }): Promise<Tree>;
  verify(name: string, options?: VerifyOptions): Promise<VerifyReport>;
  /** Whether two copies are one history, and where they part. Errors: `store.*`, `object.*` for a copy that does not hold. */
  compare(a: string, b: string): Promise<CompareReport>;
  /**
   * Writes a copy without the ciphertext of these entries, which verifies as the object does; the object stays as it is. Errors: `usage`,
   * `object.*`, `store.*`.
   */
  redact(name: string, copy: string, entries: readonly number[]): Promise<Redacted>;
  /** A checkpoint where the object stands. Errors: `store.*`, `object.*`. */
  checkpoint(name: string): Promise<CheckpointReport>;
  /** Moves all before a new checkpoint into an archive. Errors: `store.*`, `object.*`. */
  archive(name: string, options: ArchiveOptions): Promise<ArchiveReport>;
  /** Proves that an archived entry is part of the object. Errors: `usage`, `store.*`, `object.*`. */
  prove(name: string, options: ProveOptions): Promise<Proof>;
  close(): Promise<void>;
}

/** Errors: `usage` for limits that could not be enforced. */
export function createHost(options: HostOptions): Host {
  const { ports, policy } = options;
  const limits = options.limits ?? DEFAULT_LIMITS;
  checkCycleLimits(limits.cycle);
  const advisors = options.advisors ?? [];
  const node: NodeFacts = { id: hex(nodeIdOf(ports.signer?.publicKey ?? null, ports.hash)), zone: options.zone ?? '' };

  async function create(name: string, draft: ObjectDraft): Promise<Created> {
    const digest = ports.hash(draft.handler);
    const component = draft.embed === true ? draft.handler : null;
    const origin = { handler: digest, component, time: ports.clock.now(), nonce: ports.random.bytes(16) };
    const object = draftObject(draft, origin, ports, limits);
    const handler = hex(digest);
    const refusal = await ports.runner.admit({ handler, component: async () => draft.handler, limits: limits.cycle });
    if (refusal !== null) throw new SojournError(refusal.code, `handler ${handler}: ${refusal.message}`);
    await ports.store.create(name, object.bytes);
    return { id: hex(object.id), bytes: object.bytes.length, receipt: object.receipt };
  }

  function opened<T>(name: string, branching: Branching, job: (session: Session) => Promise<T>): Promise<T> {
    return withSession(name, ports, limits, { accepted: options.accept ?? [], branching }, job);
  }

  const tools = options.tools ?? [];
  const standing = createStanding({ ports, tools, advisors, limits });

  function run(name: string, runOptions: HostRunOptions = {}): Promise<RunReport> {
    return runBeside(name, runOptions, null);
  }

  async function runBeside(name: string, runOptions: HostRunOptions, heads: KnownHeads | null): Promise<RunReport> {
    const { once = false, signal = null, onOutcome = () => {}, onEntry = () => {}, ...head } = runOptions;
    return opened(name, await branchingOf(name, head, heads), (session) => {
      const reached = (point: CyclePoint): void => options.onPoint?.(point, name);
      return runObject(
        { name, session, ports, policy, limits, node, tools, advisors, standing, reached, onEntry },
        { once, signal, onOutcome },
      );
    });
  }

  function witness(name: string, other: string): Promise<WitnessReport> {
    return opened(name, {}, (session) => witnessOther(session, other, ports, limits));
  }

  async function branchingOf(name: string, head: HeadOptions, known: KnownHeads | null = null): Promise<Branching> {
    const { heads = [], headsFrom = [], follow = null } = head;
    const shown = known ?? (headsFrom.length === 0 ? null : await readKnownHeads(headsFrom, ports, limits));
    const id = shown === null ? null : await readId(name, ports, limits);
    return { heads, follow, known: shown === null || id === null ? [] : shown.of(id) };
  }

  /** Reads the heads once, and only where something is to be run. */
  function runAmong(
    list: () => Promise<readonly string[]>,
    signal: AbortSignal | null,
    heads: readonly Uint8Array[],
  ): (name: string) => Promise<RunReport> {
    let known: Promise<KnownHeads> | null = null;
    return async (name) => {
      known ??= list().then((names) => readKnownHeads(names, ports, limits, heads));
      return runBeside(name, { signal }, await known);
    };
  }

  return {
    node: node.id,
    create,
    run,
    witness,
    wake: (list, { dryRun = false, onLine = () => {}, signal = null, heads = [] } = {}) =>
      wakeObjects(
        {
          ports,
          limits,
          facets: nodeFacets({ ports, policy, node, tools, advisors }),
          list,
          run: runAmong(list, signal, heads),
          witness,
        },
        { dryRun, onLine, signal },
      ),
    signal: async (name, signal, payload, { key = hex(ports.random.bytes(16)), readers, ...head } = {}) => {
      if (ports.signer === null)
        throw new SojournError(
          'signal.invalid',
          'signal: expected a key to sign it with, found none: nobody would have sent it',
        );
      return opened(name, await branchingOf(name, head), (session) =>
        deliverSignal(session, { name: signal, key, payload }, limits, readers ?? null),
      );
    },
    show: (name, { at } = {}) => viewObject(name, ports, limits, at),
    tree: (files, { root } = {}) => readTree(files, ports, limits, root),
    compare: (a, b) => compareObjects([a, b], ports, limits),
    verify: (name, verify = {}) => verifyObject(name, ports, limits, verify),
    redact: (name, copy, entries) => redactObject(name, copy, entries, ports, limits),
    checkpoint: (name) => opened(name, {}, (session) => checkpointObject(session, ports, limits)),
    archive: (name, archive) => opened(name, {}, (session) => archiveObject(session, ports, limits, archive)),
    prove: (name, prove) => proveEntry(name, ports, limits, prove),
    close: () => ports.runner.close(),
  };
}
