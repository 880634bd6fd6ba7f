/**
 * A year of hourly polling by one object: a real HTTP server that says "not yet", a clock that is moved, a node that opens the object,
 * tries once and lets it go, 8,760 times. Used by the slow test and by the benchmark.
 */
import { statSync } from 'node:fs';
import type { Host } from '../../../host/node/host.ts';
import { ask, HOUR, scriptOf } from '../../node/retrying.ts';
import type { EffectServer } from '../../node/effect-server.ts';
import { DAY } from '../../node/world.ts';
import type { World } from '../../node/world.ts';

export interface Year {
  readonly path: string;
  readonly host: Host;
  /** Bytes of the object with nothing asked yet, behind the first attempt, and at the end. */
  readonly bytes: { readonly made: number; readonly first: number; readonly last: number };
}

/** Polls `attempts` times, the first one included. */
export async function pollFor(world: World, server: EffectServer, name: string, attempts: number): Promise<Year> {
  server.answer(`/${name}/job`, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"state":"queued"}');
  });
  const retry = { maxAttempts: 10_000, maxElapsed: 400 * DAY, minDelay: HOUR, maxDelay: HOUR };
  const path = await world.object(name, scriptOf(ask(`${server.url}/${name}/job`, { retry })));
  const host = world.node();
  const made = statSync(path).size;
  await host.run(path);
  const first = statSync(path).size;
  for (let attempt = 1; attempt < attempts; attempt++) {
    world.time += HOUR;
    await host.run(path);
  }
  return { path, host, bytes: { made, first, last: statSync(path).size } };
}
