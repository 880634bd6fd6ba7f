/**
 * A URL record (https://url.spec.whatwg.org/#url-representation) and its text.
 */

export interface UrlRecord {
  scheme: string;
  username: string;
  password: string;
  /** As it is written; null where the URL has none. */
  host: string | null;
  /** Null for none, and for the scheme's own. */
  port: number | null;
  /** Segments, or the whole text of an opaque path such as that of `mailto:`. */
  path: string[] | string;
  query: string | null;
  fragment: string | null;
}

const DEFAULT_PORTS: { readonly [scheme: string]: number | null } = {
  ftp: 21,
  file: null,
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
};

export function isSpecialScheme(scheme: string): boolean {
  return Object.hasOwn(DEFAULT_PORTS, scheme);
}

export function defaultPortOf(scheme: string): number | null {
  return isSpecialScheme(scheme) ? (DEFAULT_PORTS[scheme] ?? null) : null;
}

export function serialisePath({ path }: UrlRecord): string {
  return typeof path === 'string' ? path : path.map((segment) => `/${segment}`).join('');
}

export function serialiseUrl(url: UrlRecord): string {
  let text = `${url.scheme}:`;
  if (url.host !== null) {
    text += '//';
    if (url.username !== '' || url.password !== '') {
      text += `${url.username}${url.password === '' ? '' : `:${url.password}`}@`;
    }
    text += `${url.host}${url.port === null ? '' : `:${url.port}`}`;
  } else if (typeof url.path !== 'string' && url.path.length > 1 && url.path[0] === '') {
    // Without it, a path that begins with two slashes would be read as a host.
    text += '/.';
  }
  text += serialisePath(url);
  if (url.query !== null) text += `?${url.query}`;
  if (url.fragment !== null) text += `#${url.fragment}`;
  return text;
}
