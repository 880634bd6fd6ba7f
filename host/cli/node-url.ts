/** Addresses of nodes and of objects at nodes, where a command takes a file: `http://host:port/objects/<id>`. */
import { SojournError } from '../errors.ts';

export interface ObjectUrl {
  /** As it is shown. */
  readonly url: string;
  /** Of the node, without a slash at its end. */
  readonly node: string;
  /** What a token is for: scheme, host and port. */
  readonly origin: string;
  readonly id: string;
}

const OBJECT = /^(.*)\/objects\/([0-9a-f]{64})\/?$/;

/** True of an address, whatever it leads to; else it is the name of a file. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** Errors: `usage`. */
export function readObjectUrl(text: string): ObjectUrl {
  const parsed = parse(text);
  const [, path, id] = OBJECT.exec(parsed.pathname) ?? [];
  if (path === undefined || id === undefined)
    throw wrong(text, 'the address of an object, such as http://127.0.0.1:8470/objects/<64 hexadecimal digits>');
  const node = `${parsed.origin}${path}`;
  return { url: `${node}/objects/${id}`, node, origin: parsed.origin, id };
}

/** The address of a node; that of its objects will do. Errors: `usage`. */
export function readNodeUrl(text: string): { readonly node: string; readonly origin: string } {
  const parsed = parse(text);
  if (OBJECT.test(parsed.pathname)) throw wrong(text, 'the address of a node, such as http://127.0.0.1:8470');
  const path = parsed.pathname.replace(/\/(?:objects\/?)?$/, '');
  return { node: `${parsed.origin}${path}`, origin: parsed.origin };
}

/** Refuses an address where a command works on files alone. Errors: `usage`. */
export function expectFile(text: string, command: string, instead: string): void {
  if (isUrl(text))
    throw new SojournError('usage', `${command}: expected a file, found the address ${show(text)}: ${instead}`);
}

/** Refuses options that say nothing where an object is at a node. Errors: `usage`. */
export function refuseFlags(flags: object, allowed: readonly string[], command: string, why: string): void {
  const found = Object.entries(flags).find(([name, value]) => value !== undefined && !allowed.includes(name));
  if (found === undefined) return;
  const flag = found[0].replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new SojournError('usage', `${command}: expected no --${flag} with an object at a node, found one: ${why}`);
}

function parse(text: string): URL {
  const parsed = URL.parse(text);
  if (parsed === null || !isUrl(text)) throw wrong(text, 'an address that begins with http:// or https://');
  if (parsed.username !== '' || parsed.password !== '')
    throw new SojournError(
      'usage',
      `${parsed.origin}: expected an address without a name and a password, found one: a token goes into --token-file or SOJOURN_TOKEN`,
    );
  if (parsed.search !== '' || parsed.hash !== '') throw wrong(text, 'an address without ? and #');
  return parsed;
}

function wrong(text: string, expected: string): SojournError {
  return new SojournError('usage', `expected ${expected}, found ${show(text)}`);
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
