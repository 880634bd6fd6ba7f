/**
 * One entry of the program cache as bytes: 32 bytes of HMAC-SHA256 over all that follows, the length of a head, the head in JSON, the
 * glue, and each core module as the meter left it. The head begins with the name under which the entry was put away, so an
 * entry that was moved to another name is none. Nothing is parsed before the code over the whole of it has been compared.
 */
import type { CoreModule, Program } from './program.ts';

/** A program with its core modules as bytes. All else of it is plain data that JSON keeps. */
export interface StoredProgram extends Omit<Program, 'modules'> {
  readonly modules: readonly StoredModule[];
}

interface StoredModule extends Omit<CoreModule, 'module'> {
  /** Metered, as the engine compiles it. */
  readonly code: Uint8Array;
}

export const MAC_BYTES = 32;
const LENGTH_BYTES = 4;

interface Head {
  readonly name: string;
  readonly scriptBytes: number;
  readonly modules: readonly (Omit<StoredModule, 'code'> & { readonly codeBytes: number })[];
  readonly rest: Omit<StoredProgram, 'modules' | 'script'>;
}

/** The parts of an entry in order, without its code. */
export function encodeEntry(name: string, { script, modules, ...rest }: StoredProgram): readonly Uint8Array[] {
  const text = new TextEncoder().encode(script);
  const head: Head = {
    name,
    scriptBytes: text.length,
    modules: modules.map(({ code, ...facts }) => ({ ...facts, codeBytes: code.length })),
    rest,
  };
  const json = new TextEncoder().encode(JSON.stringify(head));
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, json.length);
  return [length, json, text, ...modules.map(({ code }) => code)];
}

/** `body` is an entry without its code, which must have been compared. Null where it was put away under another name. */
export function decodeEntry(name: string, body: Uint8Array): StoredProgram | null {
  const length = new DataView(body.buffer, body.byteOffset).getUint32(0);
  const decoder = new TextDecoder();
  let at = LENGTH_BYTES;
  const take = (bytes: number): Uint8Array => body.subarray(at, (at += bytes));
  // written by encodeEntry, which the code over it vouches for
  const head = JSON.parse(decoder.decode(take(length))) as Head;
  if (head.name !== name) return null;
  const script = decoder.decode(take(head.scriptBytes));
  const modules = head.modules.map(({ codeBytes, ...facts }) => ({ ...facts, code: take(codeBytes) }));
  return { ...head.rest, script, modules };
}
