/**
 * Programs by handler: admits each component once per meter version and table of limits, in a thread of its own, and keeps what it
 * made: in memory, bounded by bytes, least recently used out first, and on disk where there is a cache (program-cache.ts).
 */
import { admitInThread, refusal } from './admission-thread.ts';
import { identifyMaker } from './program-maker.ts';
import type { ErrorCode } from '../errors.ts';
import type { AdmissionRequest } from './messages.ts';
import type { Program } from './program.ts';
import type { ProgramCache } from './program-cache.ts';
import type { StoredProgram } from './program-entry.ts';
import type { ComponentLimits, CycleLimits } from '../limits.ts';
import type { HandlerSource } from '../ports.ts';

export type Admitted =
  | { readonly ok: true; readonly key: string; readonly program: Program }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

export interface Admissions {
  /** Refusals are values and are not kept. Rejects where the component cannot be read at all. */
  admit(run: HandlerSource): Promise<Admitted>;
  /** Ends admissions; waits for what is being written to disk. */
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
  /** Programs on disk, or null. */
  readonly programs: ProgramCache | null;
}

interface Kept {
  readonly program: Program;
  readonly bytes: number;
}

export function createAdmissions(options: AdmissionsOptions): Admissions {
  const kept = new Map<string, Kept>();
  const underWay = new Map<string, Promise<Admitted>>();
  const threads = new Set<() => Promise<unknown>>();
  const writing = new Set<Promise<void>>();
  const disk = createShelf(options);

  const admitNew = async (key: string, run: HandlerSource): Promise<Admitted> => {
    const found = await disk.read(run);
    if (found !== null) return keepProgram(key, found.program, found.bytes);
    const bytes = await run.component();
    const { componentBytes } = options.limits;
    if (bytes.length > componentBytes)
      return refusal('component.limit', `at most ${componentBytes} bytes, found ${bytes.length}`);
    const request = { handler: run.handler, bytes, options: admissionOptions(options.limits, run.limits) };
    const reply = await admitInThread(request, options, threads);
    if (!reply.ok) return reply;
    const written = disk.write(run, reply.stored).finally(() => writing.delete(written));
    writing.add(written);
    return keepProgram(key, reply.program, bytes.length);
  };
  const keepProgram = (key: string, program: Program, bytes: number): Admitted => {
    keep(kept, key, { program, bytes }, options.cacheBytes);
    return { ok: true, key, program };
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
      await Promise.all([...Array.from(threads, (stop) => stop()), ...writing]);
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

interface Shelf {
  read(run: HandlerSource): Promise<Kept | null>;
  write(run: HandlerSource, program: StoredProgram): Promise<void>;
}

/** The cache on disk under names that say all that a program depends on; compiles what it reads off the event loop. */
function createShelf({ programs, limits, meterVersion }: AdmissionsOptions): Shelf {
  let maker: string | null = null;
  const nameOf = ({ handler, limits: { memoryPages, tableElements } }: HandlerSource): string => {
    maker ??= identifyMaker();
    return JSON.stringify({ handler, meterVersion, memoryPages, tableElements, limits, maker });
  };
  return {
    async read(run) {
      try {
        const stored = (await programs?.read(nameOf(run))) ?? null;
        return stored === null ? null : await compileProgram(stored);
      } catch {
        return null;
      }
    },
    async write(run, program) {
      await programs?.write(nameOf(run), program);
    },
  };
}

const ALIVE_MS = 1_000;

async function compileProgram({ modules, ...facts }: StoredProgram): Promise<Kept> {
  const compiled = modules.map(async ({ code, ...named }) => ({
    ...named,
    module: await WebAssembly.compile(code),
  }));
  const bytes = modules.reduce((sum, { code }) => sum + code.length, 0);
  // a compilation alone does not keep the process alive
  const alive = setInterval(() => {}, ALIVE_MS);
  try {
    return { program: { ...facts, modules: await Promise.all(compiled) }, bytes };
  } finally {
    clearInterval(alive);
  }
}
