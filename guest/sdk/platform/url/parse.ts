/**
 * The basic URL parser (https://url.spec.whatwg.org/#concept-basic-url-parser). The standard's state machine always ends a part at
 * the same characters, so the text is cut first and each part is read by itself.
 */
import { parseHost } from './host.ts';
import {
  C0_SET,
  FRAGMENT_SET,
  PATH_SET,
  QUERY_SET,
  SPECIAL_QUERY_SET,
  USERINFO_SET,
  percentEncode,
} from './percent.ts';
import { defaultPortOf, isSpecialScheme } from './record.ts';
import type { UrlRecord } from './record.ts';

/** Null where the text is not a URL. */
export function parseUrl(input: string, base: UrlRecord | null): UrlRecord | null {
  const text = stripBreaks(input.replaceAll(/^[\0-\x20]+|[\0-\x20]+$/g, ''));
  const [beforeFragment, fragment] = cut(text, '#');
  const [main, query] = cut(beforeFragment, '?');
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(main)?.[1];
  const parts: Parts = { rest: scheme === undefined ? main : main.slice(scheme.length + 1), query, fragment };
  const url =
    scheme === undefined ? parseWithoutScheme(parts, base) : parseWithScheme(scheme.toLowerCase(), parts, base);
  if (url === null) return null;
  if (query !== null) url.query = encodeQuery(query, url.scheme);
  url.fragment = fragment === null ? null : percentEncode(fragment, FRAGMENT_SET);
  return url;
}

interface Parts {
  readonly rest: string;
  readonly query: string | null;
  readonly fragment: string | null;
}

export function stripBreaks(text: string): string {
  return text.replaceAll(/[\t\n\r]/g, '');
}

export function encodeQuery(query: string, scheme: string): string {
  return percentEncode(query, isSpecialScheme(scheme) ? SPECIAL_QUERY_SET : QUERY_SET);
}

function cut(text: string, mark: string): [before: string, after: string | null] {
  const index = text.indexOf(mark);
  return index < 0 ? [text, null] : [text.slice(0, index), text.slice(index + 1)];
}

function segmentsOf({ path }: UrlRecord): string[] {
  return typeof path === 'string' ? [] : path.slice();
}

function emptyUrl(scheme: string): UrlRecord {
  return { scheme, username: '', password: '', host: null, port: null, path: [], query: null, fragment: null };
}

function parseWithScheme(scheme: string, parts: Parts, base: UrlRecord | null): UrlRecord | null {
  const { rest } = parts;
  const url = emptyUrl(scheme);
  if (scheme === 'file') return parseFile(url, parts, base);
  if (isSpecialScheme(scheme)) {
    if (base?.scheme === scheme && !rest.startsWith('//')) return parseRelative(parts, base);
    return parseAuthority(url, rest.replace(/^[/\\]+/, ''));
  }
  if (rest.startsWith('//')) return parseAuthority(url, rest.slice(2));
  if (rest.startsWith('/')) {
    appendPath(url, rest.slice(1));
    return url;
  }
  return parseOpaque(url, parts);
}

/** A blank at the end of an opaque path is kept apart from what follows it. */
function parseOpaque(url: UrlRecord, { rest, query, fragment }: Parts): UrlRecord {
  const path = percentEncode(rest, C0_SET);
  url.path = (query !== null || fragment !== null) && path.endsWith(' ') ? `${path.slice(0, -1)}%20` : path;
  return url;
}

function parseWithoutScheme(parts: Parts, base: UrlRecord | null): UrlRecord | null {
  if (base === null) return null;
  if (typeof base.path === 'string') {
    return parts.rest === '' && parts.query === null && parts.fragment !== null ? { ...base } : null;
  }
  return base.scheme === 'file' ? parseFile(emptyUrl('file'), parts, base) : parseRelative(parts, base);
}

function parseRelative({ rest, query }: Parts, base: UrlRecord): UrlRecord | null {
  const isSpecial = isSpecialScheme(base.scheme);
  const isSlash = (character: string | undefined): boolean => character === '/' || (isSpecial && character === '\\');
  if (isSlash(rest[0]) && isSlash(rest[1])) {
    return parseAuthority(emptyUrl(base.scheme), isSpecial ? rest.replace(/^[/\\]+/, '') : rest.slice(2));
  }
  const url: UrlRecord = { ...base, path: segmentsOf(base), query: null, fragment: null };
  if (isSlash(rest[0])) {
    url.path = [];
    appendPath(url, rest.slice(1));
  } else if (rest === '') {
    url.query = query === null ? base.query : null;
  } else {
    shortenPath(url);
    appendPath(url, rest);
  }
  return url;
}

