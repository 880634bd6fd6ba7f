import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTokens } from '../../host/cli/node-token.ts';
import { isUrl, readNodeUrl, readObjectUrl, refuseFlags } from '../../host/cli/node-url.ts';

const ID = '0123456789abcdef'.repeat(4);
const A = 'http://127.0.0.1:8470';
const B = 'https://b.example';

describe('the address of an object', () => {
  it('is taken apart, also below a path and with a slash at its end', () => {
    expect(readObjectUrl(`${A}/objects/${ID}`)).toEqual({ url: `${A}/objects/${ID}`, node: A, origin: A, id: ID });
    expect(readObjectUrl(`${B}/nodes/7/objects/${ID}/`)).toEqual({
      url: `${B}/nodes/7/objects/${ID}`,
      node: `${B}/nodes/7`,
      origin: B,
      id: ID,
    });
  });

  it.each([A, `${A}/objects`, `${A}/objects/${ID.toUpperCase()}`, `${A}/objects/${ID}0`, `${A}/objects/${ID}/x`])(
    '%s is none',
    (text) => expect(() => readObjectUrl(text)).toThrow(/expected the address of an object/),
  );

  it('has no secrets in it, and the message shows none', () => {
    const read = () => readObjectUrl(`http://me:hunter2@127.0.0.1/objects/${ID}`);
    expect(read).toThrow(/without a name and a password/);
    expect(read).not.toThrow(/hunter2/);
  });

  it('is told from a file by how it begins', () => {
    expect([A, 'HTTP://x', 'http.sojourn', './http://x', 'ftp://x'].map((text) => isUrl(text))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the address of a node', () => {
  it.each([A, `${A}/`, `${A}/objects`, `${A}/objects/`])('is read from %s', (text) =>
    expect(readNodeUrl(text)).toEqual({ node: A, origin: A }),
  );
  it('is not that of an object', () => expect(() => readNodeUrl(`${A}/objects/${ID}`)).toThrow(/address of a node/));
  it.each([`${A}?x=1`, `${A}#x`, 'http://', 'nats://x'])('is not %s', (text) =>
    expect(() => readNodeUrl(text)).toThrow(/expected an address|expected/),
  );
});

describe('options that say nothing at a node', () => {
  it('are named as they are written', () => {
    expect(() => refuseFlags({ once: true, memoryPages: 3 }, ['once'], 'run', 'because')).toThrow(
      'run: expected no --memory-pages with an object at a node, found one: because',
    );
    expect(() => refuseFlags({ once: true, memoryPages: undefined }, ['once'], 'run', 'because')).not.toThrow();
  });
});

describe('tokens', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-token-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const tokens = (tokenFile: string | undefined, origins: string[], env: Record<string, string> = {}) =>
    readTokens(tokenFile === undefined ? {} : { tokenFile }, env, new Set(origins));

  it('one alone goes to the node that the command names, and to no other', async () => {
    const tokenFor = await tokens(file('one', 'abc-DEF\n'), [A]);
    expect([tokenFor(A), tokenFor(B), tokenFor('http://127.0.0.1:8471')]).toEqual(['abc-DEF', null, null]);
  });

  it('one alone is refused where two nodes are named', async () => {
    await expect(tokens(undefined, [A, B], { SOJOURN_TOKEN: 'abc' })).rejects.toThrow(/expected an origin beside/);
  });

  it('stand beside their origins, with remarks', async () => {
    const tokenFor = await tokens(file('two', `# mine\n${A}/ aaa\n\n${B}:443   bbb\r\n`), [A, B]);
    expect([tokenFor(A), tokenFor(B), tokenFor('http://b.example')]).toEqual(['aaa', 'bbb', null]);
  });

  it('come from SOJOURN_TOKEN where no file is named, and a file goes before', async () => {
    expect((await tokens(undefined, [A], { SOJOURN_TOKEN: 'env' }))(A)).toBe('env');
    expect((await tokens(file('one', 'abc'), [A], { SOJOURN_TOKEN: 'env' }))(A)).toBe('abc');
    expect((await tokens(undefined, [A], { SOJOURN_TOKEN: '' }))(A)).toBeNull();
  });

  it.each([
    ['two words', 'sec ret\n'],
    ['a line break inside', `${A} sec\u0000ret`],
    ['three words', `${A} sec ret`],
    ['no origin', 'somewhere secret\nelsewhere secret'],
  ])('with %s are refused, and not shown', async (name, text) => {
    const reading = tokens(file(name.replaceAll(' ', '-'), text), [A]);
    await expect(reading).rejects.toMatchObject({ code: 'usage' });
    await expect(reading).rejects.not.toThrow(/sec/);
  });
});
