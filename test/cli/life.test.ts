import { createHash, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSteps, createDesk, expectDone, makeObject, MAIN, runProcess, sojourn } from './run-cli.ts';
import type { Desk } from './run-cli.ts';

const POLICY = ['--policy', 'all'];
const A = ['--key', 'a.pem'];
const DAY = 86_400_000;
/** A flow is several processes, and each starts an engine. */
const FLOW = { timeout: 120_000 };

let desk: Desk;
beforeAll(async () => {
  desk = await createDesk();
  await buildSteps(desk);
}, 120_000);
afterAll(() => desk.close());

const read = (name: string) => readFileSync(desk.path(name));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('build', FLOW, () => {
  it('says size, digest, meter and imports of what it wrote, and writes a source map', async () => {
    const { code, json } = await desk.json('build', `${import.meta.dirname}/guests/steps.js`, '-o', 'again.wasm');
    const bytes = read('again.wasm');
    expect(code).toBe(0);
    expect(json).toMatchObject({
      component: 'again.wasm',
      bytes: bytes.length,
      digest: sha256(bytes),
      engine: 'quickjs',
      meterVersion: 1,
    });
    expect(json.imports).toContain('sojourn:object/http@0.2.0');
    expect(JSON.parse(read('again.wasm.map').toString())).toMatchObject({ version: 3 });
  });

  it('takes the name of the module where it is given none', async () => {
    desk.write(
      'tiny.ts',
      "import { defineHandler, finish } from 'sojourn/guest';\nexport default defineHandler(() => finish(1));\n",
    );
    const { stdout } = await expectDone(desk.run('build', 'tiny.ts'));
    expect(stdout).toContain('built tiny.wasm');
    expect(stdout).toContain(sha256(read('tiny.wasm')));
  });
});

describe('new --file', FLOW, () => {
  it('puts a file into the object, under its path', async () => {
    desk.write('prices.csv', 'paper,3\n');
    await makeObject(desk, 'with-file', {}, '--file', 'docs/prices.csv=prices.csv');
    const bytes = read('with-file');
    expect(bytes.includes('application/octet-stream;path=docs/prices.csv')).toBe(true);
    expect(bytes.includes('paper,3\n')).toBe(true);
  });

  it.each([
    ['prices.csv', 'path=local'],
    ['../prices.csv=prices.csv', 'relative path'],
    ['a=prices.csv', 'each path once'],
  ])('refuses %s', async (pair, says) => {
    const ended = makeObject(desk, 'refused', {}, '--file', pair, '--file', 'a=prices.csv');
    await expect(ended).rejects.toThrow(says);
  });
});

describe('keygen', FLOW, () => {
  it('writes a key for its owner alone, and says whose it is', async () => {
    const { json } = await desk.json('keygen', '-o', 'c.pem');
    const der = createPublicKey(read('c.pem')).export({ format: 'der', type: 'spki' });
    expect(statSync(desk.path('c.pem')).mode & 0o777).toBe(0o600);
    expect(json.publicKey).toBe(der.subarray(-32).toString('hex'));
    expect(json.node).toBe(sha256(der.subarray(-32)).slice(0, 32));
  });

  it('prints the key alone on standard output', async () => {
    const { stdout, stderr } = await expectDone(desk.run('keygen'));
    expect(createPublicKey(stdout).asymmetricKeyType).toBe('ed25519');
    expect(stdout.trim().split('\n').at(-1)).toBe('-----END PRIVATE KEY-----');
    expect(stderr).toMatch(/node +[0-9a-f]{32}\n +public key +[0-9a-f]{64}/);
  });

  it('leaves a key that is there alone', async () => {
    const before = read('a.pem');
    const { code, stderr } = await desk.run('keygen', '-o', 'a.pem');
    expect(code).toBe(4);
    expect(stderr).toMatch(/^sojourn: a\.pem: expected no file of that name, found one/);
    expect(read('a.pem')).toEqual(before);
  });
});

