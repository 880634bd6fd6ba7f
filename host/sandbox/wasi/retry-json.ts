/** What is tried again, as the SDK writes it, into the contract's records. */
import { stringifyJson } from '../../json.ts';
import type { Value, ValueMap } from '../../value.ts';
import { misfit, readFields } from './proposal-reader.ts';
import type { Fields } from './proposal-reader.ts';

/** Throws a Misfit. */
export function readRetry(retry: Fields): ValueMap {
  const envelope = {
    maxAttempts: retry.number('maxAttempts'),
    maxElapsed: retry.number('maxElapsed'),
    minDelay: retry.number('minDelay'),
    maxDelay: retry.number('maxDelay'),
    latency: retry.has('latency') ? retry.number('latency') : null,
    rules: readRules(retry),
  };
  retry.close();
  return envelope;
}

function readRules(retry: Fields): readonly ValueMap[] {
  const rules = retry.has('rules') ? retry.map('rules') : {};
  return Object.entries(rules).map(([name, response]) => {
    if (typeof response !== 'string') throw misfit(`${retry.path}/rules/${name}`, 'a text', response);
    return { class: name, response };
  });
}

/** Throws a Misfit. Depth is bounded by that of a JSON text, size by that of a proposal. */
export function readPoll(poll: Fields): ValueMap {
  const nodes: ValueMap[] = [];
  place(poll.value('predicate'), `${poll.path}/predicate`, nodes);
  const cursor = poll.has('cursor') ? readCursor(poll.fields('cursor')) : null;
  poll.close();
  return { predicate: nodes, cursor };
}

function readCursor(cursor: Fields): ValueMap {
  const found = { pointer: cursor.text('pointer'), parameter: cursor.text('parameter') };
  cursor.close();
  return found;
}

function place(value: Value, path: string, nodes: ValueMap[]): number {
  const index = nodes.length;
  const test = readFields(value, path);
  const tag = test.text('tag');
  switch (tag) {
    case 'exists':
      nodes.push({ tag, val: test.text('pointer') });
      break;
    case 'equals':
    case 'not-equals':
    case 'contains':
      nodes.push({ tag, val: { pointer: test.text('pointer'), value: stringifyJson(test.value('value')) } });
      break;
    case 'at-least':
    case 'at-most':
      nodes.push({ tag, val: { pointer: test.text('pointer'), value: test.number('value') } });
      break;
    case 'group': {
      const members: number[] = [];
      nodes.push({ tag, val: { need: test.number('need'), members } });
      for (const [at, member] of test.list('members').entries())
        members.push(place(member, `${path}/members/${at}`, nodes));
      break;
    }
    default:
      throw misfit(`${path}/tag`, 'exists, equals, not-equals, at-least, at-most, contains or group', tag);
  }
  test.close();
  return index;
}
