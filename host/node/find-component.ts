/**
 * The component of an object: embedded, or from wherever the host keeps handlers. Bytes of another digest are none.
 */
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import type { HostPorts } from './host-ports.ts';

/** What a host needs to find the component of an object. */
export interface ComponentSource {
  /** The object's name in the store. */
  readonly name: string;
  readonly ports: Pick<HostPorts, 'handler' | 'hash'>;
  /** A blob that the object embeds. */
  readonly blob: (digest: string) => Promise<Uint8Array | null>;
}

/** The component with this digest (hexadecimal), whoever hands it over. Errors: `component.missing`. */
export async function findComponent(digest: string, { name, ports, blob }: ComponentSource): Promise<Uint8Array> {
  const found = (await blob(digest)) ?? (await ports.handler(digest, name));
  if (found !== null && hex(ports.hash(found)) === digest) return found;
  throw new SojournError(
    'component.missing',
    `handler ${digest}: expected it embedded or in a folder of handlers, found it nowhere: put its .wasm beside the object, or name its folder`,
  );
}