describe('an object', FLOW, () => {
  it('runs, sleeps, wakes by a signal that another node delivers, and ends', async () => {
    await makeObject(desk, 'sleeper', { step: 'sleep' }, '--embed', '--receipt', 'made.receipt');
    const slept = await desk.json('run', 'sleeper', ...POLICY, ...A);
    expect(slept).toMatchObject({
      code: 0,
      json: {
        status: 'dormant',
        cycle: 1,
        trust: 1000,
        outcomes: [{ body: { action: 'dormancy', class: 'success' } }],
      },
    });
    const signalled = await desk.json('signal', 'sleeper', 'go', '{"by":"me"}', '--key', 'b.pem', '--id', 'once');
    expect(signalled).toMatchObject({ code: 0, json: { signal: 'go', duplicate: false } });
    const again = await desk.json('signal', 'sleeper', 'go', '{"by":"me"}', '--key', 'b.pem', '--id', 'once');
    expect(again).toMatchObject({ code: 0, json: { seq: signalled.json.seq, duplicate: true, receipt: null } });
    const { code, stdout } = await desk.run('run', 'sleeper', ...POLICY, '--key', 'b.pem', '--receipt', 'end.receipt');
    expect(code).toBe(0);
    expect(stdout).toMatch(/cycle 2\n +looked +what it waited for is there \(entry \d+\)/);
    expect(stdout).toMatch(/proposed +termination, its goal achieved/);
    expect(stdout).toMatch(/\nended\n/);
    const { json } = await desk.json('show', 'sleeper');
    expect(json).toMatchObject({
      status: 'terminated',
      signed: true,
      unsealed: 0,
      signals: [{ name: 'go', key: 'once', node: signalled.json.node }],
    });
    const verified = await desk.json('verify', 'sleeper', '--replay', '--head', 'end.receipt');
    expect(verified).toMatchObject({
      code: 0,
      json: { ok: true, id: json.id, nodes: [slept.json.node, signalled.json.node] },
    });
    expect(verified.json.replay.map(({ kind }: { kind: string }) => kind)).toEqual(['same', 'skipped', 'same']);
    const more = await desk.run('run', 'sleeper', ...POLICY, ...A);
    expect(more.code).toBe(0);
    expect(more.stdout).toMatch(/nothing to do: the object ended at entry \d+[^\n]*\n {2}nothing was appended/);
  });

  it('sleeps as long as its clock says, however late it is', async () => {
    await makeObject(desk, 'late', { step: 'sleep' }, '--embed');
    const { json } = await desk.json('run', 'late', ...POLICY, ...A);
    const instant = (ms: number) => new Date(ms).toISOString();
    const early = await desk.json('run', 'late', ...POLICY, ...A, '--now', instant(json.wakesAt - DAY));
    expect(early).toMatchObject({ code: 0, json: { status: 'dormant', outcomes: [{ body: { reason: 'not-yet' } }] } });
    const late = await desk.json('run', 'late', ...POLICY, ...A, '--now', instant(json.wakesAt));
    expect(late).toMatchObject({ code: 0, json: { status: 'terminated' } });
    expect(late.json.outcomes.at(-1).time).toBe(json.wakesAt);
  });

  it('is shown as it was behind an earlier entry', async () => {
    await makeObject(desk, 'short', { step: 'finish' }, '--embed');
    await expectDone(desk.run('run', 'short', ...POLICY, ...A));
    const then = await desk.run('show', 'short', '--at', '2');
    expect(then.stdout).toMatch(/status +active/);
    expect(then.stdout).toMatch(/\n2 .* sealed +by node [0-9a-f]{8}\n$/);
    expect((await desk.run('show', 'short')).stdout).toMatch(/status +ended at entry/);
    const beyond = await desk.run('show', 'short', '--at', '99');
    expect(beyond).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/expected an entry from 1 to \d+, found 99/),
    });
  });

  it('finds a handler that it does not embed beside it or in a folder that is named', async () => {
    await makeObject(desk, 'lean', { step: 'finish' });
    expect(statSync(desk.path('lean')).size).toBeLessThan(2000);
    desk.write('elsewhere', read('lean'));
    const moved = await createDesk();
    try {
      moved.write('lean', read('lean'));
      // a node that admitted it before has no need of it
      const env = { SOJOURN_PROGRAM_CACHE: 'off' };
      const lost = await sojourn(['run', 'lean', ...POLICY, ...A], { cwd: moved.folder, env });
      expect(lost).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(/expected it embedded or in a folder of handlers/),
      });
      const found = await moved.run('run', 'lean', ...POLICY, ...A, '--handlers', desk.folder);
      expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining('ended') });
    } finally {
      moved.close();
    }
    await expectDone(desk.run('run', 'elsewhere', ...POLICY, ...A));
  });

  it('says so where nobody signed', async () => {
    desk.write('nobody.json', JSON.stringify({ kind: 'test', goal: 'g', input: { step: 'finish' } }));
    const made = await desk.run('new', '--handler', 'steps.wasm', '--intent', 'nobody.json', '-o', 'nobody');
    expect(made.stdout).toMatch(/made by +nobody: without --key it is unsigned/);
    await expectDone(desk.run('run', 'nobody', ...POLICY));
    expect((await desk.run('verify', 'nobody')).stdout).toMatch(/not every one is signed/);
    expect((await desk.run('show', 'nobody')).stdout).toMatch(/not every seal is signed/);
  });
});

