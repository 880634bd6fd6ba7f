/**
 * Runs a built component under jco and JSPI, straight and without the sandbox: what the guest itself says and asks is what these
 * tests look at. The imports are whatever the test hands in.
 */
import { transpile } from '@bytecodealliance/jco';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FUNCTIONS = {
  memory: ['read'],
  log: ['write'],
  clock: ['now'],
  random: ['bytes'],
  http: ['send'],
  kv: ['get', 'set', 'delete', 'keys'],
  signals: ['read'],
  tools: ['call'],
  children: ['list'],
  advice: ['ask'],
} as const;

/** Answers by operation, for example `kv.get`. What is absent must not be called. */
export type Answers = { readonly [operation: string]: (...args: never[]) => unknown };

export interface GuestProposal {
  readonly action: { readonly tag: string; readonly val: { readonly [field: string]: unknown } };
  readonly rationale: string;
  readonly confidence: number;
}

export interface Component {
  /** The proposal of a fresh instance. Rejects with an error that carries the handler-error in `payload`. */
  handle(situation: object, answers: Answers): Promise<GuestProposal>;
  close(): Promise<void>;
}

/** Thrown by an answer to give the contract's error code to the guest. */
export function codeError(code: string): Error {
  return Object.assign(new Error(code), { payload: code });
}

export async function openComponent(bytes: Uint8Array): Promise<Component> {
  const { files } = await transpile(bytes, {
    name: 'guest',
    instantiation: 'async',
    asyncMode: 'jspi',
    asyncImports: Object.entries(FUNCTIONS).flatMap(([name, functions]) =>
      functions.map((func) => `sojourn:object/${name}@0.2.0#${func}`),
    ),
    asyncExports: ['handle'],
    wasiShim: false,
    nodejsCompat: false,
    noTypescript: true,
  });
  const entries = Object.entries(files);
  const modules = new Map(
    entries
      .filter(([name]) => name.endsWith('.wasm'))
      .map(([name, code]) => [name, new WebAssembly.Module(Uint8Array.from(code))]),
  );
  const folder = await mkdtemp(join(tmpdir(), 'sojourn-guest-'));
  const script = join(folder, 'guest.mjs');
  await writeFile(script, entries.find(([name]) => name.endsWith('.js'))![1]);
  const { instantiate } = await import(/* @vite-ignore */ pathToFileURL(script).href);
  return {
    handle: async (situation, answers) => {
      const instance = await instantiate((name: string) => modules.get(name), createImports(answers));
      return instance.handle(situation);
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

function createImports(answers: Answers): object {
  return Object.fromEntries(
    Object.entries(FUNCTIONS).map(([name, functions]) => [
      `sojourn:object/${name}`,
      Object.fromEntries(
        functions.map((func) => [
          func,
          async (...args: unknown[]) => {
            const answer = answers[`${name}.${func}`];
            if (answer === undefined) throw new Error(`unexpected call of ${name}.${func}`);
            return answer(...(args as never[]));
          },
        ]),
      ),
    ]),
  );
}

export const NOW = 1_795_000_000_123;

/** A situation of the contract, as jco takes it. */
export function situationOf(input: unknown, rest: object = {}): object {
  return {
    intent: { kind: 'probe', goal: 'test', input: JSON.stringify(input), constraints: '{"cap":1}' },
    context: {
      id: 'a'.repeat(64),
      creator: 'b'.repeat(32),
      capabilities: ['*'],
      zones: ['eu'],
      budgets: [{ name: 'fuel', limit: 10n, spent: 4n }],
      trust: 500,
      continuousOver: 3,
      parent: undefined,
    },
    trigger: { tag: 'created' },
    last: undefined,
    cycle: 7n,
    now: BigInt(NOW),
    limits: { fuel: 2_000_000_000n, memoryPages: 1024, calls: 256, bytes: 16_777_216n, proposalBytes: 262_144 },
    ...rest,
  };
}
