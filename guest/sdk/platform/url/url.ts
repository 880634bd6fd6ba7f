/**
 * URL of the URL standard (https://url.spec.whatwg.org/#url-class), without domains in other scripts than ASCII (see host.ts) and
 * without `createObjectURL`.
 */
import { parseHost } from './host.ts';
import { encodeQuery, parsePort, parseUrl, splitHost, startPath, stripBreaks } from './parse.ts';
import { FRAGMENT_SET, USERINFO_SET, percentEncode } from './percent.ts';
import { defaultPortOf, isSpecialScheme, serialisePath, serialiseUrl } from './record.ts';
import type { UrlRecord } from './record.ts';
import { GuestURLSearchParams } from './search-params.ts';

export class GuestURL {
  #url: UrlRecord;
  readonly #params: GuestURLSearchParams;

  /** Throws a TypeError where the text is not a URL. */
  constructor(input: unknown, base?: unknown) {
    const url = parse(input, base);
    if (url === null) throw new TypeError(`URL: expected a URL, found '${String(input).slice(0, 200)}'`);
    this.#url = url;
    this.#params = GuestURLSearchParams.attach(url.query ?? '', (query) => {
      this.#url.query = query === '' ? null : query;
    });
  }

  static canParse(input: unknown, base?: unknown): boolean {
    return parse(input, base) !== null;
  }

  static parse(input: unknown, base?: unknown): GuestURL | null {
    return GuestURL.canParse(input, base) ? new GuestURL(input, base) : null;
  }

  get href(): string {
    return serialiseUrl(this.#url);
  }

  set href(value: string) {
    const url = parse(value, undefined);
    if (url === null) throw new TypeError(`URL: expected a URL, found '${value.slice(0, 200)}'`);
    this.#url = url;
    GuestURLSearchParams.refresh(this.#params, url.query ?? '');
  }

  get origin(): string {
    const { scheme, path } = this.#url;
    if (scheme === 'blob' && typeof path === 'string') {
      const inner = parse(path, undefined);
      return inner !== null && /^https?$/.test(inner.scheme) ? new GuestURL(path).origin : 'null';
    }
    return isSpecialScheme(scheme) && scheme !== 'file' ? `${scheme}://${this.host}` : 'null';
  }

  get protocol(): string {
    return `${this.#url.scheme}:`;
  }

  set protocol(value: string) {
    const scheme = /^([a-z][a-z0-9+.-]*)(?::|$)/i.exec(stripBreaks(value))?.[1]?.toLowerCase();
    const url = this.#url;
    if (scheme === undefined || isSpecialScheme(scheme) !== isSpecialScheme(url.scheme)) return;
    const hasAuthority = url.username !== '' || url.password !== '' || url.port !== null;
    if ((scheme === 'file' && hasAuthority) || (url.scheme === 'file' && url.host === '')) return;
    url.scheme = scheme;
    if (url.port === defaultPortOf(scheme)) url.port = null;
  }

  get username(): string {
    return this.#url.username;
  }

  set username(value: string) {
    if (this.#canHaveAuthority()) this.#url.username = percentEncode(value, USERINFO_SET);
  }

  get password(): string {
    return this.#url.password;
  }

  set password(value: string) {
    if (this.#canHaveAuthority()) this.#url.password = percentEncode(value, USERINFO_SET);
  }

  get host(): string {
    const { host, port } = this.#url;
    return `${host ?? ''}${port === null ? '' : `:${port}`}`;
  }

  /** A port that is not given stays. What is no host is ignored. */
  set host(value: string) {
    const [host, port] = splitHost(hostPart(value, this.#url));
    if (this.#url.scheme === 'file' && port !== null) return;
    if (host === '' && port !== null) return;
    if (this.#setHost(host) && port !== null && port !== '') this.#setPort(port);
  }

  get hostname(): string {
    return this.#url.host ?? '';
  }

  set hostname(value: string) {
    const [host, port] = splitHost(hostPart(value, this.#url));
    if (port === null) this.#setHost(host);
  }

  get port(): string {
    return this.#url.port === null ? '' : String(this.#url.port);
  }

  set port(value: string) {
    if (!this.#canHaveAuthority()) return;
    const text = stripBreaks(value);
    if (text === '') this.#url.port = null;
    else this.#setPort(text);
  }

  get pathname(): string {
    return serialisePath(this.#url);
  }

  set pathname(value: string) {
    if (typeof this.#url.path === 'string') return;
    const text = stripBreaks(value);
    this.#url.path = text === '' && this.#url.host === null ? [''] : [];
    if (text !== '' || this.#url.host !== null) startPath(this.#url, text);
  }

  get search(): string {
    return this.#url.query === null || this.#url.query === '' ? '' : `?${this.#url.query}`;
  }

  set search(value: string) {
    const query = stripBreaks(value).replace(/^\?/, '');
    this.#url.query = value === '' ? null : encodeQuery(query, this.#url.scheme);
    GuestURLSearchParams.refresh(this.#params, query);
  }

  get searchParams(): GuestURLSearchParams {
    return this.#params;
  }

  get hash(): string {
    return this.#url.fragment === null || this.#url.fragment === '' ? '' : `#${this.#url.fragment}`;
  }

  set hash(value: string) {
    this.#url.fragment = value === '' ? null : percentEncode(stripBreaks(value).replace(/^#/, ''), FRAGMENT_SET);
  }

  toString(): string {
    return this.href;
  }

  toJSON(): string {
    return this.href;
  }

  #canHaveAuthority(): boolean {
    const { host, scheme } = this.#url;
    return host !== null && host !== '' && scheme !== 'file';
  }

  /** False, and no change, where the text is no host for this URL. */
  #setHost(text: string): boolean {
    const url = this.#url;
    if (typeof url.path === 'string') return false;
    const isSpecial = isSpecialScheme(url.scheme);
    // Without a host there is no place for user, password and port.
    const canBeEmpty =
      url.scheme === 'file' || (!isSpecial && url.username === '' && url.password === '' && url.port === null);
    const host = text === '' ? '' : parseHost(text, isSpecial);
    if (host === null || (host === '' && !canBeEmpty)) return false;
    url.host = url.scheme === 'file' && host === 'localhost' ? '' : host;
    return true;
  }

  /** Takes the digits at the start; no change where there are none, or too large a number. */
  #setPort(text: string): void {
    const port = parsePort(/^\d+/.exec(text)?.[0] ?? 'none', this.#url.scheme);
    if (port !== false) this.#url.port = port;
  }
}

function parse(input: unknown, base: unknown): UrlRecord | null {
  if (base === undefined) return parseUrl(String(input), null);
  const parsedBase = parseUrl(String(base), null);
  return parsedBase === null ? null : parseUrl(String(input), parsedBase);
}

/** A host ends where a path, a query or a fragment would begin. */
function hostPart(value: string, { scheme }: UrlRecord): string {
  return stripBreaks(value).replace(isSpecialScheme(scheme) ? /[/\\?#].*$/ : /[/?#].*$/, '');
}
