/**
 * What commands that append have in common where another copy may be the newer one: `--head`, `--heads-from` and `--follow`.
 */
import type { Command } from 'commander';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { HeadOptions } from '../node/host.ts';
import { listObjects } from '../node/list-objects.ts';
import { collect } from './command.ts';
import { readReceipts } from './receipt.ts';

export interface HeadFlags {
  readonly head?: readonly string[];
  readonly headsFrom?: string;
  readonly follow?: string;
}

export function addHeadOptions(command: Command): Command {
  return command
    .option(
      '--head <receipt>',
      'a receipt that the object must hold: a file, or hexadecimal digits; may be repeated',
      collect,
    )
    .option('--heads-from <folder>', 'a folder of objects and copies that show what the object must hold')
    .option('--follow <reason>', 'go on with this copy though it is behind or forked: recorded, with the reason');
}

/** Errors: `store.*`, `object.seal`, `object.limit` for a folder with too many objects. */
export async function readHeadFlags({ head, headsFrom, follow }: HeadFlags): Promise<HeadOptions> {
  return {
    heads: await readReceipts(head),
    headsFrom: headsFrom === undefined ? [] : await listObjects(headsFrom, DEFAULT_LIMITS.run.wakeObjects),
    follow: follow ?? null,
  };
}
