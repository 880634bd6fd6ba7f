/**
 * One entry of an object's history in one sentence. Entries come from whoever wrote the object, so nothing of theirs reaches the
 * terminal as it is.
 */
import type { Entry, EntryOf } from '../object/model.ts';
import { ADVICE_OPERATION } from '../object/advice.ts';
import { stringifyJson } from '../json.ts';
import { isMap } from '../value.ts';
import type { Value, ValueMap } from '../value.ts';
import { describeConfidential } from './describe-confidential.ts';
import { describeCondition, describeVerdict, explainReason } from './describe-condition.ts';
import { describeAdvice, describeQuestion } from './describe-advice.ts';
import { describeLife } from './describe-life.ts';
import { cleanLine } from './safe-text.ts';
import { shortId, showBytes, showNumber } from './quantities.ts';
import { say } from './sentence.ts';
import type { Sentence } from './sentence.ts';

const TEXT_MAX = 160;

export function describeEntry(entry: Entry): Sentence {
  switch (entry.kind) {
    case 'blob':
      return say('embedded', `${cleanLine(entry.body.media, 80)}, ${showBytes(entry.body.bytes.length)}`);
    case 'signal':
      return say(
        'signal',
        `"${cleanLine(entry.body.name)}" from node ${shortId(entry.node)}: ${showValue(entry.body.payload)}`,
        { tone: 'attention' },
      );
    case 'open':
      return say('started', describeStart(entry));
    case 'call':
      return say(
        'called',
        `${describeCall(entry.body.operation, entry.body.request)} — ${describeVerdict(entry.body.verdict)}`,
        {
          tone: entry.body.verdict.verdict === 'reject' ? 'bad' : 'plain',
        },
      );
    case 'result':
      return describeResult(entry);
    case 'proposal':
      return (
        describeAdvice(entry) ?? say('proposed', describeProposal(entry), { quote: cleanLine(entry.body.rationale) })
      );
    case 'verdict':
      return describeDecision(entry);
    case 'wake':
      return say(
        'looked',
        entry.body.satisfied
          ? `what it waited for is there${becauseOf(entry.body.because)}`
          : 'what it waits for is not there yet',
      );
    case 'intent':
      return say('intent', `${entry.body.mutation}: ${cleanLine(entry.body.after.goal, TEXT_MAX)}`, {
        quote: cleanLine(entry.body.reason),
      });
    case 'child':
      return say(
        'child',
        `"${cleanLine(entry.body.name, 64)}" as object ${shortId(entry.body.id)}: ${cleanLine(entry.body.intent.goal, TEXT_MAX)}`,
      );
    case 'recover':
      return say(
        'recovered',
        `the cycle that node ${shortId(entry.body.lost)} left unfinished at entry ${entry.body.from}`,
        { tone: 'attention' },
      );
    case 'outcome':
      return describeOutcome(entry);
    case 'seal':
      return say(
        'sealed',
        `by node ${shortId(entry.node)}${entry.body.signature === null ? ', without a signature' : ''}`,
      );
    case 'confidential':
      return describeConfidential(entry);
    default:
      return describeLife(entry);
  }
}

function describeStart({ body }: EntryOf<'open'>): string {
  const why = {
    created: 'the handler, for the first time',
    continued: 'the handler, to go on',
    woken: `the handler, because it woke (entry ${body.because ?? 0})`,
  };
  return why[body.trigger];
}

function becauseOf(seqs: readonly number[]): string {
  return seqs.length === 0 ? '' : ` (${seqs.length === 1 ? 'entry' : 'entries'} ${seqs.slice(0, 8).join(', ')})`;
}

