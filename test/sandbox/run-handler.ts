/** Runs a handler with a given situation and answers, and keeps what it called. */
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { Handler } from './guest-builds.ts';
import type { CycleLimits } from '../../host/limits.ts';
import type { GuestCall, GuestReply, HandlerResult, HandlerRunner, Situation } from '../../host/ports.ts';
import type { Value } from '../../host/value.ts';

export const SITUATION: Situation = {
  intent: { kind: 'purchase-approval', goal: 'Buy paper', input: '{"amount":12}', constraints: '{}' },
  context: {
    id: 'a'.repeat(64),
    creator: 'b'.repeat(32),
    capabilities: ['http.send', 'kv.get'],
    zones: [],
    budgets: [{ name: 'fuel', limit: 1_000_000, spent: 17 }],
    trust: 500,
    continuousOver: 3,
    parent: null,
  },
  trigger: { tag: 'created' },
  last: null,
  cycle: 1,
  now: 1_700_000_000_000,
  limits: { fuel: 1_000, memoryPages: 64, calls: 8, bytes: 4_096, proposalBytes: 1_024 },
};

/** A situation whose input tells a test guest what to do. */
export function told(input: Value): Situation {
  return { ...SITUATION, intent: { ...SITUATION.intent, input: JSON.stringify(input) } };
}

export interface RunOptions {
  readonly situation?: Situation;
  readonly limits?: Partial<CycleLimits>;
  readonly answer?: (call: GuestCall) => GuestReply | Promise<GuestReply>;
  /** Filled with the calls that came through. */
  readonly calls?: GuestCall[];
}

/** Small limits where a test sets none, so that what should stop stops soon. */
export async function runHandler(
  sandbox: HandlerRunner,
  handler: Handler,
  options: RunOptions = {},
): Promise<HandlerResult> {
  return sandbox.run({
    handler: handler.digest,
    component: () => Promise.resolve(handler.bytes),
    situation: options.situation ?? SITUATION,
    limits: { ...DEFAULT_LIMITS.cycle, ...options.limits },
    onCall: async (call) => {
      options.calls?.push(call);
      return (await options.answer?.(call)) ?? { ok: true, value: null };
    },
  });
}
