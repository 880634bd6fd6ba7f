/**
 * The node's advisors from a file of its operator (docs/advice.md). Keys of APIs are named there, never written there: they come from
 * the environment or from a file of their own, and go nowhere but into the advisor's closure.
 */
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Advisor } from '../capability/advice.ts';
import { createOpenAiAdvisor } from '../capability/advice-openai.ts';
import type { OpenAiOptions } from '../capability/advice-openai.ts';
import { createRulesAdvisor } from '../capability/advice-rules.ts';
import { createClosedReader } from '../capability/closed-reader.ts';
import type { ClosedReader } from '../capability/closed-reader.ts';
import type { Fetch } from '../capability/http.ts';
import { SojournError } from '../errors.ts';
import { hex, parseJson } from '../json.ts';
import { toStoreError } from '../store/store-error.ts';
import { isList } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import { nativeHash } from './native.ts';

export interface AdvisorSources {
  readonly env: { readonly [name: string]: string | undefined };
  readonly fetch: Fetch;
}

const FILE_BYTES = 1024 * 1024;
const KEY_BYTES = 8_192;
const ADVISORS = 64;
const VERSION_DIGITS = 16;

/** Errors: `advice.malformed` with file and path, `store.missing`, `store.failed`, `usage` for what an advisor can't be. */
export async function loadAdvisors(path: string, sources: AdvisorSources): Promise<readonly Advisor[]> {
  const read = createClosedReader(path);
  const { advisors } = read.map(await readJson(path), '', ['advisors'], []);
  if (!isList(advisors) || advisors.length > ADVISORS) throw read.refuse('/advisors', `a list of at most ${ADVISORS}`);
  const folder = dirname(path);
  return Promise.all(advisors.map((item, i) => readAdvisor(read, item, `/advisors/${i}`, folder, sources)));
}

async function readAdvisor(
  read: ClosedReader,
  item: Value,
  path: string,
  folder: string,
  sources: AdvisorSources,
): Promise<Advisor> {
  const { kind } = read.map(item, path, ['name', 'kind'], [...OPENAI, ...RULES]);
  if (kind === 'openai') return readOpenAi(read, item, path, folder, sources);
  if (kind === 'rules') return readRulesFile(read, item, path, folder);
  throw read.refuse(`${path}/kind`, 'openai or rules');
}

const OPENAI = ['url', 'model', 'keyEnv', 'keyFile', 'temperature', 'tokenLimit', 'logprobs'];
const RULES = ['file'];

async function readOpenAi(
  read: ClosedReader,
  item: Value,
  path: string,
  folder: string,
  sources: AdvisorSources,
): Promise<Advisor> {
  const map = read.map(item, path, ['name', 'kind', 'url', 'model'], OPENAI);
  const { temperature, tokenLimit, logprobs } = map;
  if (temperature !== undefined && !(typeof temperature === 'number' && temperature >= 0 && temperature <= 2))
    throw read.refuse(`${path}/temperature`, 'a number from 0 to 2');
  if (tokenLimit !== undefined && tokenLimit !== 'max_tokens' && tokenLimit !== 'max_completion_tokens')
    throw read.refuse(`${path}/tokenLimit`, 'max_tokens or max_completion_tokens');
  if (logprobs !== undefined && typeof logprobs !== 'boolean') throw read.refuse(`${path}/logprobs`, 'true or false');
  const options: OpenAiOptions = {
    name: text(read, map, 'name', path),
    url: text(read, map, 'url', path),
    model: text(read, map, 'model', path),
    key: await readKey(read, map, path, folder, sources),
    fetch: sources.fetch,
    ...(temperature === undefined ? {} : { temperature }),
    ...(tokenLimit === undefined ? {} : { tokenLimit }),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
  return createOpenAiAdvisor(options);
}

/** Null where neither place is named: a server on the same machine often wants none. */
async function readKey(
  read: ClosedReader,
  map: ValueMap,
  path: string,
  folder: string,
  { env }: AdvisorSources,
): Promise<string | null> {
  const { keyEnv, keyFile } = map;
  if (keyEnv !== undefined && keyFile !== undefined) throw read.refuse(path, 'keyEnv or keyFile, not both');
  if (keyFile !== undefined)
    return (await readTextFile(resolve(folder, text(read, map, 'keyFile', path)), KEY_BYTES)).trim();
  if (keyEnv === undefined) return null;
  const name = text(read, map, 'keyEnv', path);
  const key = env[name];
  if (key === undefined || key === '') throw read.refuse(`${path}/keyEnv`, `a key in the environment variable ${name}`);
  return key;
}

async function readRulesFile(read: ClosedReader, item: Value, path: string, folder: string): Promise<Advisor> {
  const map = read.map(item, path, ['name', 'kind', 'file'], []);
  const file = resolve(folder, text(read, map, 'file', path));
  const source = await readTextFile(file, FILE_BYTES);
  return createRulesAdvisor({
    name: text(read, map, 'name', path),
    table: parse(source, file),
    version: hex(nativeHash(new TextEncoder().encode(source))).slice(0, VERSION_DIGITS),
    origin: file,
  });
}

function text(read: ClosedReader, map: ValueMap, key: string, path: string): string {
  const value = map[key];
  if (typeof value === 'string' && value !== '') return value;
  throw read.refuse(`${path}/${key}`, 'a text that is not empty');
}

async function readJson(path: string): Promise<Value> {
  return parse(await readTextFile(path, FILE_BYTES), path);
}

function parse(source: string, path: string): Value {
  const parsed = parseJson(source, FILE_BYTES);
  if (parsed.ok) return parsed.value;
  throw new SojournError('advice.malformed', `${path}: ${parsed.message}`, { details: { file: path } });
}

async function readTextFile(path: string, most: number): Promise<string> {
  const excess = new SojournError('advice.malformed', `${path}: expected at most ${most} bytes, found more`, {
    details: { file: path },
  });
  let bytes: Uint8Array;
  try {
    await using handle = await open(path);
    if ((await handle.stat()).size > most) throw excess;
    bytes = await handle.readFile();
  } catch (error) {
    throw toStoreError(path, error, 'reading');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SojournError('advice.malformed', `${path}: expected text in UTF-8`, { details: { file: path } });
  }
}
