import { expect, test } from 'vitest';
import type { CedarAnswer, CedarRequest } from '../../host/policy/cedar.ts';
import { rememberAnswers } from '../../host/policy/remember.ts';
import { buildRequest } from '../../host/policy/request.ts';
import { question } from './fixtures.ts';

const requestAt = (now: number, step = ''): CedarRequest =>
  buildRequest(question('evaluate', { context: { now, step } }), {})!;

/** Counts how often the engine is asked, and answers as it is told. */
function counting(answer: (request: CedarRequest) => CedarAnswer) {
  const asked: CedarRequest[] = [];
  const ask = rememberAnswers((request) => {
    asked.push(request);
    return answer(request);
  });
  return { ask, asked };
}

const yes = (id: string): CedarAnswer => ({ ok: true, satisfied: [id], failed: [] });

test('an equal request is answered as before, another one is asked about', () => {
  const { ask, asked } = counting(({ context }) => yes(String(context['now'])));
  expect(ask(requestAt(1))).toEqual(yes('1'));
  expect(ask(requestAt(2))).toEqual(yes('2'));
  expect(ask(requestAt(1))).toEqual(yes('1'));
  expect(asked).toHaveLength(2);
});

test('a failure of the engine is asked about again', () => {
  const { ask, asked } = counting(() => ({ ok: false, message: 'it broke' }));
  ask(requestAt(1));
  ask(requestAt(1));
  expect(asked).toHaveLength(2);
});

test('no more is kept than there is room for: the answer that was used longest ago goes first', () => {
  const { ask, asked } = counting(() => yes('a'));
  for (let now = 0; now < 1024; now++) ask(requestAt(now));
  ask(requestAt(0));
  ask(requestAt(1024));
  expect(asked).toHaveLength(1025);
  ask(requestAt(0));
  expect(asked).toHaveLength(1025);
  ask(requestAt(1));
  expect(asked).toHaveLength(1026);
});

test('a long request is answered and not kept', () => {
  const { ask, asked } = counting(() => yes('a'));
  ask(requestAt(0, 'x'.repeat(4096)));
  ask(requestAt(0, 'x'.repeat(4096)));
  expect(asked).toHaveLength(2);
});
