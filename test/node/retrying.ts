/**
 * Objects whose one step is tried again by the kernel: a script that proposes it in the first cycle and ends with a report in any later
 * one, and what tests want to know of what became of it.
 */
import type { Host } from '../../host/node/host.ts';
import type { Entry } from '../../host/object/model.ts';
import type { State } from '../../host/object/state.ts';
import type { RunReport } from '../../host/node/run.ts';
import type { Value, ValueMap } from '../../host/value.ts';

export const SECOND = 1000;
export const HOUR = 3600 * SECOND;

export const ENVELOPE = {
  maxAttempts: 10,
  maxElapsed: 24 * HOUR,
  minDelay: 10 * SECOND,
  maxDelay: HOUR,
  rules: [] as readonly Value[],
};

/** Asks a URL until it says `state: ready`. */
export function ask(url: string, changes: { readonly retry?: ValueMap; readonly poll?: Value } = {}): ValueMap {
  const request = { method: 'GET', url, repetition: 'safe' };
  return {
    step: 'ask',
    operation: { tag: 'http', val: request },
    into: 'answer',
    retry: { ...ENVELOPE, ...changes.retry },
    poll: changes.poll ?? { predicate: [{ tag: 'equals', val: { pointer: '/state', value: '"ready"' } }] },
  };
}

/** Sends once, with a key; no poll. */
export function send(url: string, retry: ValueMap = {}, repetition = 'keyed'): ValueMap {
  const request = { method: 'POST', url, repetition, body: '{}' };
  return {
    step: 'send',
    operation: { tag: 'http', val: request },
    into: 'answer',
    retry: { ...ENVELOPE, ...retry },
  };
}

/** The script: the execution first, then an end that tells the situation. */
export function scriptOf(execution: ValueMap): Value {
  return {
    '1': { propose: { tag: 'execution', val: execution } },
    '*': { report: true, propose: { tag: 'termination', val: { achieved: true, result: null } } },
  };
}

/** Class and reason of each outcome of a run. */
export function endsOf({ outcomes }: RunReport): readonly string[] {
  return outcomes.map(({ body }) => [body.class, body.action, body.reason].filter((part) => part !== null).join(' '));
}

/** The time in what a sleeper waits for; null where time has no part in it beside the deadline. */
export function delayOf({ dormancy }: State): number | null {
  const condition = dormancy?.condition;
  if (condition?.tag !== 'group') return null;
  return condition.members.find((member) => member.tag === 'elapsed')?.ms ?? null;
}

export async function entriesOf(host: Host, path: string): Promise<readonly Entry[]> {
  return (await host.show(path)).entries;
}

/** Verifies with replay, and gives what each cycle came to. */
export async function replayOf(host: Host, path: string): Promise<readonly string[]> {
  const report = await host.verify(path, { replay: true });
  if (!report.ok) throw new Error(`expected a sound object, found entry ${report.index}: ${report.message}`);
  return (report.replay ?? []).map(({ kind }) => kind);
}
