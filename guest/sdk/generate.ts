/**
 * Writes the types of the contract to guest/sdk/generated, from wit/. Run it with Node after a change in wit/:
 * `node guest/sdk/generate.ts`. A test compares, so that the two cannot drift apart.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateTypes } from '@bytecodealliance/jco/component';
import { readContract } from '../../host/sandbox/build-contract.ts';

/** Texts of the type files by their path below guest/sdk/generated, slashes forward. */
export async function generateContractTypes(): Promise<ReadonlyMap<string, string>> {
  const { witText } = readContract();
  const files = await generateTypes('handler', {
    wit: { tag: 'source', val: witText },
    world: 'handler',
    guest: true,
    strict: true,
  });
  const decoder = new TextDecoder();
  return new Map(files.map(([name, bytes]) => [name, tidy(decoder.decode(bytes))]));
}

/** No blanks at the ends of lines, one line break at the end of the file. */
function tidy(text: string): string {
  return `${text.replaceAll(/[ \t]+$/gm, '').trimEnd()}\n`;
}

async function writeContractTypes(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of await generateContractTypes()) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

if (import.meta.main) await writeContractTypes(fileURLToPath(new URL('generated', import.meta.url)));
