/**
 * Readers on the command line: a public key as `sojourn keygen` prints it, or a name of a policy set's readers.json.
 */
import { SojournError } from '../errors.ts';
import { loadPolicyFolder } from '../node/load-policy.ts';
import { parseReaderKey } from '../policy/readers.ts';
import type { Readers } from '../policy/readers.ts';

/** The keys of these texts. Errors: `usage` for one that is neither, `policy.*`, `store.missing`. */
export async function openReaders(texts: readonly string[], policy: string | undefined): Promise<Uint8Array[]> {
  const named: Readers = policy === undefined ? new Map() : (await loadPolicyFolder(policy)).readers;
  return texts.map((text) => {
    const key = named.get(text) ?? parseReaderKey(text);
    if (key !== null) return key;
    const expected =
      policy === undefined
        ? 'a reader key ("x25519:" and 64 digits, as "sojourn keygen" prints it), or a name together with --policy'
        : 'a reader key ("x25519:" and 64 digits), or a name of the policy set’s readers.json';
    throw new SojournError('usage', `--to: expected ${expected}, found ${JSON.stringify(text.slice(0, 80))}`);
  });
}
