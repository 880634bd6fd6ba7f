/**
 * One admission in a thread of its own, under a wall deadline, with a bounded heap, ended whatever comes. The event loop of the host
 * is never held up by what a component makes the parser, the meter, the transpiler or the compiler do.
 */
import { startThread } from './worker-thread.ts';
import { SojournError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { AdmissionReply, AdmissionRequest } from './messages.ts';

export interface AdmissionThreadOptions {
  /** Wall time of one admission. */
  readonly admissionMs: number;
  readonly heapMib: number;
}

/** `threads` holds a function for each admission under way that stops it. */
export async function admitInThread(
  request: AdmissionRequest,
  options: AdmissionThreadOptions,
  threads: Set<() => Promise<unknown>>,
): Promise<AdmissionReply> {
  const worker = startThread('admission-worker', { heapMib: options.heapMib, data: request });
  const { promise, resolve, reject } = Promise.withResolvers<AdmissionReply>();
  const stop = () => {
    reject(new SojournError('internal', 'sandbox: closed during an admission'));
    return worker.terminate();
  };
  threads.add(stop);
  worker.once('message', resolve);
  worker.once('error', (error) =>
    resolve(refusal('component.limit', `the engine to bear it, found ${describe(error)}`)),
  );
  worker.once('exit', (code) =>
    resolve(refusal('component.limit', `admission to end in order, found exit code ${code}`)),
  );
  const timer = setTimeout(
    () => resolve(refusal('component.limit', `admission within ${options.admissionMs} ms, found it still running`)),
    options.admissionMs,
  );
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    threads.delete(stop);
    await worker.terminate();
  }
}

export function refusal(code: ErrorCode, rest: string): AdmissionReply & { readonly ok: false } {
  return { ok: false, code, message: `component: expected ${rest}` };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
