/** The way of an intent, for `sojourn show --intent`: where it began, and of each step what changed, why, and who allowed it. */
import { intentSteps } from '../node/intent-steps.ts';
import type { IntentStepView, ToldStep } from '../node/intent-steps.ts';
import { compareBytes, encode } from '../object/codec.ts';
import type { Entry, Intent } from '../object/model.ts';
import type { State } from '../object/state.ts';
import type { Value, ValueMap } from '../value.ts';
import { showValue } from './describe-entry.ts';
import { shortId, showTime } from './quantities.ts';
import { cleanLine } from './safe-text.ts';
import type { Terminal } from './terminal.ts';

const TEXT_MAX = 400;
const NAME_MAX = 64;

export function intentLines(state: State, entries: readonly Entry[], terminal: Terminal): readonly string[] {
  const { genesis } = state;
  const steps = intentSteps(state, entries);
  const creator = genesis.context.creator;
  const by = creator.every((byte) => byte === 0) ? 'nobody (unsigned)' : `key ${shortId(creator)}…`;
  return [
    terminal.paint('strong', `0  ${showTime(genesis.time)}  as it was made, by ${by}`),
    ...indent(wholeIntent(genesis.intent)),
    ...steps.flatMap((step, index) => stepLines(step, index + 1, terminal)),
    ...(steps.length === 0
      ? ['it has not changed']
      : [terminal.paint('strong', 'now'), ...indent(wholeIntent(state.intent))]),
  ];
}

function stepLines({ seq, digest, told }: IntentStepView, number: number, terminal: Terminal): readonly string[] {
  if (told === null)
    return [terminal.paint('strong', `${number}  entry ${seq} is in an archive; it led to ${digest.slice(0, 16)}…`)];
  const { entry } = told;
  const { mutation, before, after, reason } = entry.body;
  return [
    terminal.paint(
      'strong',
      `${number}  ${showTime(entry.time)}  ${mutation}, at entry ${seq} by node ${shortId(entry.node)}`,
    ),
    ...indent([
      `in cycle ${entry.cycle}, ${describeTrigger(told)}`,
      told.policies.length === 0
        ? 'no verdict allowed it'
        : `permitted by ${told.policies.map((id) => cleanLine(id, NAME_MAX)).join(', ')}`,
      ...(reason === '' ? [] : [`“${cleanLine(reason, TEXT_MAX)}”`]),
      ...changes(before, after),
    ]),
  ];
}

function describeTrigger({ trigger, because }: ToldStep): string {
  if (trigger === 'created') return 'its first';
  return trigger === 'woken' ? `when it woke${because === null ? '' : ` (entry ${because})`}` : 'after another';
}

function wholeIntent({ kind, goal, constraints }: Intent): readonly string[] {
  const bounds = Object.entries(constraints).map(([name, value]) => `with ${constraint(name, value)}`);
  return [`${cleanLine(kind)}: ${cleanLine(goal, TEXT_MAX)}`, ...bounds];
}

/** What is not the same: `+` came in, `-` went away. */
function changes(before: Intent, after: Intent): readonly string[] {
  const field = (name: string, from: string, to: string): readonly string[] =>
    from === to ? [] : [`- ${name}: ${cleanLine(from, TEXT_MAX)}`, `+ ${name}: ${cleanLine(to, TEXT_MAX)}`];
  const names = new Set([...Object.keys(before.constraints), ...Object.keys(after.constraints)]);
  const bounds = [...names].flatMap((name) => {
    const [from, to] = [member(before.constraints, name), member(after.constraints, name)];
    if (from !== undefined && to !== undefined && compareBytes(encode(from), encode(to)) === 0) return [];
    return [
      ...(from === undefined ? [] : [`- ${constraint(name, from)}`]),
      ...(to === undefined ? [] : [`+ ${constraint(name, to)}`]),
    ];
  });
  return [...field('task', before.kind, after.kind), ...field('goal', before.goal, after.goal), ...bounds];
}

function member(map: ValueMap, name: string): Value | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function constraint(name: string, value: Value): string {
  return `${cleanLine(name, NAME_MAX)} = ${showValue(value, TEXT_MAX)}`;
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `   ${line}`);
}
