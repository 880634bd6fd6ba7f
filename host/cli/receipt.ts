/**
 * Receipts on the command line: the seal of what was just appended, for others to keep. Against one, `verify` sees a lost tail.
 */
import { SojournError } from '../errors.ts';
import { fromHex } from '../json.ts';
import { replaceFile, readFileBounded } from './files.ts';

const RECEIPT_BYTES = 4096;
/** Shorter texts of hexadecimal digits are taken for a file's name. */
const HEX = /^(?:[0-9a-f]{2}){64,}$/;

/** Writes nothing where there is no file to write or no receipt. */
export async function writeReceipt(file: string | undefined, receipt: Uint8Array | null): Promise<void> {
  if (file !== undefined && receipt !== null) await replaceFile(file, receipt);
}

/** Several of them. Errors: those of `readReceipt`. */
export function readReceipts(texts: readonly string[] = []): Promise<readonly Uint8Array[]> {
  return Promise.all(texts.map((text) => readReceipt(text)));
}

/** A receipt as hexadecimal digits, or the name of a file that holds one. Errors: `store.*`, `object.seal`. */
export async function readReceipt(text: string): Promise<Uint8Array> {
  const bytes = HEX.test(text) ? fromHex(text) : await readFileBounded(text, RECEIPT_BYTES, 'object.seal');
  if (bytes === null || bytes.length === 0)
    throw new SojournError('object.seal', `${text.slice(0, 80)}: expected a receipt, found nothing`);
  return bytes;
}
