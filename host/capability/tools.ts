/**
 * `tools`: named calls to what the node's operator has added. A tool that does not keep its promise (no JSON, too much, too late)
 * is unavailable to the guest; its error text stays in the object.
 */
import { parseJson, stringifyJson } from '../json.ts';
import type { Provider, ProviderCall, ProviderResult, Repetition } from '../kernel/ports.ts';
import type { Value } from '../value.ts';

export interface Tool {
  readonly name: string;
  /** What may be done with a call that was lost in a crash. */
  readonly repetition: Repetition;
  /** Gives a JSON value. A thrown error is `unavailable`. Should stop when `signal` aborts. */
  call(input: Value, options: { readonly idempotencyKey: string | null; readonly signal: AbortSignal }): Promise<Value>;
}

export function createTools(tools: readonly Tool[]): Provider {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return {
    operations: ['tools.call'],
    repetition: (request) => byName.get(String(request['name']))?.repetition ?? 'never',
    async perform(call) {
      const tool = byName.get(String(call.request['name']));
      if (tool === undefined)
        return {
          ok: false,
          error: 'not-found',
          message: `tool ${String(call.request['name'])}: this node has none of that name`,
        };
      return callTool(tool, call);
    },
  };
}

async function callTool(tool: Tool, call: ProviderCall): Promise<ProviderResult> {
  const input = parseJson(String(call.request['input']), Number.MAX_SAFE_INTEGER);
  if (!input.ok) return { ok: false, error: 'invalid', message: input.message };
  const signal = AbortSignal.timeout(call.timeoutMs);
  const late = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => late.resolve(undefined), { once: true });
  try {
    const output = await Promise.race([
      tool.call(input.value, { idempotencyKey: call.idempotencyKey, signal }),
      late.promise,
    ]);
    if (output === undefined)
      return { ok: false, error: 'timeout', message: `tool ${tool.name}: no answer within ${call.timeoutMs} ms` };
    const text = stringifyJson(output);
    if (new TextEncoder().encode(text).length > call.maxResponseBytes)
      return {
        ok: false,
        error: 'limit',
        message: `tool ${tool.name}: expected at most ${call.maxResponseBytes} bytes`,
      };
    return { ok: true, value: text };
  } catch (error) {
    return {
      ok: false,
      error: 'unavailable',
      message: `tool ${tool.name}: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
