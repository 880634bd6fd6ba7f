/**
 * From flags to a node that listens. The sandbox starts its threads, and a handler is compiled, when the first evaluation needs them.
 */
import { homedir } from 'node:os';
import { createApp } from '../node/http/app.ts';
import { listen } from '../node/listen.ts';
import { nodePorts } from '../node/ports.ts';
import { placeProgramCache } from '../node/program-cache.ts';
import { createNode } from '../node/service/create-node.ts';
import type { LoadedPolicySet } from '../policy/load.ts';
import type { Session } from './command.ts';
import { createLog } from './log.ts';
import { createMetrics } from './prometheus.ts';
import type { ServeFlags } from './serve-flags.ts';
import type { Home } from './serve-home.ts';
import { openStore } from './serve-store.ts';
import { readTokensFile } from './tokens-file.ts';
import { readVersion } from './version.ts';

export interface Server {
  readonly url: string;
  /** Node id. */
  readonly node: string;
  /** For people. */
  readonly store: string;
  readonly policy: LoadedPolicySet | null;
  /** From now on the tokens of the file count. A file that can't be read changes nothing. */
  rereadTokens(): Promise<void>;
  close(graceMs: number): Promise<void>;
}

/** Connections that are still open once the node is closed have had their answers. */
const LAST_ANSWERS_MS = 1_000;

/** Errors: `policy.*`, `advice.malformed`, `usage`, `store.*`. */
export async function startServer(flags: ServeFlags, home: Home, { terminal, process }: Session): Promise<Server> {
  const version = readVersion();
  const log = createLog(flags.logLevel, terminal.json, process.stderr);
  for (const path of home.exposed) log.warn({ file: path }, 'others can read a file of secrets: expected mode 0600');
  const ports = nodePorts({
    signer: home.key.signer,
    reader: home.key.reader,
    programCache: placeProgramCache(process.env, homedir()),
    ...(flags.workers === undefined ? {} : { workers: flags.workers }),
  });
  const [policy, advisors, opened] = await Promise.all([
    loadPolicy(flags.policy),
    flags.advice === undefined ? [] : loadAdvice(flags.advice, { env: process.env, fetch: ports.fetch }),
    openStore(flags.store, home.folder),
  ]);
  const otlp = flags.otlp === undefined ? null : (await import('./otlp.ts')).startOtlp(flags.otlp, version);
  const telemetry = otlp === null ? {} : { telemetry: otlp.telemetry };
  const node = await createNode({
    ports,
    store: opened.store,
    policy,
    log,
    advisors,
    accept: flags.accept ?? [],
    ...(flags.zone === undefined ? {} : { zone: flags.zone }),
    ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
    ...telemetry,
  });
  const limits = flags.perSecond === undefined ? {} : { perSecond: flags.perSecond };
  const metrics = createMetrics();
  const { hash, clock } = ports;
  const app = createApp({ node, tokens: home.tokens.list, hash, clock, version, limits, log, metrics, ...telemetry });
  const listener = await listen({ app, host: flags.host, port: flags.port, log, limits });
  return {
    url: listener.url,
    node: node.id,
    store: opened.name,
    policy,
    async rereadTokens() {
      try {
        const tokens = await readTokensFile(home.tokens.path);
        app.replaceTokens(tokens);
        log.info({ tokens: tokens.length }, 'tokens read again');
      } catch (error) {
        log.error({ err: error }, 'the tokens stay as they were');
      }
    },
    async close(graceMs) {
      log.info({}, 'closing');
      app.close();
      await node.close({ graceMs });
      await listener.close(LAST_ANSWERS_MS);
      await otlp?.close();
      log.info({}, 'closed');
    },
  };
}

/** Cedar is loaded only where there is a policy. */
async function loadPolicy(folder: string | undefined): Promise<LoadedPolicySet | null> {
  if (folder === undefined) return null;
  const { loadPolicyFolder } = await import('../node/load-policy.ts');
  return loadPolicyFolder(folder);
}

async function loadAdvice(
  file: string,
  sources: Parameters<typeof import('../node/load-advisors.ts').loadAdvisors>[1],
) {
  const { loadAdvisors } = await import('../node/load-advisors.ts');
  return loadAdvisors(file, sources);
}
