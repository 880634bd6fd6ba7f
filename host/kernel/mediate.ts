/**
 * The one way from a request to an effect: limits, scope, policy, entry, perform, entry. Guest calls and executions both come
 * through here. A denial is an entry and a code, never an exception; what throws is a broken host or a Divergence.
 */
import type { CycleLimits } from '../limits.ts';
import { encode } from '../object/codec.ts';
import type { EntryOf, Verdict } from '../object/model.ts';
import type { GuestCall, GuestReply, Hash } from '../ports.ts';
import type { ValueMap } from '../value.ts';
import { Divergence } from './divergence.ts';
import { idempotencyKey } from './keys.ts';
import { operationSpec } from './operations.ts';
import type { OperationSpec } from './operations.ts';
import { allows, denialOf, least, lostCall, narrowed, performedOf, recordedResult, rejected, replyOf, resultBody } from './performed.ts';
import type { Performed } from './performed.ts';
import type { CyclePorts, CycleView, Tape } from './ports.ts';
import { ask } from './questions.ts';
import { covers } from './scope.ts';

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
  /** The call of an execution. `decide` is what authority says of it; it is asked again before a lost call is repeated. */
  execute(operation: string, request: ValueMap, verdict: Verdict, decide: () => Verdict): Promise<Performed>;
  readonly calls: number;
  readonly bytes: number;
}

interface Effect {
  readonly entry: EntryOf<'call'>;
  /** The entry was there before this run: its effect may have taken place. */
  readonly recorded: boolean;
  readonly decide: () => Verdict;
  /** Resolves when nobody waits for the answer any longer; null where somebody always does. */
  readonly abandoned: Promise<null> | null;
}

