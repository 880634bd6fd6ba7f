/** What a call aims at, as far as failures are told apart by it: the origin of a URL, the name of a tool. */
import { sentUrl } from './operations.ts';
import type { ValueMap } from '../value.ts';

/** Stands for any target. */
export const ANY_TARGET = '*';

const TARGET_CHARS = 256;

export function targetOf(operation: string, request: ValueMap): string {
  const { name } = request;
  const target = operation === 'http.send' ? sentUrl(request)?.origin : operation === 'tools.call' ? name : null;
  return typeof target === 'string' ? target.slice(0, TARGET_CHARS) : ANY_TARGET;
}
