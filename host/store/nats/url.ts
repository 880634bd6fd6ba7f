/** Where a store over NATS is, as one text: `nats://host:4222`. */
import { readFileSync } from 'node:fs';
import { credsAuthenticator } from '@nats-io/transport-node';
import { SojournError } from '../../errors.ts';
import type { NatsOptions } from './channel.ts';

const FORM = /^(nats|tls):\/\/(?:([^@/?]*)@)?([^@/?]+)\/?(?:\?(.*))?$/s;
const KEYS: readonly string[] = ['prefix', 'replicas', 'lease', 'creds'];

/**
 * `(nats|tls)://[user:password@ or token@]host[:port],… [?prefix=name&replicas=n&lease=ms&creds=file]`. Errors: `usage`, without repeating
 * what may be a secret; `store.failed` where the file of credentials can't be read.
 */
export function readNatsUrl(text: string): NatsOptions {
  const [whole, scheme, credentials, hosts = '', query = ''] = FORM.exec(text) ?? [];
  if (whole === undefined) throw refused('nats://host:port', 'another form');
  const params = new URLSearchParams(query);
  for (const key of params.keys())
    if (!KEYS.includes(key)) throw refused(`one of ${KEYS.join(', ')} behind "?"`, JSON.stringify(key.slice(0, 40)));
  const [replicas, leaseMs] = [wholeNumber(params, 'replicas', 1, 5), wholeNumber(params, 'lease', 1000, 3_600_000)];
  const prefix = params.get('prefix');
  if (prefix !== null && !/^[\w-]{1,64}$/.test(prefix))
    throw refused('a prefix of letters, digits, "-" and "_"', 'another');
  const connection = { ...authOf(credentials, params.get('creds')), ...(scheme === 'tls' ? { tls: {} } : {}) };
  return {
    servers: hosts.split(','),
    ...(prefix === null ? {} : { prefix }),
    ...(replicas === null ? {} : { replicas }),
    ...(leaseMs === null ? {} : { leaseMs }),
    connection,
  };
}

/** The same text without what may be a secret: for logs and screens. */
export function showNatsUrl(text: string): string {
  return text.replace(/\/\/[^@/]*@/g, '//…@');
}

function authOf(credentials: string | undefined, file: string | null): NonNullable<NatsOptions['connection']> {
  if (file !== null) return { authenticator: credsAuthenticator(readCredentials(file)) };
  if (credentials === undefined) return {};
  const [user = '', pass] = credentials.split(':').map(decodeURIComponent);
  return pass === undefined ? { token: user } : { user, pass };
}

function readCredentials(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new SojournError('store.failed', `${file}: expected a file of credentials, found none that can be read`, {
      cause,
    });
  }
}

function wholeNumber(params: URLSearchParams, key: string, least: number, most: number): number | null {
  const text = params.get(key);
  if (text === null) return null;
  const found = Number(text);
  if (/^\d{1,9}$/.test(text) && found >= least && found <= most) return found;
  throw refused(`${key} from ${least} to ${most}`, JSON.stringify(text.slice(0, 40)));
}

function refused(expected: string, found: string): SojournError {
  return new SojournError('usage', `store: expected ${expected}, found ${found}`);
}