describe('how a run ends', FLOW, () => {
  it('1 for a handler that fails, with its message in the object', async () => {
    await makeObject(desk, 'failing', { step: 'fail' }, '--embed');
    const { code, json } = await desk.json('run', 'failing', ...POLICY, ...A);
    expect({ code, ...json }).toMatchObject({
      code: 1,
      status: 'failed',
      outcomes: [{ body: { reason: 'handler-error', message: expect.stringContaining('the handler gave up') } }],
    });
  });

  it('1 for a handler that hits a bound, which it names', async () => {
    await makeObject(desk, 'spinning', { step: 'spin' }, '--embed');
    const { code, stdout } = await desk.run('run', 'spinning', ...POLICY, ...A, '--fuel', '20000000');
    expect(code).toBe(1);
    expect(stdout).toMatch(/outcome +failure: bound:fuel/);
    expect((await desk.json('verify', 'spinning', '--replay')).json).toMatchObject({
      ok: true,
      replay: [{ kind: 'same' }],
    });
  });

  it('4 where policy does not let this node evaluate it, and the object stays as it is', async () => {
    await makeObject(desk, 'unwanted', { step: 'finish' }, '--embed');
    const before = read('unwanted');
    const { code, json } = await desk.json(
      'run',
      'unwanted',
      '--policy',
      `${import.meta.dirname}/../../policies/deny-all`,
      ...A,
    );
    expect({ code, ...json }).toMatchObject({ code: 4, status: 'refused', outcomes: [], receipt: null });
    expect(read('unwanted')).toEqual(before);
  });

  it('0 after one cycle where one was asked for', async () => {
    await makeObject(desk, 'slow', { step: 'sleep' }, '--embed');
    await expectDone(desk.run('run', 'slow', ...POLICY, ...A));
    await expectDone(desk.run('signal', 'slow', 'go', ...A));
    const { code, json } = await desk.json('run', 'slow', ...POLICY, ...A, '--once');
    expect({ code, ...json }).toMatchObject({ code: 0, status: 'paused', outcomes: [{ body: { action: 'reentry' } }] });
  });

  it('6 while another process holds the object', async () => {
    const { server, url, asked } = await startSlowService();
    await makeObject(desk, 'held', { step: 'fetch', url }, '--embed');
    const first = desk.run('run', 'held', ...POLICY, ...A);
    const answer = await asked;
    const second = await desk.run('run', 'held', ...POLICY, ...A);
    answer.end();
    server.close();
    expect(second).toMatchObject({ code: 6, stderr: expect.stringMatching(/expected no other holder/) });
    await expectDone(first);
  });
});

describe('interruptions', FLOW, () => {
  it('one Ctrl-C ends the run behind the cycle that is under way', async () => {
    const { server, url, asked } = await startSlowService();
    await makeObject(desk, 'stopped', { step: 'fetch', url }, '--embed');
    let noticed: () => void = () => {};
    const notice = new Promise<void>((resolve) => (noticed = resolve));
    const ended = sojourn(['run', 'stopped', ...POLICY, ...A], {
      cwd: desk.folder,
      onStart: (child) => {
        child.stderr!.on('data', (text: string) => text.includes('stopping behind this cycle') && noticed());
        void asked.then(() => child.kill('SIGINT'));
      },
    });
    const answer = await asked;
    await notice;
    answer.end();
    const { code, stdout } = await ended;
    server.close();
    expect(code).toBe(0);
    expect(stdout).toMatch(/outcome +success of execution/);
    expect(stdout).toMatch(/\nstopped here: run it again to go on\n/);
    expect((await desk.json('verify', 'stopped')).json).toMatchObject({ ok: true, unsealed: 0, cycles: 1 });
    expect((await desk.json('run', 'stopped', ...POLICY, ...A)).json).toMatchObject({ status: 'terminated' });
  });

  it('a second Ctrl-C abandons the cycle, and the next run ends it', async () => {
    const { server, url, asked } = await startSlowService();
    await makeObject(desk, 'abandoned', { step: 'fetch', url }, '--embed');
    const { code } = await sojourn(['run', 'abandoned', ...POLICY, ...A], {
      cwd: desk.folder,
      onStart: (child) => {
        child.stderr!.on('data', (text: string) => text.includes('stopping behind this cycle') && child.kill('SIGINT'));
        void asked.then(() => child.kill('SIGINT'));
      },
    });
    expect(code).toBe(130);
    (await asked).end();
    expect((await desk.json('verify', 'abandoned')).json).toMatchObject({ ok: true, cycles: 0 });
    const again = await desk.run('run', 'abandoned', ...POLICY, ...A);
    server.close();
    expect(again.stdout).toMatch(/recovered +the cycle that node [0-9a-f]{8} left unfinished/);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nended\n/) });
  });

  it('a reader that has seen enough is no error', async () => {
    desk.write('wide.json', JSON.stringify({ kind: 'test', goal: 'g'.repeat(50_000), input: {} }));
    await expectDone(desk.run('new', '--handler', 'steps.wasm', '--intent', 'wide.json', '-o', 'wide'));
    const shell = 'set -o pipefail; "$NODE" "$MAIN" show wide --json | head -c 1';
    const { code, stdout, stderr } = await runProcess('bash', ['-c', shell], {
      cwd: desk.folder,
      env: { NODE: process.execPath, MAIN },
    });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{', stderr: '' });
  });
});

