/**
 * How far a token reaches that is bound to some objects or handlers. What is outside looks the same whether it is there or not.
 */
import { SojournError } from '../../errors.ts';
import { hex } from '../../json.ts';
import type { Hash } from '../../ports.ts';
import type { Node } from '../service/node.ts';
import type { Route } from './route.ts';
import type { Token } from './tokens.ts';

/** Errors: `token.refused`. */
export async function checkReach(token: Token, route: Route, id: string | null, node: Node): Promise<void> {
  if (token.objects === null && token.handlers === null) return;
  // these look for themselves
  if (route.reach === 'list' || route.reach === 'create') return;
  if (route.reach === 'object' && id !== null && (token.objects?.has(id) ?? true)) {
    if (token.handlers === null) return;
    const line = await node.line(id);
    if (line !== null && token.handlers.has(line.handler)) return;
  }
  throw refused(
    token,
    route.reach === 'none' ? 'a token that is not bound to some objects' : 'an object that it is for',
  );
}

/** A bound token has keys of its own: it neither takes those of others nor learns what was made with them. */
export function keyWithin(token: Token | null, key: string, hash: Hash): string {
  if (token === null || (token.objects === null && token.handlers === null)) return key;
  return hex(hash(new TextEncoder().encode(`${token.name}\n${key}`)));
}

/** Errors: `token.refused`. */
export function checkCreate(token: Token | null, handler: string): void {
  if (token === null || (token.objects === null && (token.handlers?.has(handler) ?? true))) return;
  throw refused(token, 'a handler that it is for, and no bounds on objects');
}

function refused(token: Token, expected: string): SojournError {
  return new SojournError('token.refused', `token ${token.name}: expected ${expected}, found another`);
}
