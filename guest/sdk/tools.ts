/**
 * Named calls to providers that the node's operator has added. Policy decides on each.
 */
import { call as callTool } from 'sojourn:object/tools@0.2.0';
import { callCapability } from './capability-error.ts';
import { decodeJson, encodeJson } from './json.ts';

/** Throws a CapabilityError: `denied`, `limit`, `invalid`, `not-found`, `timeout`, `unavailable`, `unknown`. */
export function call<T>(name: string, input: unknown): T {
  const text = encodeJson(input, `input of tool '${name}'`);
  return decodeJson<T>(callCapability('tools.call', () => callTool(name, text)));
}