describe('verify', FLOW, () => {
  it('names the entry in which one byte was changed, whichever it is', async () => {
    await makeObject(desk, 'sound', { step: 'say', text: 'hello' });
    await expectDone(desk.run('run', 'sound', ...POLICY, ...A));
    const { json } = await desk.json('show', 'sound');
    const said = json.entries.find(({ kind }: { kind: string }) => kind === 'call');
    const bytes = read('sound');
    const offset = bytes.indexOf('hello', bytes.indexOf('log.write'));
    bytes[offset]! ^= 1;
    writeFileSync(desk.path('forged'), bytes);
    const report = await desk.json('verify', 'forged');
    expect(report).toMatchObject({ code: 1, json: { ok: false, index: said.seq, reason: 'prev' } });
    const told = await desk.run('verify', 'forged');
    expect(told).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(new RegExp(`does not hold: forged\\n +where +entry ${said.seq}\\b`)),
    });
    expect((await desk.run('run', 'forged', ...POLICY, ...A)).code).toBe(3);
  });

  it('sees by a receipt that the end is missing', async () => {
    await makeObject(desk, 'whole', { step: 'finish' }, '--embed', '--receipt', 'first.receipt');
    desk.write('early', read('whole'));
    const { json } = await desk.json('run', 'whole', ...POLICY, ...A, '--receipt', 'last.receipt');
    expect(read('last.receipt').toString('hex')).toBe(json.receipt);
    expect((await desk.run('verify', 'early')).code).toBe(0);
    expect((await desk.run('verify', 'whole', '--head', 'first.receipt')).code).toBe(0);
    const behind = await desk.json('verify', 'early', '--head', json.receipt);
    expect(behind).toMatchObject({ code: 1, json: { ok: false, reason: 'tail' } });
  });
});

describe('policy check', FLOW, () => {
  it('lists what is allowed at all, and what can never happen', async () => {
    const { code, json } = await desk.json('policy', 'check', `${import.meta.dirname}/../../policies/quickstart`);
    expect({ code, name: json.name }).toEqual({ code: 0, name: 'quickstart' });
    expect(json.rules.map(({ id, effect }: { id: string; effect: string }) => `${id}:${effect}`)).toContain(
      'order-over-limit:defer',
    );
    expect(json.actions.find(({ action }: { action: string }) => action === 'delegation')).toMatchObject({
      permits: [],
    });
    const { stdout } = await desk.run('policy', 'check', 'all');
    expect(stdout).toMatch(/^in order: all\n/);
    expect(stdout).not.toContain('never happen');
  });

  it('says that deny-all allows nothing', async () => {
    const { stdout } = await desk.run('policy', 'check', `${import.meta.dirname}/../../policies/deny-all`);
    expect(stdout).toContain('allows nothing at all');
  });
});

/** Answers its first request when the test says so, and every later one at once. */
async function startSlowService() {
  let ask: (answer: ServerResponse) => void = () => {};
  const asked = new Promise<ServerResponse>((resolve) => (ask = resolve));
  let count = 0;
  const server = createServer((_request, response) => (count++ === 0 ? ask(response) : response.end()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}
