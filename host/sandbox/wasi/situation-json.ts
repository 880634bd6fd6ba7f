/**
 * The situation as the JSON document that a command reads from its standard input (docs/wasi.md): the SDK's `Task` in plain data, with the same
 * names. Texts that hold JSON stand in it as the values that they are.
 */
import type { Situation } from '../../ports.ts';

/** One line of JSON with a line feed behind it, in UTF-8. */
export function encodeSituation(situation: Situation): Uint8Array {
  const { files: _files, ...record } = situation;
  const { intent, trigger, last } = record;
  const document = {
    ...record,
    intent: { ...intent, input: raw(intent.input), constraints: raw(intent.constraints) },
    trigger: trigger.tag === 'woken' ? { tag: trigger.tag, ...trigger.val } : { tag: trigger.tag },
    last: last === null ? null : { ...last, value: raw(last.value) },
  };
  return new TextEncoder().encode(`${JSON.stringify(document)}\n`);
}

/** The kernel made these texts from stored values, whose keys may be named like a prototype: a reviver-free parse keeps them own. */
function raw(text: string): unknown {
  return JSON.parse(text) as unknown;
}
