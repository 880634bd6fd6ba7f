/**
 * A real `sojourn serve` process that is killed again and again while 200 clients create, signal and evaluate over HTTP; and what must
 * hold of its store afterwards. When it is killed follows from the seed: behind so many answers, amid all that is under way then.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createHost } from '../../../host/node/host.ts';
import { createNativeVerify, nativeHash, systemClock, systemRandom } from '../../../host/node/native.ts';
import { DEFAULT_LIMITS } from '../../../host/limits.ts';
import { createSandbox } from '../../../host/sandbox/runner.ts';
import { createSqliteStore } from '../../../host/store/sqlite.ts';
import type { Value } from '../../../host/value.ts';
import { isMap } from '../../../host/value.ts';
import { buildScript } from '../../sandbox/guest-builds.ts';
import { startEffectServer } from '../effect-server.ts';
import type { EffectServer } from '../effect-server.ts';
import { propose } from '../world.ts';

const MAIN = fileURLToPath(new URL('../../../host/cli/main.ts', import.meta.url));
const CLIENTS = 200;
/** Requests at once when everything is let end. */
const AT_ONCE = 16;

/** What a client was told, and what of it must be there for ever. */
interface Acknowledged {
  readonly object: string;
  /** Receipt of a seal, hexadecimal. */
  readonly receipt: string;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: Value;
  readonly key: string;
}

export interface Findings {
  readonly objects: number;
  readonly kills: number;
  readonly acknowledged: number;
  /** What does not hold, in words; empty where all does. */
  readonly broken: readonly string[];
}

