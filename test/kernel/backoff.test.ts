import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delayAfter, nextStep, usedUp } from '../../host/kernel/backoff.ts';
import type { Ended } from '../../host/kernel/backoff.ts';
import type { Envelope } from '../../host/kernel/envelope.ts';
import type { Facets } from '../../host/kernel/facets.ts';
import type { Condition, OutcomeClass } from '../../host/object/model.ts';

const HERE: Facets = { policy: 'aa', node: 'n1', zone: 'eu', capabilities: 'cc' };
const DAY = 86_400_000;
const ENVELOPE: Envelope = {
  maxAttempts: 10,
  maxElapsed: DAY,
  minDelay: 1000,
  maxDelay: 60_000,
  latency: null,
  rules: [],
};

function ended(changes: Partial<Ended> = {}): Ended {
  return {
    class: 'failure',
    reason: 'http-status',
    attempts: 1,
    consecutive: 1,
    first: 0,
    now: 0,
    retryAfter: null,
    ruledOut: 0,
    until: null,
    repeatable: true,
    ...changes,
  };
}

/** What the object waits for beside the deadline. */
function waitsFor(changes: Partial<Ended>, envelope = ENVELOPE): readonly Condition[] {
  const step = nextStep(envelope, ended(changes), HERE);
  if (step.kind !== 'sleep' || step.wake.tag !== 'group') throw new Error(`expected a sleep, found ${step.kind}`);
  expect(step.wake.need).toBe(1);
  expect(step.wake.members.at(-1)).toEqual({ tag: 'instant', at: envelope.maxElapsed + ended(changes).first });
  return step.wake.members.slice(0, -1);
}

const changed = (facet: keyof Facets): Condition => ({ tag: 'context', facet, was: HERE[facet] });

describe('the next delay', () => {
  it.each<[OutcomeClass, string | null, readonly number[]]>([
    ['deferral', 'not-yet', [1000, 1000, 1000]],
    ['partial', 'cursor-moved', [1000, 1000, 1000]],
    ['partial', 'not-enough-input', [1500, 1500, 1500]],
    ['failure', 'http-status', [2000, 4000, 8000]],
    ['no-response', 'unavailable', [3000, 6000, 12_000]],
    ['timeout', 'timeout', [4000, 8000, 16_000]],
  ])('after %s (%s) is its own at the same attempt', (outcome, reason, expected) => {
    const delays = [1, 2, 3].map((consecutive) =>
      delayAfter(ENVELOPE, ended({ class: outcome, reason, consecutive, attempts: 3 })),
    );
    expect(delays).toEqual(expected);
  });

  it('begins anew when another class follows, whatever the attempt', () => {
    expect(delayAfter(ENVELOPE, ended({ attempts: 9, consecutive: 1 }))).toBe(2000);
  });

  it('is no sooner than the answer asked for and a negative capability lets it, and never beyond the envelope', () => {
    expect(delayAfter(ENVELOPE, ended({ retryAfter: 30_000 }))).toBe(30_000);
    expect(delayAfter(ENVELOPE, ended({ retryAfter: 500 }))).toBe(2000);
    expect(delayAfter(ENVELOPE, ended({ ruledOut: 45_000 }))).toBe(45_000);
    expect(delayAfter(ENVELOPE, ended({ retryAfter: 3_600_000 }))).toBe(60_000);
    expect(delayAfter(ENVELOPE, ended({ class: 'deferral', reason: 'not-yet', retryAfter: 10 }))).toBe(1000);
  });

  it('is a whole number within the envelope, whatever it is made of', () => {
    const nat = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    const classes = fc.constantFrom<OutcomeClass>('deferral', 'partial', 'failure', 'timeout', 'no-response');
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 41 }),
        fc.nat({ max: 2 ** 41 }),
        classes,
        nat,
        fc.option(nat),
        nat,
        (a, b, outcome, consecutive, asked, ruled) => {
          const envelope = { ...ENVELOPE, minDelay: Math.min(a, b), maxDelay: Math.max(a, b) };
          const delay = delayAfter(
            envelope,
            ended({ class: outcome, consecutive: consecutive + 1, retryAfter: asked, ruledOut: ruled }),
          );
          expect(Number.isSafeInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(Math.max(1, envelope.minDelay));
          expect(delay).toBeLessThanOrEqual(Math.max(1, envelope.maxDelay));
        },
      ),
    );
  });
});

describe('what follows an attempt', () => {
  it('is a sleep until the delay is over, or the envelope is', () => {
    expect(waitsFor({})).toEqual([{ tag: 'elapsed', ms: 2000 }]);
  });

  it('is no wait for time after a refusal: it waits for another policy, even where the rule says retry', () => {
    expect(waitsFor({ class: 'refusal', reason: 'policy' })).toEqual([changed('policy')]);
    const retry = { ...ENVELOPE, rules: [{ class: 'refusal', response: 'retry' }] } as const;
    expect(waitsFor({ class: 'refusal', reason: 'policy' }, retry)).toEqual([changed('policy')]);
  });

  it('is a wait for another node or other capabilities where one is missing', () => {
    expect(waitsFor({ class: 'capability-missing' })).toEqual([changed('capabilities'), changed('node')]);
  });

  it('is sooner elsewhere where nothing answered here', () => {
    const elsewhere: Condition = {
      tag: 'group',
      need: 2,
      members: [{ tag: 'elapsed', ms: 1000 }, changed('node')],
    };
    expect(waitsFor({ class: 'no-response' })).toEqual([{ tag: 'elapsed', ms: 3000 }, elsewhere]);
    expect(waitsFor({ class: 'timeout' })).toEqual([{ tag: 'elapsed', ms: 4000 }, elsewhere]);
  });

  it('is what authority said to wait for, where it deferred', () => {
    const until: Condition = { tag: 'signal', name: 'approval' };
    expect(waitsFor({ class: 'deferral', reason: 'policy', until })).toEqual([until]);
  });

  it('is what its rule says: wait for any change, or give up and let the handler go on', () => {
    const wait = { ...ENVELOPE, rules: [{ class: 'failure', response: 'wait' }] } as const;
    expect(waitsFor({}, wait)).toEqual(
      ['policy', 'node', 'zone', 'capabilities'].map((name) => changed(name as never)),
    );
    const giveUp = { ...ENVELOPE, rules: [{ class: 'failure', response: 'give-up' }] } as const;
    expect(nextStep(giveUp, ended({}), HERE)).toEqual({ kind: 'hand-back' });
    expect(nextStep(giveUp, ended({ class: 'timeout' }), HERE).kind).toBe('sleep');
  });

  it('is the handler where the call may have taken place and must not be made twice', () => {
    expect(nextStep(ENVELOPE, ended({ class: 'no-response', repeatable: false }), HERE)).toEqual({ kind: 'hand-back' });
  });

  it('is the end where the envelope is used up, by attempts or by time', () => {
    expect(nextStep(ENVELOPE, ended({ attempts: 10 }), HERE)).toEqual({ kind: 'end', reason: 'envelope:attempts' });
    expect(nextStep(ENVELOPE, ended({ now: DAY }), HERE)).toEqual({ kind: 'end', reason: 'envelope:elapsed' });
    expect(nextStep(ENVELOPE, ended({ attempts: 9, now: DAY - 1 }), HERE).kind).toBe('sleep');
  });

  it('is not the end because a clock went back', () => {
    expect(usedUp(ENVELOPE, { attempts: 1, first: 5 * DAY, now: 0 })).toBeNull();
  });
});
