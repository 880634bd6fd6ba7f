/** What an attack is: a guest, what it is let do, and exactly how its run ends. */
import { readFileSync } from 'node:fs';
import { buildCore } from '../sandbox/guest-builds.ts';
import type { CoreOptions, Handler } from '../sandbox/guest-builds.ts';
import type { CycleLimits } from '../../host/limits.ts';
import type { GuestCall, GuestReply, HandlerResult } from '../../host/ports.ts';

export interface Case {
  readonly name: string;
  readonly guest: () => Promise<Handler>;
  readonly limits?: Partial<CycleLimits>;
  readonly answer?: (call: GuestCall) => GuestReply | Promise<GuestReply>;
  /** What the JavaScript guest is told to do. */
  readonly way?: string;
  readonly ends: Partial<Record<keyof Extract<HandlerResult, { kind: 'bound' }> | 'code' | 'proposal', unknown>>;
  /** What the message must say. */
  readonly says?: RegExp;
  /** Calls that came through to the host; unchecked where left out. */
  readonly calls?: number;
}

/** More than any run uses up before its deadline. */
export const NO_FUEL_LIMIT = 2 ** 42;

/** So little that what never ends, ends soon. */
export const LITTLE_FUEL = { fuel: 10_000_000 };

/** Nothing but the deadline can end what never ends. */
export const FUEL_FOR_YEARS = { fuel: NO_FUEL_LIMIT, deadlineMs: 500 };

export const TRAP = { kind: 'trap' };

export function bound(name: string): Case['ends'] {
  return { kind: 'bound', bound: name };
}

export function refused(code: string): Case['ends'] {
  return { kind: 'refused', code };
}

/** A guest of the folder guests/. */
export function core(name: string, options: CoreOptions = {}): Case['guest'] {
  return () => buildCore(readFileSync(new URL(`guests/${name}.wat`, import.meta.url), 'utf8'), options);
}

/** A guest whose `handle` has this body, and `fields` beside it. `(local …)` may stand at its head. */
export function body(text: string, fields = '', options: CoreOptions = {}): Case['guest'] {
  return () => buildCore(`${fields} (func (export "handle") (param i32) (result i32) ${text} (unreachable))`, options);
}
