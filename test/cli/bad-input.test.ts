import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSteps, createDesk, expectDone, makeObject, sojourn, sojournJson } from './run-cli.ts';
import type { Desk } from './run-cli.ts';

const RUN = ['--policy', 'all', '--key', 'a.pem'];
const FLOW = { timeout: 120_000 };
/** Whom permissions stop. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534 } : {};

let desk: Desk;
beforeAll(async () => {
  desk = await createDesk();
  await buildSteps(desk);
  await makeObject(desk, 'good', { step: 'finish' }, '--embed');
  desk.write('good.json', JSON.stringify({ kind: 'test', goal: 'g', input: {} }));
}, 120_000);
afterAll(() => desk.close());

const read = (name: string) => readFileSync(desk.path(name));

/** One line on standard error, or one document; both name the same, and no stack. */
async function refusal(args: readonly string[], options = {}) {
  const plain = await sojourn(args, { cwd: desk.folder, ...options });
  expect(plain.stdout).toBe('');
  expect(plain.stderr).toMatch(/^sojourn: [^\n]+\n$/);
  const { code, json } = await sojournJson(args, { cwd: desk.folder, ...options });
  expect(code).toBe(plain.code);
  expect(plain.stderr.slice('sojourn: '.length, -1)).toBe(json.error.message);
  return { exit: code, ...json.error };
}

describe('a file that is not there', FLOW, () => {
  it.each<[string, string[]]>([
    ['show', ['show', 'gone']],
    ['verify', ['verify', 'gone']],
    ['run', ['run', 'gone', ...RUN]],
    ['signal', ['signal', 'gone', 'go', '--key', 'a.pem']],
    ['new, its handler', ['new', '--handler', 'gone', '--intent', 'good.json', '-o', 'x']],
    ['new, its intent', ['new', '--handler', 'steps.wasm', '--intent', 'gone', '-o', 'x']],
    ['run, its key', ['run', 'good', '--policy', 'all', '--key', 'gone']],
    ['run, its policy', ['run', 'good', '--policy', 'gone']],
    ['policy check', ['policy', 'check', 'gone']],
    ['verify, its receipt', ['verify', 'good', '--head', 'gone']],
    ['verify, its proof', ['verify', 'good', '--proof', 'gone']],
    ['wake', ['wake', 'gone', ...RUN]],
    ['tree', ['tree', 'gone']],
    ['compare', ['compare', 'good', 'gone']],
    ['archive', ['archive', 'gone', '--to', 'x', '--key', 'a.pem']],
    ['redact', ['redact', 'gone', '--entry', '1', '-o', 'x']],
    ['run, whom it may ask', ['run', 'good', ...RUN, '--advice', 'gone']],
  ])('%s: exit code 3, and its name', async (_what, args) => {
    expect(await refusal(args)).toMatchObject({
      exit: 3,
      code: 'store.missing',
      message: expect.stringContaining('gone'),
    });
  });
});

describe('a file of another kind', FLOW, () => {
  it.each<[string, number, string[], RegExp]>([
    ['is no object', 3, ['show', 'good.json'], /^good\.json: .*\(is this an object\?\)$/],
    ['is no folder', 3, ['wake', 'good', ...RUN], /^good: expected a folder with objects, found a file$/],
    ['is no proof', 3, ['verify', 'good', '--proof', 'good.json'], /^good\.json: expected a proof/],
    [
      'is no archive',
      4,
      ['archive', 'good', '--to', 'good.json'],
      /^good\.json: expected no file, or this very archive/,
    ],
  ])('%s, and is named; no object is touched', async (_what, exit, args, says) => {
    const before = read('good');
    expect(await refusal(args)).toMatchObject({ exit, message: expect.stringMatching(says) });
    expect(Buffer.compare(read('good'), before)).toBe(0);
  });
});

