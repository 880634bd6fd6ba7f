/**
 * `sojourn token`: tokens of a node. One is shown once, when it is made: the file has its digest alone.
 */
import { Option } from 'commander';
import type { Command } from 'commander';
import { SojournError } from '../errors.ts';
import { SCOPES } from '../node/http/route.ts';
import type { Scope } from '../node/http/route.ts';
import type { Token } from '../node/http/tokens.ts';
import { parseInstant } from '../policy/instant.ts';
import { addCommand, collect, parseCount } from './command.ts';
import type { Session } from './command.ts';
import { writeNewFile } from './files.ts';
import { showTime } from './quantities.ts';
import { cleanLine } from './safe-text.ts';
import { digestOf, makeSecret, OWNER_ONLY, readTokensFile, writeTokensFile } from './tokens-file.ts';

interface TokenFlags {
  readonly tokens: string;
  readonly scope?: readonly Scope[];
  readonly object?: readonly string[];
  readonly handler?: readonly string[];
  readonly perSecond?: number;
  readonly expires?: string;
  readonly remove?: boolean;
  readonly output?: string;
}

const TEXT = {
  summary: 'make, list or remove tokens of a node',
  description:
    'Without a name, lists the tokens that a tokens file knows. With a name, makes one and adds it: the token itself goes to -o (mode 0600) or to standard output, this once; the file gets its SHA-256. Scopes: read (look at objects and events), write (make objects, send signals, put handlers), run (evaluate), admin (hand objects over, take them in). With --object or --handler, a token is good for these alone. A running node reads the file again when it gets SIGHUP.',
  examples: [
    'token --tokens sojourn-data/tokens.json',
    'token dashboard --tokens sojourn-data/tokens.json --scope read -o dashboard.token',
    'token courier --tokens sojourn-data/tokens.json --scope read --scope write --per-second 50 --expires 2030-01-01T00:00:00Z',
    'token dashboard --tokens sojourn-data/tokens.json --remove',
  ],
  required: ['--tokens'],
};

export function addToken(program: Command, session: Session): void {
  addCommand(program, 'token', TEXT)
    .argument('[name]', 'of the token, for logs and messages')
    .option('--tokens <file>', 'the tokens file of the node')
    .addOption(new Option('--scope <scope>', 'what it is good for; may be repeated').choices(SCOPES).argParser(toScope))
    .option('--object <id>', 'good for this object alone; may be repeated', collect)
    .option('--handler <digest>', 'good for objects of this handler alone; may be repeated', collect)
    .option('--per-second <count>', 'requests a second at most (default: as the node has it)', parseCount)
    .option('--expires <instant>', 'until when, for example 2030-01-01T00:00:00Z (default: for good)')
    .option('--remove', 'take it out of the file')
    .option('-o, --output <file>', 'where to write the token; never over a file')
    .action((name: string | undefined, flags: TokenFlags) => token(name, flags, session));
}

function toScope(text: string, before: readonly Scope[] | undefined): readonly Scope[] {
  const scope = SCOPES.find((one) => one === text);
  if (scope === undefined)
    throw new SojournError(
      'usage',
      `--scope: expected ${SCOPES.join(', ')}, found ${JSON.stringify(text.slice(0, 40))}`,
    );
  return [...new Set([...(before ?? []), scope])];
}

async function token(name: string | undefined, flags: TokenFlags, session: Session): Promise<void> {
  const known = await readTokensFile(flags.tokens).catch((error: unknown) => {
    if (name !== undefined && error instanceof SojournError && error.code === 'store.missing') return [];
    throw error;
  });
  if (name === undefined) return list(known, session);
  const found = known.find((one) => one.name === name);
  return flags.remove === true ? remove(name, known, flags, session) : add(name, found, known, flags, session);
}

async function add(
  name: string,
  found: Token | undefined,
  known: readonly Token[],
  { tokens, scope, object, handler, perSecond, expires, output }: TokenFlags,
  { terminal }: Session,
): Promise<void> {
  if (found !== undefined)
    throw new SojournError(
      'store.exists',
      `${tokens}: expected no token ${JSON.stringify(name)}, found one: remove it first`,
    );
  if (scope === undefined)
    throw new SojournError('usage', '--scope: expected one at least, found none: nothing would be allowed');
  const secret = makeSecret();
  const made: Token = {
    name,
    digest: digestOf(secret),
    scopes: new Set(scope),
    objects: object === undefined ? null : new Set(object),
    handlers: handler === undefined ? null : new Set(handler),
    perSecond: perSecond ?? null,
    expires: expires === undefined ? null : readExpiry(expires),
  };
  // who holds the token before the file knows it can do nothing with it
  if (output !== undefined) await writeNewFile(output, `${secret}\n`, OWNER_ONLY);
  await writeTokensFile(tokens, [...known, made]);
  terminal.document({
    ...lineJson(made),
    file: tokens,
    ...(output === undefined ? { token: secret } : { written: output }),
  });
  if (output === undefined && !terminal.json) terminal.raw(`${secret}\n`);
  terminal.note(`${terminal.paint('good', 'made')} ${describe(made)}${output === undefined ? '' : `, in ${output}`}`);
}

async function remove(
  name: string,
  known: readonly Token[],
  { tokens }: TokenFlags,
  { terminal }: Session,
): Promise<void> {
  const left = known.filter((one) => one.name !== name);
  if (left.length === known.length)
    throw new SojournError('usage', `${tokens}: expected a token ${JSON.stringify(name)}, found none`);
  await writeTokensFile(tokens, left);
  terminal.document({ removed: name, file: tokens });
  terminal.line(`removed ${cleanLine(name)}: a running node takes it until it gets SIGHUP or is started again`);
}

function list(known: readonly Token[], { terminal }: Session): void {
  terminal.document({ tokens: known.map(lineJson) });
  if (known.length === 0) terminal.line('no token: nothing is allowed');
  for (const one of known) terminal.line(describe(one));
}

function lineJson({ name, scopes, objects, handlers, perSecond, expires }: Token) {
  return {
    name,
    scopes: [...scopes],
    objects: objects === null ? null : [...objects],
    handlers: handlers === null ? null : [...handlers],
    perSecond,
    expires,
  };
}

function describe({ name, scopes, objects, handlers, perSecond, expires }: Token): string {
  return [
    `${cleanLine(name)}: ${[...scopes].join(', ')}`,
    ...(objects === null ? [] : [`for ${objects.size === 1 ? 'one object' : `${objects.size} objects`}`]),
    ...(handlers === null ? [] : [`for ${handlers.size === 1 ? 'one handler' : `${handlers.size} handlers`}`]),
    ...(perSecond === null ? [] : [`${perSecond} a second`]),
    ...(expires === null ? [] : [`until ${showTime(expires)}`]),
  ].join(', ');
}

function readExpiry(text: string): number {
  const instant = parseInstant(text);
  if (instant !== null && instant % 1_000 === 0) return instant;
  throw new SojournError(
    'usage',
    `--expires: expected an instant such as 2030-01-01T00:00:00Z, found ${JSON.stringify(text.slice(0, 40))}`,
  );
}
