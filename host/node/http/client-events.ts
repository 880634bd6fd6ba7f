/** Server-sent events of a node, one at a time and of bounded size. What is no event of ours is passed over. */
import { SojournError } from '../../errors.ts';
import { parseJson } from '../../json.ts';
import { isMap } from '../../value.ts';
import type { NodeEvent } from '../service/node.ts';
import { readPieces } from './client-answer.ts';
import type { Answer } from './client-answer.ts';
import type { ClientLimits } from './client-limits.ts';

const BREAK = /\r\n|\n|\r/;
const ID = /^[0-9a-f]{64}$/;

/** Ends when the node ends the stream. Errors: `node.unreachable`, `object.limit` for an event that is too large. */
export async function* readEvents(answer: Answer, limits: ClientLimits): AsyncGenerator<NodeEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  let size = 0;
  for await (const piece of readPieces(answer, Number.POSITIVE_INFINITY, limits.quietMs)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split(BREAK);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        const event = data.length === 0 ? null : toEvent(data.join('\n'), limits.eventBytes);
        [data, size] = [[], 0];
        if (event !== null) yield event;
      } else if (line.startsWith('data:')) {
        size += line.length;
        if (size <= limits.eventBytes) data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
      }
      if (size > limits.eventBytes) throw tooLarge(answer, limits);
    }
    if (rest.length > limits.eventBytes) throw tooLarge(answer, limits);
  }
}

function tooLarge({ origin }: Answer, { eventBytes }: ClientLimits): SojournError {
  return new SojournError(
    'object.limit',
    `${origin}: expected events of at most ${eventBytes} bytes, found a longer one`,
  );
}

/** Only what every event has is checked; what else a type has is looked at by whoever shows it. */
function toEvent(text: string, most: number): NodeEvent | null {
  const result = parseJson(text, most);
  if (!result.ok || !isMap(result.value)) return null;
  const { seq, time, object, type } = result.value;
  if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(time) || typeof type !== 'string') return null;
  if (typeof object !== 'string' || !ID.test(object)) return null;
  return result.value as unknown as NodeEvent; // of the API; its own members are checked where they are used
}
