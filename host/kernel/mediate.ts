/**
 * The one way from a request to an effect: limits, scope, policy, entry, perform, entry. Guest calls and executions both come
 * through here. A denial is an entry and a code, never an exception; what throws is a broken host or a Divergence.
 */
import type { CycleLimits } from '../limits.ts';
import { encode, equalBytes } from '../object/codec.ts';
import type { EntryOf, Verdict } from '../object/model.ts';
import type { GuestCall, GuestReply, Hash } from '../ports.ts';
import type { ValueMap } from '../value.ts';
import { createPerformer } from './effects.ts';
import { idempotencyKey } from './keys.ts';
import { operationSpec } from './operations.ts';
import type { OperationSpec } from './operations.ts';
import { allows, confirmed, denialOf, narrowed, rejected, replyOf, resultBody } from './performed.ts';
import type { Performed } from './performed.ts';
import type { CyclePorts, CycleView, Readers, Tape, Taken } from './ports.ts';
import { ask, NO_RESOURCE } from './questions.ts';
import { covers, withinCounters } from './scope.ts';

export interface MediatorInputs {
  readonly ports: CyclePorts;
  readonly tape: Tape;
  readonly view: CycleView;
  readonly limits: CycleLimits;
  readonly hash: Hash;
}

export interface Mediator {
  /** A call of the guest's. */
  call(call: GuestCall): Promise<GuestReply>;
  /** Ends the guest's part: what is under way is given up, and nothing more of it is recorded. */
  closeGuest(): Promise<void>;
  /** The call of an execution, under the verdict that this node's authority gave on the action. */
  execute(operation: string, request: ValueMap, verdict: Verdict, terms: ExecutionTerms): Promise<Performed>;
  readonly calls: number;
  readonly bytes: number;
}

export interface ExecutionTerms {
  /** The idempotency key of an earlier attempt whose end is not known; null: one of its own, where it takes one. */
  readonly key: string | null;
  /** Beyond this the call is of class `latency`; null: however long it takes. */
  readonly latencyMs: number | null;
}

export function createMediator(inputs: MediatorInputs): Mediator {
  const { view } = inputs;
  const performer = createPerformer(inputs);
  const recorder = createRecorder(inputs);
  const derived = new Map<string, Verdict>();
  const closing = Promise.withResolvers<null>();
  const inOrder = createQueue();
  let closed = false;
  let bytes = 0;

  async function guestCall(call: GuestCall): Promise<GuestReply> {
    const spec = operationSpec(call.operation);
    if (closed || spec === null) return { ok: false, error: 'unavailable' };
    const { operation, request } = call;
    const size = encode(request).length;
    bytes += size;
    if (spec.class === 'derived') return derivedCall(spec, call, size);
    const { state } = inputs.tape;
    const decide = (now: number): Verdict => withinCounters(decideCall(spec, call, size, now), state);
    const { entry, recorded, verdict } = await recorder.record(call, spec.class === 'effect', decide, null, () =>
      coverOf(spec, call),
    );
    if (!allows(verdict)) return denialOf(verdict);
    recorder.use(operation);
    if (spec.class === 'effect')
      return replyOf(await performer.effect({ entry, recorded, verdict, abandoned: closing.promise, latencyMs: null }));
    const performed = await performer.local(operation, request, verdict);
    if (performed.error !== null) await inputs.tape.take('result', () => resultBody(entry, performed));
    return replyOf(performed);
  }

  /** The first use of an operation on a resource is an entry; later ones in the cycle stand under the same verdict. */
  async function derivedCall(spec: OperationSpec, call: GuestCall, size: number): Promise<GuestReply> {
    const { operation, request } = call;
    const subject = JSON.stringify([operation, spec.resource(request)]);
    const before = derived.get(subject);
    const valid = spec.check(request) === null;
    if (!valid || before !== undefined) recorder.skip();
    if (!valid) return { ok: false, error: 'invalid' };
    const decide = (now: number): Verdict => decideCall(spec, call, size, now);
    const first = before ?? (await recorder.record(call, false, decide, null, () => coverOf(spec, call))).verdict;
    derived.set(subject, first);
    recorder.use(operation);
    const verdict = narrowed(first, size, recorder.usesOf(operation));
    return allows(verdict) ? replyOf(await performer.local(operation, request, verdict)) : denialOf(verdict);
  }

  function decideCall(spec: OperationSpec, { operation, request }: GuestCall, size: number, now: number): Verdict {
    const misfit = spec.check(request);
    if (misfit !== null) return rejected(`invalid: ${misfit}`);
    if (!covers(view.state.genesis.context.scope.capabilities, operation)) return rejected('scope');
    const asked = { action: operation, resource: spec.resource(request), data: spec.data(request) };
    const verdict = inputs.ports.authority.decide(ask(view.state, inputs.ports.node, now, asked));
    return narrowed(verdict, size, recorder.usesOf(operation) + 1);
  }

  /** Asked of the request as it is, invalid or not: it stands in the object either way. */
  function coverOf(spec: OperationSpec, { operation, request }: GuestCall): Readers | null {
    const valid = spec.check(request) === null;
    const asked = valid ? { resource: spec.resource(request), data: spec.data(request) } : { resource: NO_RESOURCE };
    return inputs.ports.authority.cover(ask(view.state, inputs.ports.node, view.now, { action: operation, ...asked }));
  }

  return {
    call: (call) => inOrder(() => guestCall(call)),
    async closeGuest() {
      closed = true;
      closing.resolve(null);
      await inOrder(async () => null);
    },
    execute: (operation, request, verdict, { key, latencyMs }) =>
      inOrder(async () => {
        bytes += encode(request).length;
        const taken = await recorder.record({ operation, request }, true, () => verdict, key);
        return performer.effect({ entry: taken.entry, recorded: taken.recorded, verdict, abandoned: null, latencyMs });
      }),
    get calls() {
      return recorder.calls;
    },
    get bytes() {
      return bytes + performer.bytes;
    },
  };
}

