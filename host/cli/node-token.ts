/**
 * Tokens for nodes: one alone for the one node that a command names, or one a line beside the origin that it is for. A token goes to no
 * other origin than its own, and stands on no command line, where others could read it.
 */
import type { Command } from 'commander';
import { SojournError } from '../errors.ts';
import { readText } from './files.ts';

const FILE_BYTES = 65_536;
/** What may stand in a header: of RFC 6750, and short enough for any server. */
const TOKEN = /^[A-Za-z0-9._~+/=-]{1,512}$/;

export interface TokenFlags {
  readonly tokenFile?: string;
}

/** The token for an origin; null where there is none. */
export type TokenFor = (origin: string) => string | null;

export function addTokenOption(command: Command): Command {
  return command.option(
    '--token-file <file>',
    'a token for the node, or lines of an origin and its token (default: SOJOURN_TOKEN)',
  );
}

/** `origins`: those that the command names. Errors: `usage`, `store.*`. */
export async function readTokens(
  { tokenFile }: TokenFlags,
  env: { readonly [name: string]: string | undefined },
  origins: ReadonlySet<string>,
): Promise<TokenFor> {
  const fromEnv = env['SOJOURN_TOKEN'] ?? '';
  if (tokenFile === undefined) return fromEnv === '' ? () => null : single(fromEnv, 'SOJOURN_TOKEN', origins);
  const lines = (await readText(tokenFile, FILE_BYTES, 'usage'))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const [first] = lines;
  if (lines.length === 1 && first !== undefined && !/\s/.test(first)) return single(first, tokenFile, origins);
  const tokens = new Map(lines.map((line, index) => readLine(line, `${tokenFile}: token ${index + 1}`)));
  return (origin) => tokens.get(origin) ?? null;
}

function single(token: string, source: string, origins: ReadonlySet<string>): TokenFor {
  expectToken(token, source);
  if (origins.size <= 1) return (origin) => (origins.has(origin) ? token : null);
  throw new SojournError(
    'usage',
    `${source}: expected an origin beside each token where a command names ${origins.size} nodes, found one token alone: write lines such as "http://127.0.0.1:8470 <token>" into a file for --token-file`,
  );
}

function readLine(line: string, place: string): readonly [string, string] {
  const [address = '', token = '', ...more] = line.split(/\s+/);
  const origin = URL.parse(address)?.origin ?? 'null';
  if (origin === 'null' || more.length > 0)
    throw new SojournError('usage', `${place}: expected an origin and a token, as in "http://127.0.0.1:8470 <token>"`);
  expectToken(token, place);
  return [origin, token];
}

/** Never shows what it found: it may be a token with a slip in it. */
function expectToken(token: string, place: string): void {
  if (!TOKEN.test(token)) throw new SojournError('usage', `${place}: expected a token, found other text`);
}
