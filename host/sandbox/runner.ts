/**
 * The sandbox as the kernel knows it: handlers in, results out. Admission in threads of its own, evaluations in a pool of
 * workers with one evaluation each at a time, each in instances that no other has touched. What a guest does ends in a result;
 * only a failure of the host rejects.
 */
import { availableParallelism } from 'node:os';
import { createAdmissions } from './admissions.ts';
import { createProgramCache } from './program-cache.ts';
import { createSlot } from './slot.ts';
import { SojournError } from '../errors.ts';
import { METER_VERSION } from '../wasm/component.ts';
import type { ProgramCacheOptions } from './program-cache.ts';
import type { Slot } from './slot.ts';
import type { ComponentLimits } from '../limits.ts';
import type { HandlerRunner } from '../ports.ts';

export interface SandboxOptions {
  readonly limits: ComponentLimits;
  /** Evaluations at once; as many as the machine has processors where it is left out. */
  readonly workers?: number;
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
const DEFAULTS = { admissionMs: 60_000, heapMib: 512, admissionHeapMib: 1024, cacheBytes: 128 * MIB };

/** Starts nothing until the first run. `close` ends runs that are under way; their promises reject. */
export function createSandbox(options: SandboxOptions): HandlerRunner {
  const pool = createPool(options.workers ?? availableParallelism(), options.heapMib ?? DEFAULTS.heapMib);
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
      const admitted = await admissions.admit(request);
      if (!admitted.ok) return { kind: 'refused', code: admitted.code, message: admitted.message };
      const { key, program } = admitted;
      return pool.use(key, (slot) => slot.run(key, program, request));
    },
    async close() {
      await Promise.all([admissions.close(), pool.close()]);
    },
  };
}

interface Pool {
  /** Waits for a free slot, one that has the program where there is a choice. First come, first served. */
  use<T>(key: string, action: (slot: Slot) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

function createPool(size: number, heapMib: number): Pool {
  const slots = Array.from({ length: size }, () => createSlot(heapMib));
  const free = [...slots];
  const waiting: { readonly take: (slot: Slot) => void; readonly refuse: (error: Error) => void }[] = [];
  let closed = false;

  const take = (key: string): Promise<Slot> | Slot => {
    if (closed) throw new SojournError('usage', 'sandbox: expected an open one, found it closed');
    const index = free.findIndex((slot) => slot.has(key));
    const [slot] = free.splice(Math.max(index, 0), 1);
    if (slot !== undefined) return slot;
    return new Promise((resolve, reject) => waiting.push({ take: resolve, refuse: reject }));
  };
  const release = (slot: Slot) => {
    const next = waiting.shift();
    if (next === undefined) free.unshift(slot);
    else next.take(slot);
  };
  return {
    async use(key, action) {
      const slot = await take(key);
      try {
        return await action(slot);
      } finally {
        release(slot);
      }
    },
    async close() {
      closed = true;
      for (const { refuse } of waiting.splice(0))
        refuse(new SojournError('usage', 'sandbox: closed while a run was waiting'));
      await Promise.all(slots.map((slot) => slot.close()));
    },
  };
}