describe('an intent, a context, a schema or a payload', FLOW, () => {
  const make = (...more: string[]) => ['new', '--handler', 'steps.wasm', '--key', 'a.pem', '-o', 'never', ...more];

  it.each<[string, string, string, RegExp]>([
    [
      'that is no JSON',
      '{ "kind": "a",\n  goal: 1 }',
      'intent.invalid',
      /bad\.json:2:3: expected JSON, found "g" at offset 17/,
    ],
    ['that ends too early', '{ "kind": ', 'intent.invalid', /bad\.json:1:11: expected JSON, found its end/],
    [
      'with a key that is not known',
      '{ "kind": "a", "goal": "g", "input": 1, "gaol": 2 }',
      'intent.invalid',
      /bad\.json: \/gaol: expected no other key/,
    ],
    ['without its goal', '{ "kind": "a", "input": 1 }', 'intent.invalid', /\/goal: expected a value, found none/],
    [
      'of a kind that is none',
      '{ "kind": "A B", "goal": "g", "input": 1 }',
      'intent.invalid',
      /intent\.kind: expected 1 to 64 characters/,
    ],
    ['that is a list', '[]', 'intent.invalid', /bad\.json: the whole: expected an object/],
    [
      'with a number that cannot be kept',
      '{ "kind": "a", "goal": "g", "input": 9007199254740993 }',
      'intent.invalid',
      /\/input: expected a whole number within/,
    ],
    [
      'that is too deep',
      `{ "kind": "a", "goal": "g", "input": ${'['.repeat(5000)}${']'.repeat(5000)} }`,
      'intent.invalid',
      /expected at most 32 levels, found 33/,
    ],
  ])('an intent %s is refused with its place', async (_what, text, code, says) => {
    desk.write('bad.json', text);
    expect(await refusal(make('--intent', 'bad.json'))).toMatchObject({
      exit: 3,
      code,
      message: expect.stringMatching(says),
    });
    expect(existsSync(desk.path('never'))).toBe(false);
  });

  it('an intent of bytes that are no text is refused', async () => {
    desk.write('bad.json', Uint8Array.from([0x7b, 0xff, 0xfe]));
    expect(await refusal(make('--intent', 'bad.json'))).toMatchObject({
      exit: 3,
      message: expect.stringContaining('UTF-8'),
    });
  });

  it('an intent of gigabytes is refused by its size', async () => {
    desk.write('huge.json', '');
    truncateSync(desk.path('huge.json'), 4 * 2 ** 30);
    expect(await refusal(make('--intent', 'huge.json'))).toMatchObject({
      exit: 3,
      message: expect.stringContaining('at most 65536 bytes'),
    });
    expect(await refusal(make('--intent', '/dev/zero'))).toMatchObject({
      exit: 3,
      message: expect.stringContaining('at most 65536 bytes'),
    });
  });

  it.each<[string, object, RegExp]>([
    ['a misspelt limit', { capabilities: [], budgets: { cycels: 3 } }, /\/budgets\/cycels: expected no other key/],
    ['no capabilities', { zones: [] }, /\/capabilities: expected a value/],
    ['a capability that is none', { capabilities: ['http send'] }, /capabilities\.0: expected an operation/],
    ['a budget below zero', { capabilities: [], budgets: { calls: -1 } }, /budgets\.2|budgets\.1|calls/],
    ['a depth beyond the limit', { capabilities: [], depth: 99 }, /depth/],
  ])('a context with %s is refused with its path', async (_what, context, says) => {
    desk.write('bad.json', JSON.stringify(context));
    const found = await refusal(make('--intent', 'good.json', '--context', 'bad.json'));
    expect(found).toMatchObject({ exit: 3, code: 'context.invalid', message: expect.stringMatching(says) });
  });

  it('a schema with a keyword that is not known is refused', async () => {
    desk.write('bad.json', '{ "pattern": "x" }');
    const found = await refusal(make('--intent', 'good.json', '--schema', 'bad.json'));
    expect(found).toMatchObject({ exit: 3, code: 'object.schema', message: expect.stringContaining('pattern') });
  });

  it('a payload that is no JSON is refused, and the object stays as it is', async () => {
    const before = read('good');
    const found = await refusal(['signal', 'good', 'go', '{by}', '--key', 'a.pem']);
    expect(found).toMatchObject({
      exit: 3,
      code: 'signal.invalid',
      message: 'the payload:1:2: expected JSON, found "b" at offset 1',
    });
    expect(await refusal(['signal', 'good', 'Go!', '--key', 'a.pem'])).toMatchObject({
      exit: 3,
      code: 'signal.invalid',
    });
    expect(read('good')).toEqual(before);
  });
});

