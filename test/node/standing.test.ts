import { expect, test } from 'vitest';
import { hex } from '../../host/json.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { createStanding } from '../../host/node/standing.ts';
import type { Carrier } from '../../host/node/standing.ts';
import { digestPolicySet, encodePolicySet } from '../../host/policy/encode.ts';
import { PERMIT_ALL, policyFiles } from './policies.ts';

const files = policyFiles(PERMIT_ALL);
const [digest, bytes] = [digestPolicySet(files), encodePolicySet(files)];
const standing = () => createStanding({ ports: { fetch }, tools: [], advisors: [], limits: DEFAULT_LIMITS });

/** An object that names the set, with these bytes of it; counts how often they are read. */
function carrier(embedded: Uint8Array | null): Carrier & { reads: number } {
  const context = { policies: [digest] };
  const object = {
    reads: 0,
    state: { genesis: { context } } as never, // nothing else of it is looked at
    hasBlob: (name: string) => embedded !== null && name === hex(digest),
    async blob(name: string) {
      object.reads++;
      return object.hasBlob(name) ? embedded : null;
    },
  };
  return object;
}

test('a carried set is loaded once, whoever carries it', async () => {
  const { carried } = standing();
  const [a, b] = [carrier(bytes), carrier(bytes)];
  const [first] = await carried(a);
  expect(first).toHaveProperty('decide');
  expect(await carried(b)).toEqual([first]);
  expect([a.reads, b.reads]).toEqual([1, 0]);
});

test('an object without the bytes of its set has none, whatever another one carries', async () => {
  const { carried } = standing();
  await carried(carrier(bytes));
  expect(await carried(carrier(null))).toEqual([{ missing: digest }]);
});

test('bytes that are not the set are told each time, and never kept', async () => {
  const { carried } = standing();
  const wrong = encodePolicySet(policyFiles(`${PERMIT_ALL} `));
  for (let time = 0; time < 2; time++) expect(await carried(carrier(wrong))).toMatchObject([{ malformed: digest }]);
  expect((await carried(carrier(bytes)))[0]).toHaveProperty('decide');
});
