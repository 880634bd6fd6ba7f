/** A sentence about an entry as lines: the verb in a column of its own, a quote below it. */
import type { Sentence } from './sentence.ts';
import type { Terminal } from './terminal.ts';

const VERB_WIDTH = 10;

export function sentenceLines({ verb, text, quote, tone }: Sentence, terminal: Terminal): readonly string[] {
  const column = `${verb.padEnd(VERB_WIDTH - 1)} `;
  const first = `${tone === 'plain' ? terminal.paint('faint', column) : terminal.paint(tone, column)}${text}`;
  return quote === null ? [first] : [first, `${' '.repeat(VERB_WIDTH)}${terminal.paint('faint', `“${quote}”`)}`];
}