describe('a handler', FLOW, () => {
  it.each<[string, string | Uint8Array]>([
    ['text', 'export default 1'],
    ['a core module', Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])],
    ['nothing', ''],
  ])('that is %s is no component', async (_what, bytes) => {
    desk.write('bad.wasm', bytes);
    const found = await refusal(['new', '--handler', 'bad.wasm', '--intent', 'good.json', '-o', 'x']);
    expect(found).toMatchObject({ exit: 3, code: 'component.malformed', message: expect.stringContaining('bad.wasm') });
  });

  it.each<[string, string, RegExp]>([
    ['does not parse', 'export default 1 +;', /bad\.ts:1:\d+/],
    ['exports nothing', 'export const a = 1;', /bad\.ts: expected a default export made with defineHandler/],
    ['imports what is not there', "import x from './x.ts';\nexport default x;", /bad\.ts:1:\d+: Could not resolve/],
  ])('that %s is not built, and nothing is written', async (_what, text, says) => {
    desk.write('bad.ts', text);
    const found = await refusal(['build', 'bad.ts', '-o', 'none.wasm']);
    expect(found).toMatchObject({ exit: 3, code: 'component.build', message: expect.stringMatching(says) });
    expect(readdirSync(desk.folder).filter((name) => name.startsWith('none'))).toEqual([]);
  });
});

describe('an object that is damaged', FLOW, () => {
  it.each<[string, (bytes: Buffer) => Uint8Array, string, number]>([
    ['of a later version', (bytes) => Uint8Array.from(bytes, (byte, at) => (at === 1 ? 3 : byte)), 'object.version', 0],
    ['that was cut off', (bytes) => bytes.subarray(0, bytes.length >> 1), 'object.truncated', 1],
    ['that is empty', () => new Uint8Array(0), 'object.seal', 0],
    ['that is text', () => Buffer.from('{"kind":"a"}'), 'object.canonical', 0],
    [
      'with a byte flipped in its seal',
      (bytes) => Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
      'object.seal',
      2,
    ],
  ])('%s is refused by name and place, and left as it is', async (_what, damage, code, index) => {
    const bytes = damage(read('good'));
    writeFileSync(desk.path('bad'), bytes);
    expect(await refusal(['show', 'bad'])).toMatchObject({ exit: 3, code, message: expect.stringMatching(/^bad: /) });
    const run = await desk.json('run', 'bad', ...RUN);
    expect(run).toMatchObject({ code: 3, json: { error: { message: expect.stringMatching(/^bad: /) } } });
    expect(await desk.json('verify', 'bad')).toMatchObject({ code: 1, json: { ok: false, index } });
    expect((await desk.run('verify', 'bad')).stdout).toMatch(
      new RegExp(`^does not hold: bad\n +where +entry ${index}\\b.*\n +why +\\S`),
    );
    expect(Buffer.compare(read('bad'), bytes)).toBe(0);
    expect(existsSync(desk.path('bad.lock'))).toBe(false);
  });

  it('a folder is no object', async () => {
    expect(await refusal(['run', 'all', ...RUN])).toMatchObject({ exit: 5, code: 'store.failed' });
    expect((await refusal(['show', 'all'])).exit).toBe(5);
  });

  it('a receipt that is none, and one of another object, hold nothing', async () => {
    desk.write('bad.receipt', 'not a receipt');
    expect(await refusal(['verify', 'good', '--head', 'bad.receipt'])).toMatchObject({ exit: 3 });
    await makeObject(desk, 'other', { step: 'finish' }, '--receipt', 'other.receipt');
    expect(await desk.json('verify', 'good', '--head', 'other.receipt')).toMatchObject({
      code: 1,
      json: { reason: 'receipt' },
    });
  });
});

describe('a key', FLOW, () => {
  it('that is none is refused, and is in no message', async () => {
    desk.write('bad.pem', '-----BEGIN PRIVATE KEY-----\nTOPSECRET\n-----END PRIVATE KEY-----\n');
    const found = await refusal(['run', 'good', '--policy', 'all', '--key', 'bad.pem']);
    expect(found).toMatchObject({
      exit: 3,
      code: 'key.malformed',
      message: expect.stringMatching(/^bad\.pem: expected an Ed25519 private key/),
    });
    expect(JSON.stringify(found)).not.toContain('TOPSECRET');
  });

  it('must be there for a signal', async () => {
    expect(await refusal(['signal', 'good', 'go'])).toMatchObject({ exit: 2, code: 'usage' });
  });
});

