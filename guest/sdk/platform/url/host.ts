/**
 * Hosts of the URL standard (https://url.spec.whatwg.org/#host-parsing): domains, IPv4 and IPv6 addresses, opaque hosts. Domains
 * in other scripts than ASCII are refused: their form in ASCII (`xn--…`) takes tables that no handler should carry.
 */
import { C0_SET, decodeUtf8, percentDecode, percentEncode } from './percent.ts';

const FORBIDDEN_HOST = /[\0\t\n\r #/:<>?@[\\\]^|]/;
const FORBIDDEN_DOMAIN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;

/** The host as it stands in a serialised URL; null where it is not one. */
export function parseHost(input: string, isSpecial: boolean): string | null {
  if (input.startsWith('[')) return input.endsWith(']') ? parseIpv6(input.slice(1, -1)) : null;
  if (!isSpecial) return FORBIDDEN_HOST.test(input) ? null : percentEncode(input, C0_SET);
  const domain = decodeUtf8(percentDecode(input));
  if (domain === '' || /[^\0-\x7f]/.test(domain)) return null;
  if (FORBIDDEN_DOMAIN.test(domain)) return null;
  const ascii = domain.toLowerCase();
  return endsInNumber(ascii) ? parseIpv4(ascii) : ascii;
}

function labelsOf(domain: string): string[] {
  const labels = domain.split('.');
  if (labels.length > 1 && labels.at(-1) === '') labels.pop();
  return labels;
}

function endsInNumber(domain: string): boolean {
  const last = labelsOf(domain).at(-1) ?? '';
  return /^\d+$/.test(last) || /^0x[0-9a-f]*$/.test(last);
}

function parseIpv4(domain: string): string | null {
  const labels = labelsOf(domain);
  const numbers = labels.map(parseIpv4Number);
  const last = numbers.at(-1);
  const leading = numbers.slice(0, -1);
  if (labels.length > 4 || last === undefined || last === null) return null;
  if (leading.some((number) => number === null || number > 255) || last >= 256 ** (5 - labels.length)) return null;
  const address = leading.reduce((sum: number, number, index) => sum + (number ?? 0) * 256 ** (3 - index), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** Decimal, octal with a leading 0, hexadecimal with 0x. */
function parseIpv4Number(text: string): number | null {
  if (/^0x[0-9a-f]*$/.test(text)) return text === '0x' ? 0 : Number.parseInt(text.slice(2), 16);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return /^(0|[1-9]\d*)$/.test(text) ? Number.parseInt(text, 10) : null;
}

function parseIpv6(text: string): string | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parsePieces(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parsePieces(halves[1] ?? '', true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return `[${serialiseIpv6([...head, ...new Array<number>(missing).fill(0), ...tail])}]`;
}

/** Pieces of 16 bits; an IPv4 address may stand in the place of the last two. */
function parsePieces(text: string, isEnd: boolean): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  const embedded = isEnd && last.includes('.') ? parseDotted(last) : [];
  if (embedded === null) return null;
  const plain = embedded.length > 0 ? parts.slice(0, -1) : parts;
  if (!plain.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return null;
  return [...plain.map((part) => Number.parseInt(part, 16)), ...embedded];
}

function parseDotted(text: string): number[] | null {
  const match = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(text);
  const [a = 256, b = 256, c = 256, d = 256] = match?.slice(1).map(Number) ?? [];
  return Math.max(a, b, c, d) > 255 ? null : [a * 256 + b, c * 256 + d];
}

/** The first longest run of two or more zero pieces becomes `::`. */
function serialiseIpv6(pieces: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let index = 0; index < pieces.length; index += 1) {
    let run = 0;
    while (pieces[index + run] === 0) run += 1;
    if (run > length) [start, length] = [index, run];
  }
  const join = (part: readonly number[]): string => part.map((piece) => piece.toString(16)).join(':');
  return start < 0 ? join(pieces) : `${join(pieces.slice(0, start))}::${join(pieces.slice(start + length))}`;
}
