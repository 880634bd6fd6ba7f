import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEnvelope } from '../../host/kernel/envelope.ts';
import { Misfit } from '../../host/kernel/misfit.ts';
import { isMap } from '../../host/value.ts';

const ENVELOPE = {
  maxAttempts: 5,
  maxElapsed: 86_400_000,
  minDelay: 1_000,
  maxDelay: 60_000,
  latency: 250,
  rules: [
    { class: 'refusal', response: 'wait' },
    { class: 'failure', response: 'give-up' },
  ],
};

describe('an envelope', () => {
  test('is read as it is, and may be absent', () => {
    expect(parseEnvelope(ENVELOPE, 'retry')).toEqual(ENVELOPE);
    expect(parseEnvelope({ ...ENVELOPE, latency: null, rules: [] }, 'retry')).toMatchObject({
      latency: null,
      rules: [],
    });
    expect(parseEnvelope(null, 'retry')).toBeNull();
  });

  test.each<[string, object]>([
    ['retry/max-attempts', { maxAttempts: 0 }],
    ['retry/max-attempts', { maxAttempts: -1 }],
    ['retry/max-attempts', { maxAttempts: 1.5 }],
    ['retry/max-elapsed', { maxElapsed: -1 }],
    ['retry/max-elapsed', { maxElapsed: Number.MAX_SAFE_INTEGER }],
    ['retry/min-delay', { minDelay: Number.NaN }],
    ['retry/max-delay', { minDelay: 10, maxDelay: 9 }],
    ['retry/latency', { latency: 0 }],
    ['retry/rules', { rules: null }],
    ['retry/rules', { rules: [ENVELOPE.rules[0], ENVELOPE.rules[0]] }],
    ['retry/rules/0/class', { rules: [{ class: 'success', response: 'retry' }] }],
    ['retry/rules/0/class', { rules: [{ class: 'toString', response: 'retry' }] }],
    ['retry/rules/0/response', { rules: [{ class: 'failure', response: 'hope' }] }],
  ])('is refused at %s', (path, change) => {
    expect(() => parseEnvelope({ ...ENVELOPE, ...change }, 'retry')).toThrow(`${path}: expected`);
  });

  test('is bounded whatever comes', () => {
    fc.assert(
      fc.property(fc.record({ ...numbers(), rules: fc.constant([]) }), (value) => {
        try {
          const read = parseEnvelope(value, 'retry');
          expect(isMap(value) && read !== null && read.minDelay <= read.maxDelay).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(Misfit);
        }
      }),
    );
  });
});

function numbers() {
  const any = fc.oneof(fc.nat(), fc.double(), fc.integer());
  return { maxAttempts: any, maxElapsed: any, minDelay: any, maxDelay: any, latency: any };
}
