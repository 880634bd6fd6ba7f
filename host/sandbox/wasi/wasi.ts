/**
 * WASI for one evaluation: the imports, and what became of it when the guest is done. Everything that a guest can observe through them
 * comes from the situation, from the cycle's recorded seed or from recorded answers, so a replay sees the same (docs/wasi.md).
 */
import type { CycleLimits } from '../../limits.ts';
import type { RunResult } from '../messages.ts';
import { createWasiEvaluation } from './evaluation.ts';
import type { WasiPorts } from './evaluation.ts';
import { createFilesystem } from './filesystem.ts';
import { createHttp } from './http.ts';
import { createPolling } from './poll.ts';
import { decodeProposal } from './proposal-json.ts';
import { createRandom } from './random.ts';
import type { Interface } from './resource.ts';
import { encodeSituation } from './situation-json.ts';
import { createSockets } from './sockets.ts';
import { createStdio } from './stdio.ts';
import type { Stdio } from './stdio.ts';
import { createStreams } from './streams.ts';

export interface Wasi {
  /** As the glue asks for them: by interface, without a version. */
  readonly imports: { readonly [name: string]: Interface };
  /** Sends what is left of the guest's output to the log. To be called once no code of the guest runs any longer. */
  flush(): Promise<void>;
  /** The end that a WASI call brought about, of a guest of either kind; null where there was none. */
  ended(fuel: number): RunResult | null;
  /** The result of a command that returned. */
  returned(fuel: number): RunResult;
  /** The result of a command that failed or trapped. */
  failed(result: RunResult, error: unknown): RunResult;
}

export type { WasiPorts } from './evaluation.ts';

export function createWasi(ports: WasiPorts): Wasi {
  const evaluation = createWasiEvaluation(ports);
  const polling = createPolling(evaluation);
  const streams = createStreams(evaluation, polling);
  const input = ports.command ? encodeSituation(ports.situation) : new Uint8Array();
  const stdio = createStdio(evaluation, streams, input);
  // what was written before a call stands before it in the object
  const call: WasiPorts['call'] = async (operation, request) => {
    await stdio.sendLines(false);
    return ports.call(operation, request);
  };
  const parts = { evaluation, polling, streams, call };
  const interfaces = {
    'io/poll': polling.poll,
    'io/streams': streams.streams,
    'io/error': streams.error,
    'clocks/monotonic-clock': polling.monotonicClock,
    'clocks/wall-clock': polling.wallClock,
    ...stdio.interfaces,
    ...createRandom(evaluation, call),
    ...createFilesystem(parts),
    ...createSockets(evaluation),
    ...createHttp(parts),
  };
  const results = createResults(stdio, ports);
  return {
    imports: Object.fromEntries(Object.entries(interfaces).map(([name, members]) => [`wasi:${name}`, members])),
    flush: () => stdio.sendLines(true),
    returned: (fuel) => results.returned(fuel),
    failed: (result, error) => results.failed(result, error),
    ended(fuel) {
      const ending = evaluation.ending();
      if (ending === null) return null;
      if (ending.kind === 'exit') return results.exited(ending.code, fuel);
      return ending.kind === 'trap' ? { ...ending, fuel } : { ...ending, stack: stdio.tail(), fuel };
    },
  };
}

function createResults(stdio: Stdio, { situation, limits, command }: WasiPorts) {
  const withTail = (message: string): string => {
    const last = stdio.tail().split('\n').at(-1) ?? '';
    return cut(last === '' ? message : `${message}: ${last}`, limits);
  };
  const returned = (fuel: number): RunResult => {
    const decoded = decodeProposal(stdio.output(), situation.intent);
    if (decoded.ok) return { kind: 'proposal', proposal: decoded.proposal, fuel };
    return { kind: 'error', message: decoded.message, stack: stdio.tail(), fuel };
  };
  return {
    returned,
    exited(code: number, fuel: number): RunResult {
      if (command && code === 0) return returned(fuel);
      const expected = command ? 'status 0' : 'a return';
      const message = withTail(`exit: expected ${expected}, found status ${code}`);
      return { kind: 'error', message, stack: stdio.tail(), fuel };
    },
    /** The glue throws `result::err` as an error with a payload. A trap tells more with the guest's last line. */
    failed(result: RunResult, error: unknown): RunResult {
      if (command && typeof error === 'object' && error !== null && Object.hasOwn(error, 'payload')) {
        const fuel = 'fuel' in result ? result.fuel : 0;
        return { kind: 'error', message: withTail('run: expected success, found failure'), stack: stdio.tail(), fuel };
      }
      return result.kind === 'trap' ? { ...result, message: withTail(result.message) } : result;
    },
  };
}

const MESSAGE_CHARS = 500;

function cut(message: string, { proposalBytes }: CycleLimits): string {
  return message.slice(0, Math.min(MESSAGE_CHARS, proposalBytes));
}
