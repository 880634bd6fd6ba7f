/**
 * Lines for the people who run the object. Each is an entry of its memory. Throws a CapabilityError (`denied`, `limit`);
 * `console` writes the same lines and never throws.
 */
import { write } from 'sojourn:object/log@0.2.0';
import { callCapability } from './capability-error.ts';

export const debug = (message: string): void => callCapability('log.write', () => write('debug', message));
export const info = (message: string): void => callCapability('log.write', () => write('info', message));
export const warn = (message: string): void => callCapability('log.write', () => write('warn', message));
export const error = (message: string): void => callCapability('log.write', () => write('error', message));
