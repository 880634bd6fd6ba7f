/** What an object knows of a child, in one line. */
import type { Child } from '../object/child.ts';
import { showValue } from './describe-entry.ts';
import { cleanLine } from './safe-text.ts';

/** `part: object 3f…, came back at entry 9, its goal achieved: {"price":12}` */
export function describeChild(name: string, child: Child): string {
  return `${cleanLine(name, 64)}: object ${child.id} (entry ${child.seq}), ${describeChildStatus(child)}`;
}

/** `came back at entry 9, its goal achieved: 12` */
export function describeChildStatus({ status, told, end }: Child): string {
  if (end !== null) {
    const how = end.achieved ? 'its goal achieved' : 'its goal not achieved';
    const late = end.late ? ', late' : '';
    return `${status === 'cancelled' ? 'ended as given up' : 'came back'} at entry ${told}${late}, ${how}: ${showValue(end.result)}`;
  }
  const words = {
    running: `not heard of since entry ${told}`,
    missing: `missing since entry ${told}`,
    cancelled: `given up at entry ${told}`,
    returned: `came back at entry ${told}`,
  } as const;
  return words[status];
}