/** One kill for each seed, behind at most so many answers, over one store; then everything is let end, and looked at. */
export async function crashUnderLoad(seeds: readonly number[], answers: number): Promise<Findings> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-load-'));
  const effects = await startEffectServer();
  const load = new Load(folder, effects);
  try {
    for (const seed of seeds) await load.round(seed, answers);
    await load.letEnd();
    return { ...(await load.findings()), kills: seeds.length };
  } finally {
    await load.stop();
    await effects.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

class Load {
  readonly #folder: string;
  readonly #effects: EffectServer;
  readonly #acknowledged: Acknowledged[] = [];
  /** Ids by the key that they were made with, and signals by their key. */
  readonly #made = new Map<string, string>();
  readonly #signals = new Map<string, string>();
  /** Requests whose answer was lost: asked again by the same client, with the same key. */
  readonly #lost: Request[] = [];
  readonly #broken: string[] = [];
  #server: ChildProcess | null = null;
  #url = '';
  #token = '';
  #handler = '';
  #count = 0;

  constructor(folder: string, effects: EffectServer) {
    this.#folder = folder;
    this.#effects = effects;
    mkdirSync(join(folder, 'policy'));
    writeFileSync(join(folder, 'policy', 'set.json'), '{"name":"load"}');
    writeFileSync(join(folder, 'policy', 'load.cedar'), 'permit(principal, action, resource);');
  }

  async round(seed: number, answers: number): Promise<void> {
    await this.#start();
    const random = randomOf(seed);
    let answersLeft = 1 + Math.floor(random() * answers);
    const answered = (): void => {
      answersLeft -= 1;
      if (answersLeft === 0) this.#server?.kill('SIGKILL');
    };
    const ended = exitOf(this.#server);
    const clients = Array.from({ length: CLIENTS }, () => this.#client(random, answered));
    await Promise.all([...clients, ended]);
    this.#server = null;
  }

  /** Sleepers get their signal, and everything is waited for. */
  async letEnd(): Promise<void> {
    await this.#start();
    for (const request of this.#lost.splice(0)) await this.#perform(request);
    const ids = [...(await this.#listed())];
    const client = async (): Promise<void> => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) await this.#letEnd(id);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, client));
    await this.stop();
  }

  /** Holds the store against what was said of it. */
  async findings(): Promise<Omit<Findings, 'kills'>> {
    const store = await createSqliteStore(join(this.#folder, 'data', 'node.db'));
    const runner = createSandbox({ limits: DEFAULT_LIMITS.component, workers: 1 });
    const host = createHost({
      ports: {
        clock: systemClock,
        random: systemRandom,
        hash: nativeHash,
        verify: createNativeVerify(),
        signer: null,
        store,
        fetch: () => Promise.reject(new Error('nothing is fetched here')),
        runner,
        handler: async () => null,
      },
      policy: null,
    });
    const ids = new Set<string>();
    for await (const { name } of store.list()) ids.add(name);
    for (const [key, id] of this.#made) if (!ids.has(id)) this.#broken.push(`${key}: ${id} was made and is gone`);
    for (const id of ids) {
      const heads = this.#acknowledged.filter(({ object }) => object === id).map(({ receipt }) => receipt);
      const report = await host.verify(id, { heads: heads.map((head) => new Uint8Array(Buffer.from(head, 'hex'))) });
      if (!report.ok) this.#broken.push(`${id}: ${JSON.stringify(report)}`);
      const { state, entries } = await host.show(id);
      if (state.status !== 'terminated') this.#broken.push(`${id}: expected it to end, found it ${state.status}`);
      for (const [key, object] of this.#signals) {
        const found = entries.filter((entry) => entry.kind === 'signal' && entry.body.key === key).length;
        if (found !== (object === id ? 1 : 0)) this.#broken.push(`${id}: ${found} times the signal ${key}`);
      }
      this.#checkEffect(String(isMap(state.genesis.intent.input) ? state.genesis.intent.input['ledger'] : ''));
    }
    await runner.close();
    await store.close();
    return { objects: ids.size, acknowledged: this.#acknowledged.length, broken: this.#broken };
  }

  async stop(): Promise<void> {
    const ended = exitOf(this.#server);
    this.#server?.kill('SIGTERM');
    await ended;
    this.#server = null;
  }

  async #letEnd(id: string): Promise<void> {
    const { status } = await this.#ask('POST', `/objects/${id}/signals/go`, null, `end ${id}`);
    if (status >= 300 && status !== 409) this.#broken.push(`${id}: its last signal was answered ${status}`);
    const { status: end, json } = await this.#ask('GET', `/objects/${id}/result?wait=60000`, null, null);
    if (end !== 200) this.#broken.push(`${id}: expected its end, found ${end} ${JSON.stringify(json)}`);
  }

  /** Exactly once at a server that honours keys, whatever was repeated. */
  #checkEffect(path: string): void {
    const { seen } = this.#effects.ledger(path.split('/')[1] ?? '');
    const effects = seen.filter((request) => request.path === path && request.effect).length;
    if (effects !== 1) this.#broken.push(`${path}: expected one effect, found ${effects}`);
  }

  async #start(): Promise<void> {
    const data = join(this.#folder, 'data');
    const where = ['--data', data, '--policy', join(this.#folder, 'policy'), '--port', '0', '--workers', '1'];
    const args = [MAIN, 'serve', ...where, '--log-level', 'error', '--per-second', '1000000', '--json'];
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#server = server;
    for await (const line of createInterface({ input: server.stdout })) {
      const facts = JSON.parse(line) as { readonly url: string };
      this.#url = facts.url;
      break;
    }
    this.#token = readFileSync(join(data, 'first.token'), 'utf8').trim();
    if (this.#handler !== '') return;
    const { bytes } = await buildScript(new URL('../guests/scripted.js', import.meta.url));
    const answer = await this.#send('PUT', '/handlers', bytes, null, 'application/wasm');
    this.#handler = textOf(answer.json, 'handler');
  }

  /** Asks until the node is gone. */
  async #client(random: () => number, answered: () => void): Promise<void> {
    for (;;) {
      const request = this.#lost.shift() ?? this.#next(random);
      try {
        await this.#perform(request);
      } catch {
        this.#lost.push(request);
        return;
      }
      answered();
    }
  }

  #next(random: () => number): Request {
    const key = `k${++this.#count}`;
    const known = [...this.#made];
    const [made, object] = known[Math.floor(random() * known.length)] ?? ['', null];
    const dice = random();
    if (object === null || dice < 0.5) return { method: 'POST', path: '/objects', body: this.#draft(key), key };
    // a sleeper that is looked at in vain has one more cycle, and its script goes by their number
    if (dice < 0.8 || isSleeper(made))
      return { method: 'POST', path: `/objects/${object}/signals/note`, body: key, key };
    return { method: 'POST', path: `/objects/${object}/evaluate`, body: null, key: '' };
  }

  /** One effect each; of every second one behind a sleep. */
  #draft(key: string): Value {
    const ledger = `/${key}/effect`;
    const effect = propose.http({ method: 'POST', url: this.#effects.url + ledger, body: key });
    const sleep = propose.sleep([{ tag: 'signal', val: 'go' }]);
    const steps = isSleeper(key) ? { '1': sleep, '3': effect } : { '1': propose.commit('a', key), '2': effect };
    const input = { ...steps, '*': propose.finish(key), ledger };
    const intent = { kind: 'load', goal: 'One effect, once', input };
    return { handler: this.#handler, intent, context: { capabilities: ['*'] } };
  }

  /** Throws where no answer came. */
  async #perform({ method, path, body, key }: Request): Promise<void> {
    const { status, json } = await this.#ask(method, path, body, key === '' ? null : key);
    if (status === 503) return; // busy or closing: nothing was promised
    const object = path === '/objects' ? textOf(json, 'id') : (path.split('/')[2] ?? '');
    if (status >= 300) {
      if (status !== 409 && status !== 422) this.#broken.push(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
      return;
    }
    if (path === '/objects') {
      const before = this.#made.get(key);
      if (before !== undefined && before !== object) this.#broken.push(`${key}: two objects, ${before} and ${object}`);
      this.#made.set(key, object);
    } else if (path.includes('/signals/')) this.#signals.set(key, object);
    const receipt = textOf(json, 'receipt');
    if (receipt !== '') this.#acknowledged.push({ object, receipt });
  }

  async #listed(): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let cursor = ''; ;) {
      const { json } = await this.#ask('GET', `/objects?limit=1000${cursor}`, null, null);
      const objects = isMap(json) ? json['objects'] : [];
      for (const line of Array.isArray(objects) ? (objects as Value[]) : []) ids.push(textOf(line, 'id'));
      const next = textOf(json, 'next');
      if (next === '') return ids;
      cursor = `&cursor=${next}`;
    }
  }

  #ask(method: string, path: string, body: Value, key: string | null): Promise<Answer> {
    const text = method === 'GET' ? null : JSON.stringify(body);
    return this.#send(method, path, text, key, 'application/json');
  }

  async #send(
    method: string,
    path: string,
    body: string | Uint8Array | null,
    key: string | null,
    type: string,
  ): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === null ? {} : { 'content-type': type }),
        ...(key === null ? {} : { 'idempotency-key': key }),
      },
      ...(body === null ? {} : { body: typeof body === 'string' ? body : new Blob([Uint8Array.from(body)]) }),
    });
    return { status: response.status, json: (await response.json()) as Value };
  }
}

function isSleeper(key: string): boolean {
  return Number(key.slice(1)) % 2 === 0;
}

interface Answer {
  readonly status: number;
  readonly json: Value;
}

function textOf(json: Value, name: string): string {
  const found = isMap(json) ? json[name] : null;
  return typeof found === 'string' ? found : '';
}

function exitOf(server: ChildProcess | null): Promise<void> {
  if (server === null || server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => server.once('exit', () => resolve()));
}

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
