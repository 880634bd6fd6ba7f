/**
 * A host for one command: Node's ports, with what the options say in their place.
 */
import { homedir } from 'node:os';
import { env } from 'node:process';
import { SojournError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { CycleLimits, Limits } from '../limits.ts';
import { createHost } from '../node/host.ts';
import type { Host } from '../node/host.ts';
import { loadAdvisors } from '../node/load-advisors.ts';
import { loadPolicyFolder } from '../node/load-policy.ts';
import { readKey, readReaderKey } from '../node/native.ts';
import { nodePorts } from '../node/ports.ts';
import { placeProgramCache } from '../node/program-cache.ts';
import { parseInstant } from '../policy/instant.ts';
import { readText } from './files.ts';
import type { Remote } from './remote.ts';

const KEY_BYTES = 16_384;

export interface HostSettings {
  /** A node's key: signs, and reads what is confidential to it. */
  readonly key?: string | undefined;
  /** A key to read with, where nothing is signed: a node's or one that only reads. */
  readonly reader?: string | undefined;
  readonly policy?: string | undefined;
  readonly zone?: string | undefined;
  readonly handlers?: readonly string[] | undefined;
  /** A text of RFC 3339: the clock stands there. */
  readonly now?: string | undefined;
  readonly cycle?: Partial<CycleLimits>;
  /** Nodes (ids) whose checkpoints are taken at their word. */
  readonly accept?: readonly string[] | undefined;
  /** A file that names the node's advisors (docs/advice.md). */
  readonly advice?: string | undefined;
  /** Objects may be named by their addresses at nodes. Closed with the host. */
  readonly remote?: Remote | null;
}

/** Hands a host to `job` and closes it and what is remote, whatever comes. Errors: `key.malformed`, `policy.*`, `advice.malformed`, `usage`, `store.*`, and those of `job`. */
export async function withHost<T>(settings: HostSettings, job: (host: Host) => Promise<T>): Promise<T> {
  try {
    return await withOpenHost(settings, job);
  } finally {
    await settings.remote?.close();
  }
}

async function withOpenHost<T>(settings: HostSettings, job: (host: Host) => Promise<T>): Promise<T> {
  const limits: Limits = { ...DEFAULT_LIMITS, cycle: { ...DEFAULT_LIMITS.cycle, ...settings.cycle } };
  const pem = await readPem(settings.key);
  const reading = pem ?? (await readPem(settings.reader));
  const policy = settings.policy === undefined ? null : await loadPolicyFolder(settings.policy, limits.policy);
  const ports = nodePorts({
    signer: pem === null ? null : readKey(pem.text, pem.path),
    reader: reading === null ? null : readReaderKey(reading.text, reading.path),
    handlers: settings.handlers ?? [],
    limits: limits.component,
    workers: 1,
    programCache: placeProgramCache(env, homedir()),
  });
  const advisors =
    settings.advice === undefined ? [] : await loadAdvisors(settings.advice, { env, fetch: ports.fetch });
  const now = settings.now === undefined ? null : readInstant(settings.now);
  const { remote = null } = settings;
  const host = createHost({
    ports: {
      ...ports,
      ...(now === null ? {} : { clock: { now: () => now } }),
      ...(remote === null ? {} : { store: remote.over(ports.store) }),
    },
    policy,
    limits,
    advisors,
    accept: settings.accept ?? [],
    ...(settings.zone === undefined ? {} : { zone: settings.zone }),
  });
  try {
    return await job(host);
  } finally {
    await host.close();
  }
}

interface Pem {
  readonly text: string;
  readonly path: string;
}

/** Null where there is no key to open. */
async function readPem(path: string | undefined): Promise<Pem | null> {
  return path === undefined ? null : { text: await readText(path, KEY_BYTES, 'key.malformed'), path };
}

function readInstant(text: string): number {
  const instant = parseInstant(text);
  if (instant !== null) return instant;
  throw new SojournError(
    'usage',
    `--now: expected an instant such as 2026-12-24T18:00:00Z, found ${JSON.stringify(text.slice(0, 40))}`,
  );
}
