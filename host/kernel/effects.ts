/**
 * Performing calls that policy allowed: through the provider, within the narrowed limits, and for effects with a result entry behind
 * the call entry. What was lost in a crash is repeated only where it may be (R15).
 */
import type { CycleLimits } from '../limits.ts';
import { encode } from '../object/codec.ts';
import type { EntryOf, Verdict } from '../object/model.ts';
import type { Hash } from '../ports.ts';
import type { Value, ValueMap } from '../value.ts';
import { adviceBody, adviceGiven, adviceReply, answersCall } from './advice-record.ts';
import { Divergence } from './divergence.ts';
import { late, least, lostCall, performedOf, recordedResult, resultBody } from './performed.ts';
import type { Performed } from './performed.ts';
import type { CyclePorts, CycleView, Tape } from './ports.ts';

export interface Effect {
  readonly entry: EntryOf<'call'>;
  /** The entry was there before this run: its effect may have taken place. */
  readonly recorded: boolean;
  /** What this node allows: of a recorded call, its own verdict and not the recorded one. */
  readonly verdict: Verdict;
  /** Resolves when nobody waits for the answer any longer; null where somebody always does. */
  readonly abandoned: Promise<null> | null;
  /** Beyond this its class is `latency`; policy may ask for less. Null: however long it takes. */
  readonly latencyMs: number | null;
}

export interface Performer {
  /** Performs a call that leaves nothing behind in a crash. */
  local(operation: string, request: ValueMap, verdict: Verdict): Promise<Performed>;
  effect(effect: Effect): Promise<Performed>;
  /** Bytes of the answers so far, as they are stored. */
  readonly bytes: number;
}

export interface PerformerInputs {
  readonly ports: CyclePorts;
  readonly tape: Tape;
  readonly view: CycleView;
  readonly limits: CycleLimits;
  readonly hash: Hash;
}

export function createPerformer({ ports, tape, view, limits, hash }: PerformerInputs): Performer {
  let bytes = 0;

  function counted(performed: Performed): Performed {
    bytes += sizeOf(performed.value);
    return performed;
  }

  async function perform(
    operation: string,
    request: ValueMap,
    idempotencyKey: string | null,
    verdict: Verdict,
  ): Promise<Performed> {
    const provider = ports.providers.get(operation);
    if (provider === undefined)
      return performedOf({ ok: false, error: 'not-found', message: `${operation}: this node has no provider for it` });
    const narrow = verdict.constraints ?? {};
    const timeoutMs = least(limits.callMs, narrow['timeout-ms']);
    const maxResponseBytes = least(limits.callBytesIn, narrow['max-response-bytes']);
    return performedOf(
      await provider.perform({ operation, request, idempotencyKey, timeoutMs, maxResponseBytes }, view),
    );
  }

  async function effect(asked: Effect): Promise<Performed> {
    const { entry, recorded, abandoned, verdict } = asked;
    if (recorded && answersCall(tape.peek(), entry.seq)) {
      const { entry: advice } = await tape.take('proposal', unrecorded);
      bytes += sizeOf(adviceGiven(advice.body));
      return adviceReply(advice, entry.body.request);
    }
    if (recorded && tape.peek()?.kind === 'result') {
      const { entry: result } = await tape.take('result', unrecorded, { check: (body) => body.call === entry.seq });
      return counted(recordedResult(result));
    }
    if (recorded && !mayRepeat(ports, asked))
      return settle(
        entry,
        counted(lostCall('the host stopped while the call was under way, and it may not be repeated')),
      );
    const { operation, request, key } = entry.body;
    const started = ports.now();
    const performing = perform(operation, request, key, verdict);
    const performed = abandoned === null ? await performing : await Promise.race([performing, abandoned]);
    if (performed === null) return lostCall('the cycle ended while the call was under way');
    ports.reached('performed');
    const bound = least(asked.latencyMs ?? Infinity, verdict.constraints?.['latency-ms']);
    return settle(entry, counted(ports.now() - started > bound ? late(performed) : performed));
  }

  async function settle(entry: EntryOf<'call'>, performed: Performed): Promise<Performed> {
    const body = adviceBody(entry, performed, hash);
    if (body !== null) {
      const { entry: advice } = await tape.take('proposal', () => body);
      ports.reached('result-recorded');
      return adviceReply(advice, entry.body.request);
    }
    await tape.take('result', () => resultBody(entry, performed));
    ports.reached('result-recorded');
    return performed;
  }

  return {
    local: async (operation, request, verdict) => counted(await perform(operation, request, null, verdict)),
    effect,
    get bytes() {
      return bytes;
    },
  };
}

/**
 * Whether a call that was lost in a crash may leave again: as often as it likes, or with the key that it left with. Another node may
 * have said that it takes none. That this node allows it was asked before.
 */
function mayRepeat(ports: CyclePorts, { entry }: Effect): boolean {
  const { operation, request, key } = entry.body;
  const repetition = ports.providers.get(operation)?.repetition(request);
  return repetition === 'safe' || (repetition === 'keyed' && key !== null);
}

function sizeOf(value: Value): number {
  return encode(value).length;
}

function unrecorded(): never {
  throw new Divergence(0, 'expected a recorded result');
}
