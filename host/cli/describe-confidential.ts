/** What is said of an entry whose body this reader can't open: what everybody can see of it, and nothing else. */
import { readersOf } from '../object/confidential.ts';
import type { EntryOf } from '../object/model.ts';
import { shortId, showBytes } from './quantities.ts';
import { say } from './sentence.ts';
import type { Sentence } from './sentence.ts';

export function describeConfidential({ body }: EntryOf<'confidential'>): Sentence {
  if (body.sealed === null) return say('redacted', `the body of this ${body.inner} entry was taken out of this copy`);
  const readers = readersOf(body.sealed).map((reader) => shortId(reader));
  const size = showBytes(body.sealed.length);
  return say('confidential', `${body.inner}, ${size}, to ${readers.join(', ')}`, { tone: 'attention' });
}