describe('a policy', FLOW, () => {
  it.each<[string, string, RegExp]>([
    ['a typo', 'permti(principal, action, resource);', /main\.cedar:1:\d+/],
    ['an annotation that is not known', '@verdcit("defer")\nforbid(principal, action, resource);', /verdcit/],
    ['a type error', 'permit(principal, action, resource) when { context.trust > "much" };', /main\.cedar:1:\d+/],
  ])('with %s is refused with its place', async (_what, text, says) => {
    mkdirSync(desk.path('worse'), { recursive: true });
    desk.write('worse/set.json', '{ "name": "bad" }');
    desk.write('worse/main.cedar', text);
    for (const args of [
      ['policy', 'check', 'worse'],
      ['run', 'good', '--policy', 'worse'],
    ]) {
      expect(await refusal(args)).toMatchObject({
        exit: 3,
        code: 'policy.malformed',
        message: expect.stringMatching(says),
      });
    }
    const carried = await refusal([
      'new',
      '--handler',
      'steps.wasm',
      '--intent',
      'good.json',
      '--carry',
      'worse',
      '-o',
      'x',
    ]);
    expect(carried).toMatchObject({ exit: 3, code: 'policy.malformed' });
  });
});

describe('a place to write to', FLOW, () => {
  it('is never an object that is there already', async () => {
    const before = read('good');
    const found = await refusal(['new', '--handler', 'steps.wasm', '--intent', 'good.json', '-o', 'good']);
    expect(found).toMatchObject({ exit: 4, code: 'object.exists' });
    expect(read('good')).toEqual(before);
  });

  it('that may not be written to is an error of the system, and nothing is left behind', async () => {
    mkdirSync(desk.path('closed'));
    chmodSync(desk.path('closed'), 0o555);
    chmodSync(desk.folder, 0o755);
    for (const args of [
      ['keygen', '-o', 'closed/k.pem'],
      ['new', '--handler', 'steps.wasm', '--intent', 'good.json', '-o', 'closed/o'],
    ]) {
      expect(await refusal(args, NOBODY)).toMatchObject({
        exit: 5,
        code: 'store.failed',
        message: expect.stringContaining('closed'),
      });
    }
    expect(readdirSync(desk.path('closed'))).toEqual([]);
  });

  it('that is full is an error of the system', async () => {
    const found = await refusal(['build', `${import.meta.dirname}/guests/steps.js`, '-o', '/dev/full']);
    expect(found).toMatchObject({ exit: 5, code: 'store.full', message: expect.stringContaining('/dev/full') });
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  it('is not followed out of its place by a link where a key goes', async () => {
    symlinkSync(desk.path('target'), desk.path('link.pem'));
    expect(await refusal(['keygen', '-o', 'link.pem'])).toMatchObject({ exit: 4, code: 'store.exists' });
    expect(existsSync(desk.path('target'))).toBe(false);
  });
});

describe('text from an object', FLOW, () => {
  it('cannot drive the terminal', async () => {
    const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eLIVE\r\nsealed  by node 00000000';
    desk.write('evil.json', JSON.stringify({ kind: 'test', goal: evil, input: { step: 'say', text: evil } }));
    await expectDone(
      desk.run(
        'new',
        '--handler',
        'steps.wasm',
        '--intent',
        'evil.json',
        '--context',
        'context.json',
        '--key',
        'a.pem',
        '-o',
        'evil',
      ),
    );
    await expectDone(desk.run('signal', 'evil', 'note', JSON.stringify(evil), '--key', 'a.pem'));
    const ran = await expectDone(desk.run('run', 'evil', ...RUN));
    const shown = await expectDone(desk.run('show', 'evil'));
    for (const { stdout } of [ran, shown]) {
      expect(stdout).toContain('LIVE');
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(stdout).not.toMatch(/^sealed {2}by node 0/m);
    }
    const json = await expectDone(desk.run('show', 'evil', '--json'));
    expect(json.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(JSON.parse(json.stdout).intent.goal).toBe(evil);
  });

  it('has no stack in its errors, unless one asks for it', async () => {
    const quiet = await desk.run('show', 'gone');
    const loud = await sojourn(['show', 'gone'], { cwd: desk.folder, env: { SOJOURN_DEBUG: '1' } });
    expect(quiet.stderr).not.toMatch(/\n +at /);
    expect(loud.stderr).toMatch(/\n +at /);
  });
});
