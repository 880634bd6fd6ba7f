/** A wake condition as the tree of the SDK, into the contract's list: the root first, each group ahead of its members. */
import type { Value, ValueMap } from '../../value.ts';
import { misfit, readFields } from './proposal-reader.ts';
import type { Fields } from './proposal-reader.ts';

/** Classes of outcomes, with the contract's flags that stand for them. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ['success', 'success'],
  ['partial', 'partial'],
  ['failure', 'failure'],
  ['deferral', 'deferral'],
  ['refusal', 'refusal'],
  ['timeout', 'timeout'],
  ['latency', 'latency'],
  ['no-response', 'noResponse'],
  ['node-loss', 'nodeLoss'],
  ['capability-missing', 'capabilityMissing'],
]);

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
    case 'outcomes':
      nodes.push({ tag, val: { classes: readClasses(fields), count: fields.number('count') } });
      break;
    case 'context':
      nodes.push({ tag, val: fields.text('facet') });
      break;
    case 'object':
      nodes.push({
        tag,
        val: {
          object: fields.text('object'),
          state: fields.text('state'),
          seq: fields.has('seq') ? fields.number('seq') : 0,
        },
      });
      break;
    case 'group': {
      const members: number[] = [];
      nodes.push({ tag, val: { need: fields.number('need'), members } });
      for (const [at, member] of fields.list('members').entries())
        members.push(place(member, `${path}/members/${at}`, nodes));
      break;
    }
    default:
      throw misfit(`${path}/tag`, 'instant, elapsed, signal, outcomes, context, object or group', tag);
  }
  fields.close();
  return index;
}

function readClasses(fields: Fields): ValueMap {
  const names = fields.texts('classes');
  const unknown = names.find((name) => !FLAGS.has(name));
  if (unknown !== undefined) throw misfit(`${fields.path}/classes`, 'classes of outcomes', unknown);
  return Object.fromEntries(Array.from(FLAGS, ([name, flag]) => [flag, names.includes(name)]));
}
