/** What is said of one entry: a word for what happened, the rest of the sentence, and in which tone. */

export interface Sentence {
  /** One word for what happened. */
  readonly verb: string;
  readonly text: string;
  /** What somebody gave as the reason, in their own words. */
  readonly quote: string | null;
  readonly tone: 'plain' | 'good' | 'bad' | 'attention';
}

export function say(verb: string, text: string, more: Partial<Pick<Sentence, 'quote' | 'tone'>> = {}): Sentence {
  return {
    verb,
    text,
    quote: more.quote === undefined || more.quote === '' ? null : more.quote,
    tone: more.tone ?? 'plain',
  };
}
