/**
 * Whose word a node takes for a past that it can't see. What a carried object was before its checkpoint is the word of the node that
 * sealed it: values, what was spent, who sent which signal. A node goes on from its own, from the creator's, and from those it was told.
 */
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import type { Genesis } from '../object/model.ts';
import { nodeIdOf } from '../object/seal.ts';
import type { Carried } from '../object/walk.ts';
import type { HostPorts } from './host-ports.ts';

/** Errors: `object.unproven` for a checkpoint of a node that is none of these. */
export function expectAccepted(
  carried: Carried | null,
  { context }: Genesis,
  name: string,
  ports: Pick<HostPorts, 'hash' | 'signer'>,
  accepted: readonly string[],
): void {
  if (carried === null) return;
  const unsigned = context.creator.every((byte) => byte === 0);
  const creator = hex(nodeIdOf(unsigned ? null : context.creator, ports.hash));
  const own = ports.signer === null ? null : hex(nodeIdOf(ports.signer.publicKey, ports.hash));
  const known = carried.node === creator || carried.node === own || accepted.includes(carried.node);
  if (known && (carried.signed || unsigned)) return;
  const who = carried.signed ? `node ${carried.node}` : 'nobody';
  throw new SojournError(
    'object.unproven',
    `${name}: expected a checkpoint that this node takes the word of, found one sealed by ${who}: verify it with its archives, then name that node with --accept`,
    { details: { node: carried.node, index: carried.seq } },
  );
}