function describeCall(operation: string, request: ValueMap): string {
  const name = cleanLine(operation, 64);
  const { method, url, key, message, level, body } = request;
  if (operation === 'http.send')
    return `http ${showText(method)} ${showText(url)}${body instanceof Uint8Array ? `, ${showBytes(body.length)}` : ''}`;
  if (operation === 'log.write') return `log ${showText(level)}: ${showText(message)}`;
  if (operation === ADVICE_OPERATION) return describeQuestion(request);
  if (operation === 'tools.call') return `tool ${showText(request['name'])}`;
  return typeof key === 'string' ? `${name} ${showText(key)}` : name;
}

function describeResult({ body }: EntryOf<'result'>): Sentence {
  const status = isMap(body.value) ? body.value['status'] : undefined;
  const content = isMap(body.value) ? body.value['body'] : undefined;
  if (body.error !== null) {
    return say(
      'answered',
      `${cleanLine(body.error, 64)}${body.message === null ? '' : `: ${cleanLine(body.message)}`}`,
      { tone: 'bad' },
    );
  }
  if (typeof status === 'number')
    return say('answered', `${status}${content instanceof Uint8Array ? `, ${showBytes(content.length)}` : ''}`);
  return say('answered', showValue(body.value));
}

function describeProposal({ body }: EntryOf<'proposal'>): string {
  const sure = body.confidence === 1 ? '' : `, ${Math.round(body.confidence * 100)} % sure`;
  return `${body.action ?? 'nothing'}${describeAction(body.body)}${sure}`;
}

function describeAction(body: Value): string {
  if (!isMap(body)) return '';
  const { step, operation, achieved, name, kind, tag, val } = body;
  if (tag === 'cancel' && isMap(val)) return `: "${showText(val['name'])}" is given up`;
  if (tag === 'spawn' && isMap(val)) return ` of "${showText(val['name'])}"`;
  const request = isMap(operation) && isMap(operation['val']) ? operation['val'] : null;
  if (isMap(operation)) {
    const tag = operation['tag'] === 'http' ? 'http.send' : operation['tag'] === 'tool' ? 'tools.call' : 'commit';
    return ` of "${showText(step)}"${request === null ? '' : `: ${describeCall(tag, request)}`}`;
  }
  if (typeof achieved === 'boolean') return achieved ? ', its goal achieved' : ', its goal not achieved';
  if (typeof name === 'string') return ` of "${showText(name)}"`;
  return typeof kind === 'string' ? ` (${showText(kind)})` : '';
}

function describeDecision({ body }: EntryOf<'verdict'>): Sentence {
  const { verdict } = body;
  const wait =
    verdict.verdict === 'defer' && verdict.wake !== null
      ? `; to be asked again ${describeCondition(verdict.wake, null)}`
      : '';
  const tone = verdict.verdict === 'reject' ? 'bad' : verdict.verdict === 'defer' ? 'attention' : 'good';
  return say('decided', `${body.action} ${describeVerdict(verdict)}${wait}`, { tone });
}

function describeOutcome(entry: EntryOf<'outcome'>): Sentence {
  const { class: outcome, action, reason, message, wake, fuel, value } = entry.body;
  const words = [`${outcome}${action === null ? '' : ` of ${action}`}`];
  // that policy decided stands in the entry before
  if (reason !== null && reason !== 'policy') words.push(`: ${explainReason(reason)}`);
  if (message !== null) words.push(` — ${cleanLine(message)}`);
  if (wake !== null) words.push(`; it sleeps and wakes ${describeCondition(wake, entry.time)}`);
  if (wake === null && action !== 'reentry' && value !== null && outcome === 'success')
    words.push(`: ${showValue(value)}`);
  if (fuel > 0) words.push(` (${showNumber(fuel)} fuel)`);
  return say('outcome', words.join(''), {
    tone: outcome === 'success' ? 'good' : outcome === 'deferral' ? 'attention' : 'bad',
  });
}

function showText(value: Value | undefined): string {
  return typeof value === 'string' ? cleanLine(value, TEXT_MAX) : '?';
}

/** A value as JSON on one line. */
export function showValue(value: Value, most = TEXT_MAX): string {
  return cleanLine(stringifyJson(value), most);
}
