import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService } from '../../guest/handlers/tool-loop/service.ts';
import type { DeskService } from '../../guest/handlers/tool-loop/service.ts';
import { completion, say, startCompletionServer } from '../capability/completion-server.ts';
import type { CompletionServer } from '../capability/completion-server.ts';
import { createDesk, expectDone, ROOT, sojourn } from './run-cli.ts';
import type { Desk } from './run-cli.ts';

const HANDLER = join(ROOT, 'guest', 'handlers', 'tool-loop');
const POLICY = ['--policy', join(ROOT, 'policies', 'tool-loop'), '--key', 'a.pem'];
const KEY = 'sk-test-4242424242';
/** A flow is several processes, and each starts an engine. */
const FLOW = { timeout: 120_000 };

let desk: Desk;
let service: DeskService;
let model: CompletionServer;
beforeAll(async () => {
  [desk, service, model] = await Promise.all([createDesk(), startService(), startCompletionServer()]);
  await expectDone(desk.run('build', join(HANDLER, 'handler.ts'), '-o', 'tool-loop.wasm'));
  const request = readFileSync(join(HANDLER, 'request.json'), 'utf8');
  desk.write('request.json', request.replaceAll('http://127.0.0.1:8788', service.url));
  const advisor = { name: 'desk', kind: 'openai', url: model.url, model: 'small-1', keyEnv: 'DESK_KEY' };
  desk.write('model.json', JSON.stringify({ advisors: [advisor] }));
}, 120_000);
afterAll(async () => {
  await Promise.all([service.close(), model.close()]);
  desk.close();
});

async function makeComplaint(name: string): Promise<void> {
  const files = ['--handler', 'tool-loop.wasm', '--intent', 'request.json', '--context', join(HANDLER, 'context.json')];
  const schema = ['--schema', join(HANDLER, 'schema.json')];
  await expectDone(desk.run('new', ...files, ...schema, '--key', 'a.pem', '-o', name));
}

describe('run --advice', FLOW, () => {
  it('settles a complaint by rules, tells it as advice and replays without them', async () => {
    await makeComplaint('complaint');
    const { code, stdout } = await desk.run('run', 'complaint', ...POLICY, '--advice', join(HANDLER, 'advice.json'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/called +advisor desk: \{"order":"A-1017"/);
    expect(stdout).toMatch(/advised +by advice:desk\/rules-[0-9a-f]{16}, 90 % sure: to call refund \{"cents":1490/);
    expect(stdout).toMatch(/\nended\n/);
    expect(service.refunds()).toHaveLength(1);
    const { json } = await desk.json('show', 'complaint');
    const advice = json.entries.find(
      ({ kind, body }: { kind: string; body: { action?: unknown } }) => kind === 'proposal' && body.action === null,
    );
    expect(advice.body).toMatchObject({
      action: null,
      confidence: 1,
      body: { prompt: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect((await desk.run('verify', 'complaint', '--replay')).code).toBe(0);
  });

  it('takes the key of a model from the environment, and leaves it there', async () => {
    await makeComplaint('asked');
    model.reply(say(completion({ content: '{"settled":false,"summary":"Let people look."}' })));
    const args = ['run', 'asked', ...POLICY, '--advice', 'model.json', '--call-ms', '20000'];
    const { code, stdout, stderr } = await sojourn(args, { cwd: desk.folder, env: { DESK_KEY: KEY } });
    expect([code, stderr]).toEqual([0, '']);
    expect(model.asked[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(stdout).toContain('advice:desk/small-1');
    expect(readFileSync(desk.path('asked')).includes(KEY) || stdout.includes(KEY)).toBe(false);
  });

  it.each([
    ['a variable that is not set', 'model.json', 3, 'DESK_KEY'],
    ['a file that is not there', 'none.json', 3, 'none.json'],
    ['a member that is not known', 'misspelt.json', 3, '/advisors/0/modle'],
  ])('refuses %s, and appends nothing', async (_name, file, exit, says) => {
    desk.write('misspelt.json', '{"advisors":[{"name":"desk","kind":"openai","url":"http://127.0.0.1","modle":"m"}]}');
    await makeComplaint(`refused-${file}`);
    const before = readFileSync(desk.path(`refused-${file}`));
    const { code, stderr } = await desk.run('run', `refused-${file}`, ...POLICY, '--advice', file);
    expect(code).toBe(exit);
    expect(stderr).toMatch(/^sojourn: /);
    expect(stderr).toContain(says);
    expect(readFileSync(desk.path(`refused-${file}`)).equals(before)).toBe(true);
  });
});
