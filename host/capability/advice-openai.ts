/**
 * An advisor behind any server that speaks `POST {base}/chat/completions`, without streaming. One request, one answer: no redirect, no
 * retry, no cookie. The key goes into one header and nowhere else: an answer that holds it is refused, and of an answer that is not
 * taken nothing but its status is told.
 */
import { SojournError } from '../errors.ts';
import type { AdviceQuestion } from '../kernel/advice-question.ts';
import type { Advisor, AdvisorAnswer, AskBounds } from './advice.ts';
import { readCompletion } from './advice-completion.ts';
import type { Fetch } from './http.ts';
import { readBody, reasonOf } from './read-body.ts';

export interface OpenAiOptions {
  readonly name: string;
  /** Base URL, for example `https://api.example.com/v1`. */
  readonly url: string;
  readonly model: string;
  /** 8 to 4096 printable characters; null: none is sent. */
  readonly key: string | null;
  readonly fetch: Fetch;
  readonly temperature?: number;
  /** Name of the member that bounds the answer. Servers differ. Default `max_tokens`. */
  readonly tokenLimit?: 'max_tokens' | 'max_completion_tokens';
  /** Asks for the probabilities of the tokens; their geometric mean is the confidence. Not every server knows them. */
  readonly logprobs?: boolean;
}

/** Errors: `usage` for a URL or a key that can't be. */
export function createOpenAiAdvisor(options: OpenAiOptions): Advisor {
  const { name, model, key } = options;
  const url = endpointOf(name, options.url);
  if (key !== null && !/^[\x21-\x7e]{8,4096}$/.test(key))
    throw new SojournError('usage', `advisor ${name}: expected a key of 8 to 4096 printable characters`);
  const headers = {
    'content-type': 'application/json',
    'accept': 'application/json',
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
  };
  return {
    name,
    model,
    async ask(question, bounds) {
      try {
        const response = await options.fetch(url, {
          method: 'POST',
          headers,
          body: JSON.stringify(requestOf(options, question)),
          redirect: 'manual',
          credentials: 'omit',
          cache: 'no-store',
          signal: bounds.signal,
        });
        return withoutKey(await readAnswer(question, response, bounds), key);
      } catch (error) {
        if (bounds.signal.aborted)
          return { ok: false, error: 'timeout', message: `no answer within ${bounds.timeoutMs} ms` };
        return withoutKey({ ok: false, error: 'unavailable', message: reasonOf(error) }, key);
      }
    },
  };
}

function endpointOf(name: string, base: string): string {
  const url = URL.canParse(base) ? new URL(base) : null;
  const plain = url !== null && url.username === '' && url.password === '' && url.hash === '' && url.search === '';
  if (url === null || !plain || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new SojournError('usage', `advisor ${name}: expected an http or https URL without user, query and fragment`);
  return `${url.href.replace(/\/$/, '')}/chat/completions`;
}

function requestOf(options: OpenAiOptions, question: AdviceQuestion): object {
  const { model, temperature, tokenLimit = 'max_tokens', logprobs = false } = options;
  const { system, tools, schema, maxTokens } = question;
  return {
    model,
    messages: [...(system === '' ? [] : [{ role: 'system', content: system }]), ...question.messages.map(messageOf)],
    ...(tools.length === 0
      ? {}
      : { tools: tools.map((tool) => ({ type: 'function', function: tool })), tool_choice: 'auto' }),
    ...(schema === null ? {} : { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } }),
    [tokenLimit]: maxTokens,
    ...(temperature === undefined ? {} : { temperature }),
    ...(logprobs ? { logprobs: true } : {}),
    n: 1,
    stream: false,
  };
}

function messageOf({ role, content, requested, toolCall }: AdviceQuestion['messages'][number]): object {
  if (role === 'tool') return { role, content, tool_call_id: toolCall };
  if (requested.length === 0) return { role, content };
  const calls = requested.map(({ id, name, arguments: given }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(given) },
  }));
  return { role, content: content === '' ? null : content, tool_calls: calls };
}

async function readAnswer(
  question: AdviceQuestion,
  response: Response,
  { maxResponseBytes }: AskBounds,
): Promise<AdvisorAnswer> {
  if (response.status !== 200) {
    // nothing of it is wanted; the connection is given back
    await response.body?.cancel();
    return { ok: false, error: 'unavailable', message: `expected status 200, found ${response.status}` };
  }
  const body = await readBody(response, maxResponseBytes);
  if (body === null)
    return { ok: false, error: 'limit', message: `expected an answer of at most ${maxResponseBytes} bytes` };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return { ok: false, error: 'unavailable', message: 'expected an answer in UTF-8' };
  }
  return readCompletion(question, text, maxResponseBytes);
}

/** A server knows the key, and may say it: neither an answer nor the reason why there is none brings it into an object. */
function withoutKey(answer: AdvisorAnswer, key: string | null): AdvisorAnswer {
  if (key === null || !holds(answer.ok ? answer.content : answer.message, key)) return answer;
  return { ok: false, error: 'unavailable', message: 'expected an answer without the key, found it in there' };
}

/** Whether a text of `value`, or a name in it, holds `secret`. */
function holds(value: unknown, secret: string): boolean {
  if (typeof value === 'string') return value.includes(secret);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => name.includes(secret) || holds(member, secret));
}
