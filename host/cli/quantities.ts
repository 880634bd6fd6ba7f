/** Times, durations, sizes, ids and counts as people read them. */
import { hex } from '../json.ts';

/** What a Date can hold; the format goes a little further. */
const LAST_DATE_MS = 8.64e15;
const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
  ['millisecond', 1],
] as const;

/** `2026-12-24 18:00:00 UTC` */
export function showTime(ms: number): string {
  if (ms > LAST_DATE_MS) return `${ms} ms after 1970`;
  return `${new Date(ms).toISOString().slice(0, -5).replace('T', ' ')} UTC`;
}

/** `30 days`, `1 hour 30 minutes`: exact, in the largest units. */
export function showDuration(ms: number): string {
  let left = ms;
  const parts: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(showCount(count, name));
  }
  return parts.length === 0 ? 'no time' : parts.join(' ');
}

/** `1,234 bytes`, `1.6 MiB` */
export function showBytes(bytes: number): string {
  if (bytes < 10_240) return showCount(bytes, 'byte');
  return bytes < 1_048_576 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** `1 cycle`, `12 cycles`, `2 entries` */
export function showCount(count: number, noun: string): string {
  const plural = noun.endsWith('y') && !/[aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${showNumber(count)} ${count === 1 ? noun : plural}`;
}

export function showNumber(value: number): string {
  return value.toLocaleString('en-US');
}

/** The first digits of an id: enough to tell nodes apart, too few to prove anything. */
export function shortId(id: Uint8Array | string): string {
  const text = typeof id === 'string' ? id : hex(id);
  return /^0+$/.test(text) ? 'nobody' : text.slice(0, 8);
}
