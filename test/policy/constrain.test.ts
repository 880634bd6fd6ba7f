import { expect, test } from 'vitest';
import { applicableConstraints, parseConstraints, strictest } from '../../host/policy/constrain.ts';

test('names and whole numbers are read', () => {
  expect(parseConstraints('timeout-ms=2000 max-response-bytes=0')).toEqual({
    ok: true,
    constraints: { 'timeout-ms': 2000, 'max-response-bytes': 0 },
  });
});

test.each([
  ['', 'expected one of timeout-ms, max-response-bytes, max-request-bytes, max-calls, max-sleep-ms, found ""'],
  [
    'timeout=1',
    'expected one of timeout-ms, max-response-bytes, max-request-bytes, max-calls, max-sleep-ms, found "timeout=1"',
  ],
  [
    'toString=1',
    'expected one of timeout-ms, max-response-bytes, max-request-bytes, max-calls, max-sleep-ms, found "toString=1"',
  ],
  ['timeout-ms', 'timeout-ms: expected a whole number of at least 1, found "timeout-ms"'],
  ['timeout-ms=0', 'timeout-ms: expected a whole number of at least 1, found "timeout-ms=0"'],
  ['timeout-ms=-1', 'timeout-ms: expected a whole number of at least 1, found "timeout-ms=-1"'],
  ['timeout-ms=1e3', 'timeout-ms: expected a whole number of at least 1, found "timeout-ms=1e3"'],
  ['timeout-ms=1=2', 'timeout-ms: expected a whole number of at least 1, found "timeout-ms=1=2"'],
  [
    'timeout-ms=9007199254740993',
    'timeout-ms: expected a whole number of at least 1, found "timeout-ms=9007199254740993"',
  ],
  ['max-calls=1 max-calls=2', 'expected max-calls once, found it twice'],
])('%j is refused', (text, message) => {
  expect(parseConstraints(text)).toEqual({ ok: false, message });
});

test('of several the least of each name holds', () => {
  expect(strictest([{ 'timeout-ms': 5, 'max-calls': 1 }, {}, { 'timeout-ms': 3 }])).toEqual({
    'timeout-ms': 3,
    'max-calls': 1,
  });
  expect(strictest([{}, {}])).toBeNull();
});

test('each action has the constraints that the kernel can apply to it', () => {
  expect(applicableConstraints('http.send', 'Http')).toEqual([
    'timeout-ms',
    'max-response-bytes',
    'max-request-bytes',
    'max-calls',
  ]);
  expect(applicableConstraints('execution', 'Tool')).toEqual(['timeout-ms', 'max-response-bytes', 'max-request-bytes']);
  expect(applicableConstraints('execution', 'Object')).toEqual([]);
  expect(applicableConstraints('dormancy', 'Object')).toEqual(['max-sleep-ms']);
  expect(applicableConstraints('clock.now', 'Host')).toEqual(['max-calls']);
  expect(applicableConstraints('termination', 'Object')).toEqual([]);
});
