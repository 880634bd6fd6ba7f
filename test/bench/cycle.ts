/**
 * What a cycle costs, synced to the disk and signed, with a handler in JavaScript and one policy: a plain one (a committed value), one
 * with a request to a server in the same process, and a mediated call within one. Prints one line of JSON; run it with
 * `node test/bench/cycle.ts`. Not measured: starting up, and other objects beside this one.
 */
import { readFileSync } from 'node:fs';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { Value } from '../../host/value.ts';
import { startEffectServer } from '../node/effect-server.ts';
import { createWorld, propose } from '../node/world.ts';

const CYCLES = 400;
const WARM_UP = 50;
const CALLS = 100;

interface Times {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly bytesPerCycle: number;
}

const world = await createWorld();
const server = await startEffectServer();

/** Runs the same step over and over; times are from seal to seal. */
async function measure(name: string, step: Value, cycles: number): Promise<Times> {
  const path = await world.object(name, { '*': step });
  const sealed: number[] = [];
  const limits = { ...DEFAULT_LIMITS, run: { cycles: WARM_UP + cycles } };
  const before = readFileSync(path).length;
  const host = world.node({ limits, onPoint: (point) => void (point === 'sealed' && sealed.push(performance.now())) });
  const report = await host.run(path);
  const failed = report.outcomes.find(({ body }) => body.class !== 'success');
  if (report.status !== 'bound' || failed !== undefined)
    throw new Error(`${name}: expected every cycle to succeed, found ${failed?.body.reason ?? report.status}`);
  const times = sealed.slice(WARM_UP).map((time, index) => time - (sealed[WARM_UP + index - 1] ?? time));
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((times[Math.floor(times.length * share)] ?? Number.NaN) * 1000) / 1000;
  return {
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    bytesPerCycle: Math.round((readFileSync(path).length - before) / (WARM_UP + cycles)),
  };
}

const post: Value = { method: 'POST', url: `${server.url}/orders`, body: '{"n":1}' };
const keys = Array.from({ length: CALLS }, (_, index): Value => ['kv.set', { key: `k${index}`, value: index }]);
const plain = await measure('plain', propose.commit('a', 1), CYCLES);
const http = await measure('http', propose.http(post, 'order'), CYCLES);
const calls = await measure('calls', { calls: keys, ...Object(propose.commit('a', 1)) }, 100);
const mediatedCallUs = Math.round(((calls.p50Ms - plain.p50Ms) / CALLS) * 1000);
const bytesPerCall = Math.round((calls.bytesPerCycle - plain.bytesPerCycle) / CALLS);
process.stdout.write(`${JSON.stringify({ node: process.version, plain, http, mediatedCallUs, bytesPerCall })}\n`);
await Promise.all([world.close(), server.close()]);
