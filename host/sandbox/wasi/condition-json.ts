/** A wake condition as the tree of the SDK, into the contract's list: the root first, each group ahead of its members. */
import type { Value, ValueMap } from '../../value.ts';
import { misfit, readFields } from './proposal-reader.ts';

/** Throws a Misfit. Depth is bounded by that of a JSON text, size by that of a proposal. */
export function readCondition(root: Value, path: string): readonly ValueMap[] {
  const nodes: ValueMap[] = [];
  place(root, path, nodes);
  return nodes;
}

function place(value: Value, path: string, nodes: ValueMap[]): number {
  const index = nodes.length;
  const fields = readFields(value, path);
  const tag = fields.text('tag');
  switch (tag) {
    case 'instant':
      nodes.push({ tag, val: fields.number('at') });
      break;
    case 'elapsed':
      nodes.push({ tag, val: fields.number('ms') });
      break;
    case 'signal':
      nodes.push({ tag, val: fields.text('name') });
      break;
    case 'group': {
      const members: number[] = [];
      nodes.push({ tag, val: { need: fields.number('need'), members } });
      for (const [at, member] of fields.list('members').entries())
        members.push(place(member, `${path}/members/${at}`, nodes));
      break;
    }
    default:
      throw misfit(`${path}/tag`, 'instant, elapsed, signal or group', tag);
  }
  fields.close();
  return index;
}
