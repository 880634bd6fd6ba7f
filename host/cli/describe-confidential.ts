/** What is said of an entry whose body this reader can't open: what everybody can see of it, and nothing else. */
import { readersOf } from '../object/confidential.ts';
import type { Entry, EntryOf } from '../object/model.ts';
import { shortId, showBytes } from './quantities.ts';
import { say } from './sentence.ts';
import type { Sentence } from './sentence.ts';

export function describeConfidential({ body }: EntryOf<'confidential'>): Sentence {
  if (body.sealed === null) return say('redacted', `the body of this ${body.inner} entry was taken out of this copy`);
  const readers = readersOf(body.sealed).map((reader) => shortId(reader));
  const size = showBytes(body.sealed.length);
  return say('closed', `${body.inner}, ${size}, to ${readers.join(', ')}`, { tone: 'attention' });
}

/** The sentence of an entry that was opened, with whom else it is for. */
export function markCovered(sentence: Sentence, { cover }: Entry): Sentence {
  if (cover === undefined) return sentence;
  const readers = cover.readers.map((reader) => shortId(reader)).join(', ');
  return { ...sentence, text: `${sentence.text} [confidential to ${readers}]` };
}