interface Recorder {
  /**
   * The call's entry, durable where `sync` says so, and the verdict to act on. `decide` is asked for a given time; `held` is the key to go
   * out with, `readers` says who may read a call of the guest's.
   */
  record(
    call: GuestCall,
    sync: boolean,
    decide: (now: number) => Verdict,
    held?: string | null,
    readers?: () => Readers | null,
  ): Promise<Taken<'call'> & { readonly verdict: Verdict }>;
  /** Counts a call that has no entry of its own. */
  skip(): void;
  /** Counts an allowed use of an operation. */
  use(operation: string): void;
  usesOf(operation: string): number;
  readonly calls: number;
}

function createRecorder({ ports, tape, view, hash }: MediatorInputs): Recorder {
  const uses = new Map<string, number>();
  let calls = 0;

  async function record(
    { operation, request }: GuestCall,
    sync: boolean,
    decide: (now: number) => Verdict,
    held: string | null = null,
    readers?: () => Readers | null,
  ): Promise<Taken<'call'> & { readonly verdict: Verdict }> {
    const index = calls++;
    const keyed = ports.providers.get(operation)?.repetition(request) === 'keyed';
    const key = keyed ? (held ?? idempotencyKey(hash, view.state, index, operation, request)) : null;
    const asked = encode([index, operation, request]);
    const check = (body: EntryOf<'call'>['body']): boolean =>
      equalBytes(encode([body.index, body.operation, body.request]), asked);
    const taken = await tape.take('call', () => ({ index, operation, request, key, verdict: decide(view.now) }), {
      sync,
      check,
      ...(readers === undefined ? {} : { readers }),
    });
    if (!taken.recorded) ports.reached('call-recorded');
    const { entry, recorded } = taken;
    const own = (): Verdict => decide(ports.now());
    return {
      ...taken,
      verdict: recorded && tape.live ? confirmed(entry.seq, entry.body.verdict, own) : entry.body.verdict,
    };
  }

  return {
    record,
    skip: () => void calls++,
    use: (operation) => void uses.set(operation, (uses.get(operation) ?? 0) + 1),
    usesOf: (operation) => uses.get(operation) ?? 0,
    get calls() {
      return calls;
    },
  };
}

/** One job at a time, in order: what the tape records is what happened. A failed job does not hold up the next. */
function createQueue(): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const run = last.then(job);
    last = run.catch(() => null);
    return run;
  };
}
