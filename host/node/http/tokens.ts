/**
 * Who may do what. A token is a secret of 256 bits; a node knows its SHA-256 alone, with scopes and bounds beside it. Nothing is
 * allowed that no line allows. Every digest is compared in full with every line, whatever is found before.
 */
import { SojournError } from '../../errors.ts';
import { fromHex, parseJson } from '../../json.ts';
import type { Clock, Hash } from '../../ports.ts';
import { validate } from '../../object/schema.ts';
import type { ValueMap } from '../../value.ts';
import { createBucket } from './bucket.ts';
import type { Bucket } from './bucket.ts';
import type { HttpLimits } from './http-limits.ts';
import { SCOPES } from './route.ts';
import type { Scope } from './route.ts';

export interface Token {
  /** For logs and messages. */
  readonly name: string;
  /** SHA-256 of the text that is sent. */
  readonly digest: Uint8Array;
  readonly scopes: ReadonlySet<Scope>;
  /** Ids; null: not bound to any. */
  readonly objects: ReadonlySet<string> | null;
  /** Digests of handlers; null: not bound to any. */
  readonly handlers: ReadonlySet<string> | null;
  /** Requests a second; null: as the node has it. */
  readonly perSecond: number | null;
  /** Milliseconds since 1970; null: never. */
  readonly expires: number | null;
}

/** Bytes of a tokens file, and lines in it: each request is compared with all of them. */
export const TOKENS_BYTES = 1_048_576;
const TOKENS_MOST = 1_024;

const HEX = { type: 'string', minLength: 64, maxLength: 64 } as const;
const FILE_SCHEMA: ValueMap = {
  type: 'object',
  properties: {
    tokens: {
      type: 'array',
      maxItems: TOKENS_MOST,
      items: {
        type: 'object',
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 64 },
          sha256: HEX,
          scopes: { type: 'array', minItems: 1, items: { type: 'string', enum: [...SCOPES] } },
          objects: { type: 'array', minItems: 1, items: HEX },
          handlers: { type: 'array', minItems: 1, items: HEX },
          perSecond: { type: 'integer', minimum: 1, maximum: 1_000_000 },
          expires: { type: 'string' },
        },
        required: ['name', 'sha256', 'scopes'],
        additionalProperties: false,
      },
    },
  },
  required: ['tokens'],
  additionalProperties: false,
};

interface FileLine {
  readonly name: string;
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  readonly objects?: readonly string[];
  readonly handlers?: readonly string[];
  readonly perSecond?: number;
  readonly expires?: string;
}

/** Reads a tokens file (docs/http.md). Errors: `token.malformed`. */
export function parseTokens(text: string, file: string): readonly Token[] {
  const result = parseJson(text, TOKENS_BYTES);
  if (!result.ok) throw malformed(file, result.message);
  const violation = validate(FILE_SCHEMA, result.value);
  if (violation !== null)
    throw malformed(file, `${violation.path}: expected ${violation.expected}, found ${violation.found}`);
  const { tokens: lines } = result.value as unknown as { readonly tokens: readonly FileLine[] }; // as the schema has it
  const seen = new Set<string>();
  return lines.map((line, index) => {
    const place = `/tokens/${index}`;
    for (const [what, one] of [
      ['name', line.name],
      ['sha256', line.sha256],
    ] as const) {
      if (seen.has(one))
        throw malformed(file, `${place}/${what}: expected each once, found ${JSON.stringify(one)} twice`);
      seen.add(one);
    }
    const digest = fromHex(line.sha256);
    if (digest === null)
      throw malformed(file, `${place}/sha256: expected 64 lower-case hexadecimal digits, found others`);
    return {
      name: line.name,
      digest,
      scopes: new Set(line.scopes),
      objects: line.objects === undefined ? null : new Set(line.objects),
      handlers: line.handlers === undefined ? null : new Set(line.handlers),
      perSecond: line.perSecond ?? null,
      expires: line.expires === undefined ? null : readInstant(line.expires, file, place),
    };
  });
}

function readInstant(text: string, file: string, place: string): number {
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes 30 February for 2 March: a token would be good for longer than anybody wrote
  if (Number.isNaN(time) || new Date(time).toISOString() !== text.replace('Z', '.000Z'))
    throw malformed(
      file,
      `${place}/expires: expected an instant such as 2026-12-24T18:00:00Z, found ${JSON.stringify(text.slice(0, 40))}`,
    );
  return time;
}

function malformed(file: string, message: string): SojournError {
  return new SojournError('token.malformed', `${file}: ${message}`, { details: { file } });
}

export interface Guard {
  /**
   * Who sent this `Authorization` header, if they may. Errors: `token.missing` for none, an unknown or an expired one; `token.refused`
   * for one without the scope; `rate.exceeded`.
   */
  admit(authorization: string | null, scope: Scope): Token;
  /** From now on these tokens count and no others. */
  replace(tokens: readonly Token[]): void;
}

export interface GuardOptions {
  readonly tokens: readonly Token[];
  readonly hash: Hash;
  readonly clock: Clock;
  readonly limits: Pick<HttpLimits, 'perSecond' | 'failuresPerSecond'>;
}

/** Characters of a token. Bounds what is hashed. */
const TOKEN_TEXT = /^Bearer ([\x21-\x7e]{16,512})$/i;

export function createGuard({ tokens: first, hash, clock, limits }: GuardOptions): Guard {
  const now = (): number => clock.now();
  const failures = createBucket(limits.failuresPerSecond, now);
  let tokens = first;
  let buckets = new Map<Token, Bucket>();

  function find(authorization: string | null): Token | null {
    const text = TOKEN_TEXT.exec(authorization ?? '')?.[1];
    if (text === undefined) return null;
    const digest = hash(new TextEncoder().encode(text));
    let found: Token | null = null;
    for (const token of tokens) found = equalDigests(token.digest, digest) ? token : found;
    return found !== null && (found.expires === null || now() < found.expires) ? found : null;
  }

  function bucketOf(token: Token): Bucket {
    const known = buckets.get(token) ?? createBucket(token.perSecond ?? limits.perSecond, now);
    buckets.set(token, known);
    return known;
  }

  return {
    admit(authorization, scope) {
      const token = find(authorization);
      const waitMs = token === null ? failures.take() : bucketOf(token).take();
      if (waitMs > 0)
        throw new SojournError('rate.exceeded', 'requests: expected fewer of them, found too many in a second: wait', {
          details: { waitMs },
        });
      if (token === null)
        throw new SojournError(
          'token.missing',
          'authorization: expected "Bearer" and a token that this node knows, found none',
        );
      if (token.scopes.has(scope)) return token;
      throw new SojournError(
        'token.refused',
        `token ${token.name}: expected one with the scope ${scope}, found ${[...token.scopes].join(', ')}`,
      );
    },
    replace(next) {
      tokens = next;
      buckets = new Map();
    },
  };
}

/** Looks at every byte, whatever is found: how long it takes says nothing of where they differ. */
function equalDigests(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) different |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return different === 0;
}