function parseAuthority(url: UrlRecord, text: string): UrlRecord | null {
  const isSpecial = isSpecialScheme(url.scheme);
  const end = text.search(isSpecial ? /[/\\]/ : /\//);
  const authority = end < 0 ? text : text.slice(0, end);
  const at = authority.lastIndexOf('@');
  if (at >= 0) setCredentials(url, authority.slice(0, at));
  const hostAndPort = authority.slice(at + 1);
  if (at >= 0 && hostAndPort === '') return null;
  if (!setHostAndPort(url, hostAndPort)) return null;
  startPath(url, end < 0 ? '' : text.slice(end));
  return url;
}

function setCredentials(url: UrlRecord, userinfo: string): void {
  const [username, password] = cut(userinfo, ':');
  url.username = percentEncode(username, USERINFO_SET);
  url.password = percentEncode(password ?? '', USERINFO_SET);
}

/** A host and what stands behind its colon; null where there is none. A colon within brackets belongs to the host. */
export function splitHost(text: string): [host: string, port: string | null] {
  const colon = /^(?:[^:[]|\[[^\]]*(?:\]|$))*/.exec(text)?.[0].length ?? 0;
  return [text.slice(0, colon), colon < text.length ? text.slice(colon + 1) : null];
}

/** False where the text is no host with or without a port. */
function setHostAndPort(url: UrlRecord, text: string): boolean {
  const [hostText, portText] = splitHost(text);
  if (hostText === '' && (isSpecialScheme(url.scheme) || portText !== null)) return false;
  const host = hostText === '' ? '' : parseHost(hostText, isSpecialScheme(url.scheme));
  const port = parsePort(portText ?? '', url.scheme);
  if (host === null || port === false) return false;
  url.host = host;
  url.port = port;
  return true;
}

/** Null for none and for the scheme's own; false where the text is not a port. */
export function parsePort(text: string, scheme: string): number | null | false {
  if (text === '') return null;
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) return false;
  return port === defaultPortOf(scheme) ? null : port;
}

const DRIVE = /^[a-z][:|]$/i;
const STARTS_WITH_DRIVE = /^[a-z][:|](?:[/\\]|$)/i;

function parseFile(url: UrlRecord, { rest, query }: Parts, base: UrlRecord | null): UrlRecord | null {
  const from = base?.scheme === 'file' && typeof base.path !== 'string' ? base : null;
  url.host = '';
  if (/^[/\\]{2}/.test(rest)) return parseFileHost(url, rest.slice(2));
  if (/^[/\\]/.test(rest)) {
    if (from !== null) {
      url.host = from.host;
      const drive = from.path[0] ?? '';
      if (!STARTS_WITH_DRIVE.test(rest.slice(1)) && /^[a-z]:$/i.test(drive)) url.path = [drive];
    }
    appendPath(url, rest.slice(1));
  } else if (from !== null) {
    url.host = from.host;
    url.path = segmentsOf(from);
    if (rest === '') {
      url.query = query === null ? from.query : null;
      return url;
    }
    if (STARTS_WITH_DRIVE.test(rest)) url.path = [];
    else shortenPath(url);
    appendPath(url, rest);
  } else {
    appendPath(url, rest);
  }
  return url;
}

function parseFileHost(url: UrlRecord, text: string): UrlRecord | null {
  const end = text.search(/[/\\]/);
  const hostText = end < 0 ? text : text.slice(0, end);
  if (DRIVE.test(hostText)) {
    appendPath(url, text);
    return url;
  }
  const host = hostText === '' ? '' : parseHost(hostText, true);
  if (host === null) return null;
  url.host = host === 'localhost' ? '' : host;
  startPath(url, end < 0 ? '' : text.slice(end));
  return url;
}

/** The path from its first slash on. */
export function startPath(url: UrlRecord, text: string): void {
  const isSpecial = isSpecialScheme(url.scheme);
  if (isSpecial) appendPath(url, text.replace(/^[/\\]/, ''));
  else if (text !== '') appendPath(url, text.replace(/^\//, ''));
}

const SINGLE_DOT = /^(?:\.|%2e)$/i;
const DOUBLE_DOT = /^(?:\.|%2e){2}$/i;

/** Adds segments, `.` and `..` resolved. The text stands behind a slash. */
function appendPath(url: UrlRecord, text: string): void {
  const path = url.path as string[];
  const segments = text.split(isSpecialScheme(url.scheme) ? /[/\\]/ : '/');
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (DOUBLE_DOT.test(segment)) {
      shortenPath(url);
      if (isLast) path.push('');
    } else if (SINGLE_DOT.test(segment)) {
      if (isLast) path.push('');
    } else {
      const isDrive = url.scheme === 'file' && path.length === 0 && DRIVE.test(segment);
      path.push(isDrive ? `${segment.charAt(0)}:` : percentEncode(segment, PATH_SET));
    }
  }
}

function shortenPath(url: UrlRecord): void {
  const path = url.path as string[];
  if (url.scheme === 'file' && path.length === 1 && /^[a-z]:$/i.test(path[0] ?? '')) return;
  path.pop();
}
