/**
 * A command of WASI as the handler of a whole object: what it prints to standard error stands in the object, its requests go through
 * policy and the ledger like any capability, and a replay gets the same proposal, the same calls and the same fuel.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../host/node/host.ts';
import type { Limits } from '../../host/limits.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { buildCommand, readCoreImports } from '../sandbox/wasi/commands.ts';
import type { CoreImports } from '../sandbox/wasi/commands.ts';
import { startEffectServer } from './effect-server.ts';
import type { EffectServer } from './effect-server.ts';
import { createWorld, policySet, PERMIT_ALL } from './world.ts';
import type { World } from './world.ts';
import { ofKind } from './wreck.ts';

let world: World;
let server: EffectServer;
let imports: CoreImports;

beforeAll(async () => {
  [world, server, imports] = await Promise.all([createWorld(), startEffectServer(), readCoreImports()]);
  server.answer('/price', (_request, response) => response.end('*'));
});

afterAll(async () => {
  await Promise.all([world.close(), server.close()]);
});

const AT = '(i32.const 16)';

/**
 * Draws random bytes, prints two lines, sleeps, asks for `/price` with a body, and reports the first byte of the answer plus what the
 * random draw, the clock and the sleep gave, so that a replay that differed in any of them would differ in the proposal.
 */
function shopper(): string {
  const { host } = new URL(server.url);
  return `
  (data (i32.const 2048) "${host}") (data (i32.const 2112) "/price") (data (i32.const 2176) "asking\\0anow\\0a")
  (func $main (local $request i32) (local $body i32) (local $sum i32)
    (local.set $sum (i32.wrap_i64 (i64.and (call $random/random.get-random-u64) (i64.const 0xffff))))
    (call $io/streams.output-stream.blocking-write-and-flush (call $cli/stderr.get-stderr) (i32.const 2176) (i32.const 11) ${AT})
    (call $io/poll.pollable.block (call $clocks/monotonic-clock.subscribe-duration (i64.const 5000000000)))
    (call $clocks/wall-clock.now ${AT})
    (local.set $sum (i32.add (local.get $sum) (i32.wrap_i64 (i64.rem_u (i64.load ${AT}) (i64.const 1000)))))
    (local.set $sum (i32.add (local.get $sum) (i32.wrap_i64 (i64.div_u (call $clocks/monotonic-clock.now) (i64.const 1000000)))))
    (local.set $request (call $http/types.outgoing-request (call $http/types.fields)))
    (drop (call $http/types.outgoing-request.set-method (local.get $request) (i32.const 2) (i32.const 0) (i32.const 0)))
    (drop (call $http/types.outgoing-request.set-scheme (local.get $request) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (drop (call $http/types.outgoing-request.set-authority (local.get $request) (i32.const 1) (i32.const 2048) (i32.const ${host.length})))
    (drop (call $http/types.outgoing-request.set-path-with-query (local.get $request) (i32.const 1) (i32.const 2112) (i32.const 6)))
    (call $http/types.outgoing-request.body (local.get $request) ${AT})
    (local.set $body (i32.load (i32.const 20)))
    (call $http/types.outgoing-body.write (local.get $body) ${AT})
    (call $io/streams.output-stream.blocking-write-and-flush (i32.load (i32.const 20)) (i32.const 2176) (i32.const 6) ${AT})
    (call $http/outgoing-handler.handle (local.get $request) (i32.const 0) (i32.const 0) ${AT})
    (local.set $request (i32.load (i32.const 24)))
    (call $http/types.outgoing-body.finish (local.get $body) (i32.const 0) (i32.const 0) ${AT})
    (call $http/types.future-incoming-response.get (local.get $request) ${AT})
    (if (i32.load8_u (i32.const 32)) (then (call $cli/exit.exit-with-code (i32.load8_u (i32.const 40)))))
    (call $http/types.incoming-response.consume (i32.load (i32.const 40)) ${AT})
    (call $http/types.incoming-body.stream (i32.load (i32.const 20)) ${AT})
    (call $io/streams.input-stream.blocking-read (i32.load (i32.const 20)) (i64.const 99) ${AT})
    (call $report (i32.add (local.get $sum) (i32.load8_u (i32.load (i32.const 20))))))`;
}

async function shop(name: string, node: Host): Promise<string> {
  const { bytes: handler } = await buildCommand(imports, shopper());
  const path = await world.object(name, {}, { handler, embed: true });
  await node.run(path);
  return path;
}

describe('a command as the handler of an object', () => {
  test('asks through the capabilities, each with its entry, and ends with what it printed', async () => {
    const path = await shop('wasi', world.node());
    const { entries } = await world.node().show(path);
    expect(ofKind(entries, 'call').map(({ body }) => body.operation)).toEqual([
      'random.bytes',
      'log.write',
      'log.write',
      'http.send',
    ]);
    expect(ofKind(entries, 'call')[3]?.body.request).toMatchObject({
      method: 'POST',
      url: `${server.url}/price`,
      body: new TextEncoder().encode('asking'),
      repetition: 'never',
    });
    expect(
      ofKind(entries, 'call')
        .slice(1, 3)
        .map(({ body }) => body.request),
    ).toEqual([
      { level: 'info', message: 'asking' },
      { level: 'info', message: 'now' },
    ]);
    expect(ofKind(entries, 'outcome')).toMatchObject([{ body: { class: 'success', action: 'termination' } }]);
  });

  test('does the same in a replay, fuel included', async () => {
    const path = await shop('replayed', world.node());
    const verified = await world.node().verify(path, { replay: true });
    expect(verified).toMatchObject({ ok: true, replay: [{ kind: 'same' }] });
  });

  test('is told of a denial as an error of HTTP, and nothing leaves', async () => {
    const before = server.ledger('price').seen.length;
    const policy = policySet('permit(principal, action, resource) unless { resource is Http };');
    const path = await shop('denied', world.node({ policy }));
    const { entries } = await world.node().show(path);
    const [outcome] = ofKind(entries, 'outcome');
    // HTTP-request-denied is the sixteenth of its error codes
    expect(outcome?.body).toMatchObject({
      class: 'failure',
      reason: 'handler-error',
      message: 'exit: expected status 0, found status 15: now',
      value: { stack: 'asking\nnow' },
    });
    expect(server.ledger('price').seen).toHaveLength(before);
    expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true, replay: [{ kind: 'same' }] });
  });

  test('ends at the limits of an object like any other handler', async () => {
    const cycle = { ...DEFAULT_LIMITS.cycle, fuel: 300 };
    const limits: Limits = { ...DEFAULT_LIMITS, cycle };
    const path = await shop('bounded', world.node({ policy: policySet(PERMIT_ALL), limits }));
    const { entries } = await world.node().show(path);
    expect(ofKind(entries, 'outcome')[0]?.body).toMatchObject({ bound: 'fuel', fuel: 300 });
    expect(await world.node().verify(path, { replay: true })).toMatchObject({ ok: true, replay: [{ kind: 'same' }] });
  });
});
