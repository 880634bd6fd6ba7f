import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SojournError } from '../../host/errors.ts';
import { loadAdvisors } from '../../host/node/load-advisors.ts';

const MODEL = { name: 'model', kind: 'openai', url: 'https://example.com/v1', model: 'small-1' };
const TABLE = { rules: [{ id: 'any', answer: { text: 'Hm.' } }] };
const KEY = 'sk-test-4242424242';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-advisors-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: unknown): string => {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return join(folder, name);
};

async function load(advisors: unknown, env = {}): Promise<ReturnType<typeof loadAdvisors>> {
  return loadAdvisors(write('advice.json', { advisors }), { env, fetch });
}

async function failure(attempt: Promise<unknown>): Promise<SojournError> {
  const error: unknown = await attempt.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SojournError)) throw new Error(`expected a SojournError, found ${String(error)}`);
  return error;
}

describe('a file of advisors', () => {
  it('names models and tables; a table is told from another by its digest', async () => {
    write('triage.json', TABLE);
    const advisors = await load([MODEL, { name: 'triage', kind: 'rules', file: 'triage.json' }]);
    expect(advisors.map(({ name, model }) => [name, model])).toEqual([
      ['model', 'small-1'],
      ['triage', expect.stringMatching(/^rules-[0-9a-f]{16}$/)],
    ]);
    write('triage.json', { rules: [{ id: 'any', answer: { text: 'Hmm.' } }] });
    const [changed] = await load([{ name: 'triage', kind: 'rules', file: 'triage.json' }]);
    expect(changed?.model).not.toBe(advisors[1]?.model);
  });

  it('reads as docs/advice.md shows it', async () => {
    const page = readFileSync(new URL('../../docs/advice.md', import.meta.url), 'utf8');
    const [advisors, rules] = Array.from(page.matchAll(/```json\n([\s\S]*?)```/g), ([, text]) => text);
    write('rules.json', rules);
    const loaded = await loadAdvisors(write('advice.json', advisors), { env: { MODEL_KEY: KEY }, fetch });
    expect(loaded.map(({ name }) => name)).toEqual(['desk', 'model']);
  });

  it.each([
    ['the environment', { keyEnv: 'MODEL_KEY' }],
    ['a file', { keyFile: 'key.txt' }],
  ])('takes a key from %s and shows it nowhere', async (_name, where) => {
    write('key.txt', `${KEY}\n`);
    const advisors = await load([{ ...MODEL, ...where }], { MODEL_KEY: KEY });
    expect(JSON.stringify(advisors)).not.toContain(KEY);
  });

  it.each<[string, unknown, string]>([
    ['a key in its text', [{ ...MODEL, key: KEY }], '/advisors/0/key'],
    ['a misspelt member', [{ ...MODEL, tempurature: 0 }], '/advisors/0/tempurature'],
    ['a member of another kind', [{ ...MODEL, file: 'x' }], '/advisors/0/file'],
    ['another kind', [{ ...MODEL, kind: 'oracle' }], '/advisors/0/kind'],
    ['no model', [{ ...MODEL, model: undefined }], '/advisors/0/model'],
    ['a key from two places', [{ ...MODEL, keyEnv: 'A', keyFile: 'b' }], 'not both'],
    ['a variable that is not set', [{ ...MODEL, keyEnv: 'NOT_SET' }], 'NOT_SET'],
    ['a temperature that is too hot', [{ ...MODEL, temperature: 3 }], '/advisors/0/temperature'],
    ['another bound of tokens', [{ ...MODEL, tokenLimit: 'tokens' }], '/advisors/0/tokenLimit'],
    ['probabilities that are no yes', [{ ...MODEL, logprobs: 'yes' }], '/advisors/0/logprobs'],
    ['no list', {}, '/advisors'],
  ])('is refused with %s', async (_name, advisors, says) => {
    const error = await failure(load(advisors));
    expect(error.code).toBe('advice.malformed');
    expect(error.message).toContain(says);
    expect(error.message).not.toContain(KEY);
  });

  it.each([
    ['a URL that is none', { url: 'example.com' }, {}],
    ['a URL with a password', { url: 'https://me:secret@example.com' }, {}],
    ['a key that is too short', { keyEnv: 'MODEL_KEY' }, { MODEL_KEY: 'short' }],
    ['a key with a line break', { keyEnv: 'MODEL_KEY' }, { MODEL_KEY: `${KEY}\r\nx: y` }],
  ])('is refused with %s, which is not shown', async (_name, change, env) => {
    const error = await failure(load([{ ...MODEL, ...change }], env));
    expect(error.code).toBe('usage');
    expect(error.message).not.toMatch(/secret|4242|short/);
  });

  it('is refused where it is no JSON, too large or not there', async () => {
    expect((await failure(loadAdvisors(write('a.json', '{'), { env: {}, fetch }))).code).toBe('advice.malformed');
    const large = write('b.json', ' '.repeat(1_048_577));
    expect((await failure(loadAdvisors(large, { env: {}, fetch }))).message).toContain('at most 1048576 bytes');
    expect((await failure(loadAdvisors(join(folder, 'none.json'), { env: {}, fetch }))).code).toBe('store.missing');
    expect((await failure(load([{ name: 'triage', kind: 'rules', file: 'none.json' }]))).code).toBe('store.missing');
  });
});
