/**
 * Programs by handler: admits each component once per meter version and table of limits, in a thread of its own under a wall
 * deadline, and keeps what it made in memory, bounded by bytes, least recently used out first.
 */
import { startThread } from './worker-thread.ts';
import { SojournError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { AdmissionReply, AdmissionRequest } from './messages.ts';
import type { Program } from './program.ts';
import type { ComponentLimits, CycleLimits } from '../limits.ts';
import type { HandlerSource } from '../ports.ts';

export type Admitted =
  | { readonly ok: true; readonly key: string; readonly program: Program }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

export interface Admissions {
  /** Refusals are values and are not kept. Rejects where the component cannot be read at all. */
  admit(run: HandlerSource): Promise<Admitted>;
  close(): Promise<void>;
}

export interface AdmissionsOptions {
  readonly limits: ComponentLimits;
  readonly meterVersion: number;
  /** Wall time of one admission. */
  readonly admissionMs: number;
  /** Bytes of components whose programs are kept. */
  readonly cacheBytes: number;
  readonly heapMib: number;
}

interface Kept {
  readonly program: Program;
  readonly bytes: number;
}

export function createAdmissions(options: AdmissionsOptions): Admissions {
  const kept = new Map<string, Kept>();
  const underWay = new Map<string, Promise<Admitted>>();
  const threads = new Set<() => Promise<unknown>>();

  const admitNew = async (key: string, run: HandlerSource): Promise<Admitted> => {
    const bytes = await run.component();
    if (bytes.length > options.limits.componentBytes) return tooLarge(bytes.length, options.limits.componentBytes);
    const reply = await admitInThread(
      { bytes, options: admissionOptions(options.limits, run.limits) },
      options,
      threads,
    );
    if (!reply.ok) return reply;
    keep(kept, key, { program: reply.program, bytes: bytes.length }, options.cacheBytes);
    return { ok: true, key, program: reply.program };
  };

  return {
    async admit(run) {
      const key = `${run.handler}:${options.meterVersion}:${run.limits.memoryPages}:${run.limits.tableElements}`;
      const found = kept.get(key);
      if (found !== undefined) {
        kept.delete(key);
        kept.set(key, found);
        return { ok: true, key, program: found.program };
      }
      const pending = underWay.get(key) ?? admitNew(key, run).finally(() => underWay.delete(key));
      underWay.set(key, pending);
      return pending;
    },
    async close() {
      await Promise.all(Array.from(threads, (stop) => stop()));
    },
  };
}

function admissionOptions(limits: ComponentLimits, cycle: CycleLimits): AdmissionRequest['options'] {
  return { limits, memoryPages: cycle.memoryPages, tableElements: cycle.tableElements };
}

function keep(kept: Map<string, Kept>, key: string, entry: Kept, limit: number): void {
  kept.set(key, entry);
  let total = Array.from(kept.values()).reduce((sum, { bytes }) => sum + bytes, 0);
  for (const [oldest, { bytes }] of kept) {
    if (total <= limit) return;
    kept.delete(oldest);
    total -= bytes;
  }
}

/** One admission in a fresh thread, which is ended whatever comes. */
async function admitInThread(
  request: AdmissionRequest,
  options: AdmissionsOptions,
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

function tooLarge(found: number, limit: number): AdmissionReply & { readonly ok: false } {
  return refusal('component.limit', `at most ${limit} bytes, found ${found}`);
}

function refusal(code: ErrorCode, rest: string): AdmissionReply & { readonly ok: false } {
  return { ok: false, code, message: `component: expected ${rest}` };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
