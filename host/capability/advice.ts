/**
 * `advice`: questions to advisors that the node's operator has added: a model behind HTTP, a table of rules, anything that answers. What
 * an advisor says is bounded in time and size and held against the question; what does not fit is a rejected answer. No advisor
 * sees the object, and its answer decides nothing: the kernel records it as a proposal without an action.
 */
import { SojournError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { checkContent } from '../kernel/advice-answer.ts';
import type { AdviceContent } from '../kernel/advice-answer.ts';
import { ADVISOR_NAME, readQuestion } from '../kernel/advice-question.ts';
import type { AdviceQuestion } from '../kernel/advice-question.ts';
import type { Provider, ProviderCall, ProviderResult } from '../kernel/ports.ts';
import { encode } from '../object/codec.ts';
import type { Value } from '../value.ts';

export interface Advisor {
  /** The node's name for it: 1 to 32 characters of a-z, 0-9 and `-`. Policies and questions name it so. */
  readonly name: string;
  /** What answers, for the record: 1 to 80 printable characters. */
  readonly model: string;
  /** A thrown error is `unavailable`. Should stop when `signal` aborts. */
  ask(question: AdviceQuestion, bounds: AskBounds): Promise<AdvisorAnswer>;
}

export interface AskBounds {
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal;
}

export type AdvisorAnswer =
  /** `confidence` is 0 to 1, or null where it claims none. */
  | { readonly ok: true; readonly content: AdviceContent; readonly confidence: number | null }
  | { readonly ok: false; readonly error: 'unavailable' | 'limit' | 'timeout'; readonly message: string };

const MESSAGE_CHARS = 500;
const MODEL = /^[\x21-\x7e]{1,80}$/;

/** Errors: `usage` for a name or model that can't be, and for two advisors of one name. */
export function createAdvice(advisors: readonly Advisor[]): Provider {
  const byName = new Map(advisors.map((advisor) => [advisor.name, advisor]));
  for (const { name, model } of advisors) {
    if (!ADVISOR_NAME.test(name))
      throw new SojournError('usage', `advisor ${JSON.stringify(name)}: expected 1 to 32 characters of a-z, 0-9 and -`);
    if (!MODEL.test(model))
      throw new SojournError('usage', `advisor ${name}: expected a model of 1 to 80 printable characters`);
  }
  if (byName.size < advisors.length) throw new SojournError('usage', 'advisors: expected each name once');
  return {
    operations: ['advice.ask'],
    // a question has no effect at its target: lost in a crash, it is asked again
    repetition: () => 'safe',
    async perform(call) {
      const read = readQuestion(call.request);
      if (!read.ok) return { ok: false, error: 'invalid', message: read.message };
      const { question } = read;
      const advisor = byName.get(question.advisor);
      if (advisor === undefined)
        return {
          ok: false,
          error: 'not-found',
          message: `advisor ${question.advisor}: this node has none of that name`,
        };
      return ask(advisor, question, call);
    },
  };
}

async function ask(advisor: Advisor, question: AdviceQuestion, call: ProviderCall): Promise<ProviderResult> {
  const { timeoutMs, maxResponseBytes } = call;
  const signal = AbortSignal.timeout(timeoutMs);
  const late = Promise.withResolvers<null>();
  signal.addEventListener('abort', () => late.resolve(null), { once: true });
  try {
    const asked = advisor.ask(question, { timeoutMs, maxResponseBytes, signal });
    const answer = await Promise.race([asked, late.promise]);
    if (answer === null || signal.aborted)
      return { ok: false, error: 'timeout', message: `advisor ${advisor.name}: no answer within ${timeoutMs} ms` };
    if (!answer.ok) return rejected(advisor, answer);
    return accept(advisor, question, answer, maxResponseBytes);
  } catch (error) {
    return rejected(advisor, { error: 'unavailable', message: error instanceof Error ? error.message : String(error) });
  }
}

/** With a code of the contract and a message of bounded length, whatever the advisor gave for them. */
function rejected(
  { name }: Advisor,
  { error, message }: { readonly error: string; readonly message: string },
): ProviderResult {
  const known = error === 'limit' || error === 'timeout' || error === 'schema' ? error : 'unavailable';
  const said = typeof message === 'string' ? message.slice(0, MESSAGE_CHARS).toWellFormed() : 'no answer';
  return { ok: false, error: known, message: `advisor ${name}: ${said}` };
}

function accept(
  advisor: Advisor,
  question: AdviceQuestion,
  answer: Extract<AdvisorAnswer, { ok: true }>,
  maxBytes: number,
): ProviderResult {
  const { confidence } = answer;
  if (confidence !== null && !(confidence >= 0 && confidence <= 1))
    return rejected(advisor, { error: 'unavailable', message: 'expected a confidence from 0 to 1' });
  // through JSON, so that what an advisor hands over is plain data of its own, whatever it was
  const plain = parseJson(JSON.stringify(answer.content), Number.MAX_SAFE_INTEGER);
  const checked = plain.ok
    ? checkContent(question, plain.value)
    : { ok: false as const, error: 'unavailable' as const, message: `answer: ${plain.message}` };
  if (!checked.ok) return rejected(advisor, checked);
  const value: Value = {
    source: `advice:${advisor.name}/${advisor.model}`,
    // a plain 0, never a negative one
    confidence: confidence === null || confidence === 0 ? 0 : confidence,
    content: toValue(checked.content),
  };
  if (encode(value).length <= maxBytes) return { ok: true, value };
  return rejected(advisor, { error: 'limit', message: `expected an answer of at most ${maxBytes} bytes` });
}

function toValue({ tag, val }: AdviceContent): Value {
  if (tag !== 'tool-calls') return { tag, val };
  return { tag, val: val.map(({ id, name, arguments: given }) => ({ id, name, arguments: given })) };
}
