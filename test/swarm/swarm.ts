/** Four real processes with folders and keys of their own, and the courier between them; what they say is read line by line. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { generateKey } from '../../host/node/native.ts';
import type { KeyPair } from '../../host/node/native.ts';
import type { Dice } from './dice.ts';
import { listFiles, putFile } from './node.ts';
import type { NodeLine, NodeOrder } from './node.ts';

const HOUR = 3_600_000;
const CACHE_BYTES = 64 * 1024 * 1024;

export interface Swarm {
  readonly keys: readonly KeyPair[];
  folder(index: number): string;
  /** Files of all nodes: objects, inboxes, outboxes and what is kept of those that left. */
  copies(): readonly { readonly name: string; readonly path: string; readonly size: number }[];
  /** Runs until `done` says so of a line. `deal` is asked behind each line whether its node dies now. */
  live(
    done: (line: NodeLine, index: number) => boolean,
    dies: (line: NodeLine, index: number) => 'no' | 'killed' | 'lost',
  ): Promise<void>;
  stop(): Promise<void>;
}

export function createSwarm(folder: string, nodes: number, handler: Uint8Array, dice: Dice): Swarm {
  const keys = Array.from({ length: nodes }, generateKey);
  const processes = new Map<number, ChildProcess>();
  const lost = new Map<number, number>();
  const folderOf = (index: number): string => join(folder, `node-${index}`);
  let carried = 0;
  for (let index = 0; index < nodes; index++) {
    for (const name of ['objects', 'inbox', 'outbox', 'gone'])
      mkdirSync(join(folderOf(index), name), { recursive: true });
    writeFileSync(join(folderOf(index), 'handler.wasm'), handler);
  }

  function start(index: number, onLine: (line: NodeLine, index: number) => void): void {
    const order: NodeOrder = {
      folder: folderOf(index),
      key: keys[index]?.privatePem ?? '',
      index,
      nodes,
      seed: dice.below(2 ** 31),
      skew: (index - 1) * HOUR,
      cache: { folder: join(folder, 'programs'), secret: join(folder, 'programs.key'), maxBytes: CACHE_BYTES },
    };
    const script = fileURLToPath(new URL('node.ts', import.meta.url));
    const child = spawn(process.execPath, [script, JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
    });
    processes.set(index, child);
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    createInterface({ input: child.stdout }).on('line', (text) => onLine(JSON.parse(text) as NodeLine, index));
    child.on('exit', (_code, signal) => {
      if (signal !== 'SIGKILL') onLine({ error: `node ${index} ended by itself: ${errors}` }, index);
    });
  }

  async function kill(index: number): Promise<void> {
    const child = processes.get(index);
    processes.delete(index);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Loses one in four for now (its sender keeps it), brings one in four twice, in any order. */
  function carry(): void {
    const waiting = Array.from({ length: nodes }, (_, index) => join(folderOf(index), 'outbox')).flatMap((outbox) =>
      listFiles(outbox).map((file) => ({ outbox, file })),
    );
    if (waiting.length === 0 || dice.once(4)) return;
    const { outbox, file } = dice.pick(waiting);
    const to = Number(file.slice(0, file.indexOf('--')));
    const inbox = join(folderOf(lost.get(to) ?? to), 'inbox');
    putFile(inbox, `${carried++}--${file.slice(file.indexOf('--') + 2)}`, readFileSync(join(outbox, file)));
    if (!dice.once(4)) rmSync(join(outbox, file));
  }

  /** Whether what left for this node is still on its way to it: then it has not left it. */
  function isComing(to: number, name: string, size: number): boolean {
    const inbox = join(folderOf(to), 'inbox');
    const outboxes = Array.from({ length: nodes }, (_, index) => join(folderOf(index), 'outbox'));
    const waiting = [
      ...listFiles(inbox)
        .filter((file) => file.endsWith(`--${name}`))
        .map((file) => join(inbox, file)),
      ...outboxes.map((outbox) => join(outbox, `${to}--${name}`)),
    ];
    return waiting.some((path) => sizeOf(path) >= size);
  }

  /** A node never comes back: somebody carries its folder to another one, which goes on with what lies in it. */
  async function lose(index: number): Promise<void> {
    if (lost.size > 0) return;
    await kill(index);
    const heir = (index + 1) % nodes;
    await kill(heir);
    lost.set(index, heir);
    const [from, to] = [folderOf(index), folderOf(heir)];
    for (const name of listFiles(join(from, 'gone'))) {
      const kept = join(to, 'gone', name);
      const [theirs, mine] = [readFileSync(join(from, 'gone', name)).length, sizeOf(kept)];
      if (theirs > mine && sizeOf(join(to, 'objects', name)) === 0 && !isComing(heir, name, theirs))
        copyFileSync(join(from, 'gone', name), kept);
    }
    for (const box of ['inbox', 'objects']) {
      for (const name of listFiles(join(from, box))) {
        const bare = box === 'inbox' ? name.slice(name.indexOf('--') + 2) : name;
        // what the heir gave to the lost node, and that one never gave away, comes back to the heir
        const kept = join(to, 'gone', bare);
        const untaken = box === 'objects' || sizeOf(join(from, 'gone', bare)) === 0;
        if (untaken && sizeOf(kept) > 0 && sizeOf(kept) <= sizeOf(join(from, box, name))) rmSync(kept);
        renameSync(join(from, box, name), join(to, 'inbox', `${carried++}--${bare}`));
      }
    }
  }

  return {
    keys,
    folder: folderOf,
    copies: () =>
      Array.from({ length: nodes }, (_, index) => folderOf(index)).flatMap((home) =>
        ['objects', 'inbox', 'outbox', 'gone'].flatMap((box) =>
          listFiles(join(home, box)).map((file) => ({
            name: file.slice(file.indexOf('--') < 0 ? 0 : file.indexOf('--') + 2),
            path: join(home, box, file),
            size: statSync(join(home, box, file)).size,
          })),
        ),
      ),
    async live(done, dies) {
      const end = Promise.withResolvers<void>();
      let over = false;
      let before: Promise<void> = Promise.resolve();

      async function take(line: NodeLine, index: number): Promise<void> {
        if (over || !processes.has(index)) return;
        if ('error' in line) throw new Error(line.error);
        if (done(line, index)) {
          over = true;
          return end.resolve();
        }
        carry();
        const fate = dies(line, index);
        if (fate === 'killed') {
          await kill(index);
          start(index, onLine);
        } else if (fate === 'lost' && lost.size === 0) {
          await lose(index);
          start(lost.get(index) ?? index, onLine);
        }
      }

      /** One line after the other, in the order in which they came. */
      function onLine(line: NodeLine, index: number): void {
        before = before.then(() => take(line, index)).catch((error: unknown) => end.reject(error));
      }

      for (let index = 0; index < nodes; index++) start(index, onLine);
      await end.promise;
    },
    async stop() {
      for (const index of processes.keys()) await kill(index);
    },
  };
}

function sizeOf(path: string): number {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return readdirSync(path.slice(0, path.lastIndexOf('/'))).includes(name) ? readFileSync(path).length : 0;
}
