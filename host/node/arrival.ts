/**
 * A copy that arrives where another one is: it may take its place only where it holds all of it (R29). Both are verified; nothing is ever
 * merged.
 */
import { SojournError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { compareObjects } from './compare.ts';
import type { HostPorts } from './host-ports.ts';

/**
 * `goes-on`: it holds all of ours, and more. Errors: `object.behind` where ours goes on further, `object.forked` with the entry where they
 * part, `object.unproven`, and `object.*` for one that does not hold.
 */
export async function judgeArrival(
  ours: string,
  arrived: string,
  ports: Pick<HostPorts, 'store' | 'hash' | 'verify'>,
  limits: Limits,
): Promise<'same' | 'goes-on'> {
  const { relation, behind, at } = await compareObjects([ours, arrived], ports, limits);
  if (relation === 'prefix' && behind === 'b')
    throw new SojournError(
      'object.behind',
      `object ${ours}: expected a copy that goes on where ours ends, found one that ends before our entry ${at}: hand ours over instead`,
      { details: { at } },
    );
  if (relation === 'fork')
    throw new SojournError(
      'object.forked',
      `object ${ours}: expected a copy of the same history, found one that parts from ours at entry ${at}: compare the two, and follow one`,
      { details: { at } },
    );
  if (relation !== 'same' && relation !== 'prefix')
    throw new SojournError(
      'object.unproven',
      `object ${ours}: expected a copy that has an entry of ours, found none: the rest is in its archive`,
    );
  return relation === 'prefix' ? 'goes-on' : 'same';
}