export function createMediator(inputs: MediatorInputs): Mediator {
  const { ports, tape, view, limits, hash } = inputs;
  const derived = new Map<string, Verdict>();
  const uses = new Map<string, number>();
  const closing = Promise.withResolvers<null>();
  let closed = false;
  let busy: Promise<unknown> = Promise.resolve();
  let calls = 0;
  let bytes = 0;

  async function guestCall(call: GuestCall): Promise<GuestReply> {
    const spec = operationSpec(call.operation);
    if (closed || spec === null) return { ok: false, error: 'unavailable' };
    const size = encode(call.request).length;
    bytes += size;
    if (spec.class === 'derived') return derivedCall(spec, call, size);
    const decide = (): Verdict => decideCall(spec, call, size);
    const { entry, recorded } = await record(call.operation, call.request, spec.class === 'effect', decide);
    if (!allows(entry.body.verdict)) return denialOf(entry.body.verdict);
    uses.set(call.operation, usesOf(call.operation) + 1);
    if (spec.class === 'effect') return replyOf(await effect({ entry, recorded, decide, abandoned: closing.promise }));
    const performed = await perform(entry);
    if (performed.error !== null) await tape.take('result', () => resultBody(entry, performed));
    return replyOf(performed);
  }

  /** The first use of an operation on a resource is an entry; later ones in the cycle stand under the same verdict. */
  async function derivedCall(spec: OperationSpec, call: GuestCall, size: number): Promise<GuestReply> {
    const { operation, request } = call;
    const known = spec.check(request) === null;
    const subject = JSON.stringify([operation, spec.resource(request)]);
    const before = derived.get(subject);
    if (!known || before !== undefined) calls++;
    if (!known) return { ok: false, error: 'invalid' };
    const first = before ?? (await record(operation, request, false, () => decideCall(spec, call, size))).entry.body.verdict;
    derived.set(subject, first);
    uses.set(operation, usesOf(operation) + 1);
    const verdict = narrowed(first, size, usesOf(operation));
    if (!allows(verdict)) return denialOf(verdict);
    return replyOf(await performBy(operation, request, null, verdict));
  }

  function decideCall(spec: OperationSpec, { operation, request }: GuestCall, size: number): Verdict {
    const misfit = spec.check(request);
    if (misfit !== null) return rejected(`invalid: ${misfit}`);
    if (!covers(view.state.genesis.context.scope.capabilities, operation)) return rejected('scope');
    const asked = { action: operation, resource: spec.resource(request), data: spec.data(request) };
    const verdict = ports.authority.decide(ask(view.state, ports.node, view.now, asked));
    return narrowed(verdict, size, usesOf(operation) + 1);
  }

  function usesOf(operation: string): number {
    return uses.get(operation) ?? 0;
  }

  async function record(operation: string, request: ValueMap, sync: boolean, decide: () => Verdict): Promise<{ entry: EntryOf<'call'>; recorded: boolean }> {
    const index = calls++;
    const keyed = ports.providers.get(operation)?.repetition(request) === 'keyed';
    const key = keyed ? idempotencyKey(hash, view.state, index, operation, request) : null;
    const asked = encode([index, operation, request]);
    const taken = await tape.take('call', () => ({ index, operation, request, key, verdict: decide() }), {
      sync,
      check: (body) => equal(encode([body.index, body.operation, body.request]), asked),
    });
    if (!taken.recorded) ports.reached('call-recorded');
    return taken;
  }

  /** Performs an effect, unless its result is recorded already; one that was lost in a crash is repeated only where it may be. */
  async function effect(effect: Effect): Promise<Performed> {
    const { entry, recorded } = effect;
    if (recorded && tape.peek()?.kind === 'result') {
      const { entry: result } = await tape.take('result', unrecorded, { check: (body) => body.call === entry.seq });
      return count(recordedResult(result));
    }
    if (recorded && !mayRepeat(effect)) return settle(entry, lostCall('the host stopped while the call was under way, and it may not be repeated'));
    const performing = perform(entry);
    const performed = effect.abandoned === null ? await performing : await Promise.race([performing, effect.abandoned]);
    if (performed === null) return lostCall('the cycle ended while the call was under way');
    ports.reached('performed');
    return settle(entry, performed);
  }

  async function settle(entry: EntryOf<'call'>, performed: Performed): Promise<Performed> {
    await tape.take('result', () => resultBody(entry, performed));
    ports.reached('result-recorded');
    return performed;
  }

  /** Where the policy is another one than the lost node's, this node's authority must allow the repetition. */
  function mayRepeat({ entry, decide }: Effect): boolean {
    if (ports.providers.get(entry.body.operation)?.repetition(entry.body.request) === 'never') return false;
    const samePolicy = entry.policy !== null && ports.authority.policyDigest !== null && equal(entry.policy, ports.authority.policyDigest);
    return samePolicy || allows(decide());
  }

  function perform(entry: EntryOf<'call'>): Promise<Performed> {
    return performBy(entry.body.operation, entry.body.request, entry.body.key, entry.body.verdict);
  }

  async function performBy(operation: string, request: ValueMap, idempotencyKey: string | null, verdict: Verdict): Promise<Performed> {
    const provider = ports.providers.get(operation);
    if (provider === undefined) return performedOf({ ok: false, error: 'not-found', message: `${operation}: this node has no provider for it` });
    const narrow = verdict.constraints ?? {};
    const timeoutMs = least(limits.callMs, narrow['timeout-ms']);
    const maxResponseBytes = least(limits.callBytesIn, narrow['max-response-bytes']);
    return count(performedOf(await provider.perform({ operation, request, idempotencyKey, timeoutMs, maxResponseBytes }, view)));
  }

  function count(performed: Performed): Performed {
    bytes += encode(performed.value).length;
    return performed;
  }

  /** One at a time, in order: what the tape records is what happened. */
  function queue<T>(job: () => Promise<T>): Promise<T> {
    const run = busy.then(job);
    busy = run.catch(() => null);
    return run;
  }

  return {
    call: (call) => queue(() => guestCall(call)),
    async closeGuest() {
      closed = true;
      closing.resolve(null);
      await busy;
    },
    execute: (operation, request, verdict, decide) =>
      queue(async () => {
        bytes += encode(request).length;
        const { entry, recorded } = await record(operation, request, true, () => verdict);
        return effect({ entry, recorded, decide, abandoned: null });
      }),
    get calls() {
      return calls;
    },
    get bytes() {
      return bytes;
    },
  };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function unrecorded(): never {
  throw new Divergence(0, 'expected a recorded result');
}
