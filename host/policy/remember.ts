/**
 * Answers of the engine, kept by the request as it is handed over. Cedar is a function of policies and request, the policies of a set
 * never change, and the engine takes the request as this very JSON: equal texts, equal answers. Failures of the engine are not kept.
 */
import type { CedarAnswer, CedarRequest } from './cedar.ts';

export type Ask = (request: CedarRequest) => CedarAnswer;

/** Answers of one set that are kept. With `TEXT_MAX`, bounds what a guest can fill by asking for ever other things: 4 MiB a set. */
const ANSWERS_KEPT = 1024;
/** Characters of a request that is worth keeping. */
const TEXT_MAX = 2048;

/** Those asked for longest ago go first. */
export function rememberAnswers(ask: Ask): Ask {
  const known = new Map<string, CedarAnswer>();
  return (request) => {
    const text = JSON.stringify(request);
    const found = known.get(text);
    if (found !== undefined) {
      known.delete(text);
      known.set(text, found);
      return found;
    }
    const answer = ask(request);
    if (!answer.ok || text.length > TEXT_MAX) return answer;
    if (known.size >= ANSWERS_KEPT) for (const oldest of known.keys()) if (known.delete(oldest)) break;
    known.set(text, answer);
    return answer;
  };
}
