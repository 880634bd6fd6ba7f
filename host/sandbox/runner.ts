/**
 * The sandbox as the kernel knows it: handlers in, results out. Admission in threads of its own, evaluations in a pool of
 * workers, each on an instance that is as it was after instantiation. What a guest does ends in a result; only a failure of the
 * host rejects.
 */
import { availableParallelism } from 'node:os';
import { createAdmissions } from './admissions.ts';
import { createPool } from './pool.ts';
import { createProgramCache } from './program-cache.ts';
import { METER_VERSION } from '../wasm/meter-module.ts';
import type { PoolStats } from './pool.ts';
import type { ProgramCacheOptions } from './program-cache.ts';
import type { ComponentLimits } from '../limits.ts';
import type { HandlerRunner } from '../ports.ts';

export interface SandboxOptions {
  readonly limits: ComponentLimits;
  /** Threads that run guests; as many as the machine has processors where it is left out. Two more stand in for stuck ones. */
  readonly workers?: number;
  /**
   * Evaluations that have an instance in one worker at a time, 128 where it is left out. Beyond that, the one that has waited for the
   * host longest gives its instance up, and is run again over its replies when it is answered.
   */
  readonly evaluationsPerWorker?: number;
  /** Linear memory of the evaluations in one worker, in MiB of address space, 2048 where it is left out. Beyond that, the same. */
  readonly instanceMib?: number;
  /** Linear memory of instances that are kept for later, in each worker, in MiB; 64 where it is left out. */
  readonly idleMib?: number;
  /** How long a worker may be busy with one evaluation before others are taken out of it, 50 milliseconds where it is left out. */
  readonly busyMs?: number;
  /** Wall time of one admission, 60 seconds where it is left out. */
  readonly admissionMs?: number;
  /** JavaScript heap of a worker in MiB. The backstop for what no limit of a cycle names; passing it is the bound `host`. */
  readonly heapMib?: number;
  /** Bytes of components whose compiled programs are kept in memory. */
  readonly cacheBytes?: number;
  /** Keeps programs on disk, for the next process. Without it nothing is written anywhere. */
  readonly programCache?: ProgramCacheOptions;
}

const MIB = 1024 * 1024;
const DEFAULTS = {
  admissionMs: 60_000,
  heapMib: 512,
  admissionHeapMib: 1024,
  cacheBytes: 128 * MIB,
  evaluationsPerWorker: 128,
  instanceMib: 2_048,
  idleMib: 64,
  busyMs: 50,
};

export interface Sandbox extends HandlerRunner {
  /** What the sandbox does and has done; for operators and tests. */
  stats(): PoolStats;
}

/** Starts nothing until the first run. `close` ends runs that are under way; their promises reject. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const pool = createPool({
    workers: options.workers ?? availableParallelism(),
    evaluationsPerWorker: options.evaluationsPerWorker ?? DEFAULTS.evaluationsPerWorker,
    instanceBytes: (options.instanceMib ?? DEFAULTS.instanceMib) * MIB,
    idleBytes: (options.idleMib ?? DEFAULTS.idleMib) * MIB,
    heapMib: options.heapMib ?? DEFAULTS.heapMib,
    busyMs: options.busyMs ?? DEFAULTS.busyMs,
  });
  const admissions = createAdmissions({
    limits: options.limits,
    meterVersion: METER_VERSION,
    admissionMs: options.admissionMs ?? DEFAULTS.admissionMs,
    cacheBytes: options.cacheBytes ?? DEFAULTS.cacheBytes,
    heapMib: DEFAULTS.admissionHeapMib,
    programs: options.programCache === undefined ? null : createProgramCache(options.programCache),
  });
  return {
    meterVersion: METER_VERSION,
    async admit(source) {
      const admitted = await admissions.admit(source);
      return admitted.ok ? null : { code: admitted.code, message: admitted.message };
    },
    async run(request) {
      pool.prepare();
      const admitted = await admissions.admit(request);
      if (!admitted.ok) return { kind: 'refused', code: admitted.code, message: admitted.message };
      return pool.run({ key: admitted.key, program: admitted.program, run: request });
    },
    stats: () => pool.stats(),
    async close() {
      await Promise.all([admissions.close(), pool.close()]);
    },
  };
}
