/**
 * Shape of the providers that never leave the node: they read the cycle and write to it, and are the same in a replay.
 */
import type { CycleView, Provider, ProviderResult } from '../kernel/ports.ts';
import type { ValueMap } from '../value.ts';

export type LocalOperation = (
  request: ValueMap,
  cycle: CycleView,
  maxBytes: number,
) => ProviderResult | Promise<ProviderResult>;

export function createLocal(operations: { readonly [operation: string]: LocalOperation }): Provider {
  return {
    operations: Object.keys(operations),
    repetition: () => 'safe',
    async perform(call, cycle) {
      const operation = operations[call.operation];
      if (operation === undefined)
        return { ok: false, error: 'not-found', message: `${call.operation}: no such operation` };
      return operation(call.request, cycle, call.maxResponseBytes);
    },
  };
}

export function tooLong(maxBytes: number): ProviderResult {
  return { ok: false, error: 'limit', message: `expected an answer of at most ${maxBytes} bytes` };
}
