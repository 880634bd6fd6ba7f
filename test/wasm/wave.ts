/** Situations and answers of handlers in WAVE, the text form of component values that wasmtime's command line reads and prints. */
import type { HandlerResult, Situation } from '../../host/ports.ts';
import { isList, isMap, type Value } from '../../host/value.ts';

/** Fields that are options, wherever they stand. */
const OPTIONS = new Set(['parent', 'last', 'action?', 'reason', 'into', 'body', 'handler']);

export function situationText({ intent, context, trigger, last, ...rest }: Situation): string {
  const when = trigger.tag === 'woken' ? `woken(${record(trigger.val)})` : trigger.tag;
  const before =
    last === null
      ? 'none'
      : `some({${[
          `seq: ${last.seq}`,
          `class: ${last.class}`,
          `action: ${option(last.action)}`,
          `reason: ${option(last.reason)}`,
          `value: ${text(last.value)}`,
        ].join(', ')}})`;
  const { cycle, now, limits } = rest;
  return `{intent: ${record(intent)}, context: ${record(context)}, trigger: ${when}, last: ${before}, cycle: ${cycle}, now: ${now}, limits: ${record(limits)}}`;
}

/** What the driver's `run` gives for such a result. */
export function answerText(result: HandlerResult): string {
  if (result.kind === 'proposal') return `(${result.fuel}, ok(${valueText(result.proposal)}))`;
  if (result.kind === 'error') {
    return `(${result.fuel}, err({message: ${text(result.message)}, stack: ${text(result.stack)}}))`;
  }
  throw new Error(`expected an answer, found ${result.kind}`);
}

function option(value: string | null): string {
  return value === null ? 'none' : `some(${text(value)})`;
}

function record(value: object): string {
  const fields = Object.entries(value).map(
    ([name, item]: [string, Value]) => `${kebab(name)}: ${fieldText(name, item)}`,
  );
  return `{${fields.join(', ')}}`;
}

function fieldText(name: string, value: Value): string {
  if (!OPTIONS.has(name)) return valueText(value);
  return value === null ? 'none' : `some(${valueText(value)})`;
}

function valueText(value: Value): string {
  if (typeof value === 'string') return text(value);
  if (isList(value)) return `[${value.map(valueText).join(', ')}]`;
  if (!isMap(value)) return String(value);
  const { tag, val } = value;
  if (typeof tag !== 'string') return record(value);
  return val === null || val === undefined ? tag : `${tag}(${valueText(val)})`;
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function text(value: string): string {
  return JSON.stringify(value);
}
