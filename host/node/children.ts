/**
 * Children beside their parent: files `<parent's folder>/<child id>.sojourn`, or what the host's `childName` says. The same `child` entry
 * always gives the same object.
 */
import { dirname, join } from 'node:path';
import { SojournError } from '../errors.ts';
import { hex } from '../json.ts';
import { childGenesis } from '../kernel/delegate.ts';
import type { ChildDraft, CyclePorts } from '../kernel/ports.ts';
import type { Limits } from '../limits.ts';
import { encodeGenesis, objectId } from '../object/genesis.ts';
import { readItems } from '../object/items.ts';
import type { BlobBody, Genesis } from '../object/model.ts';
import type { State } from '../object/state.ts';
import { POLICY_MEDIA } from '../policy/encode.ts';
import { createObject, WASM_MEDIA } from './create.ts';
import type { HostPorts } from './host-ports.ts';

export interface ChildInputs {
  /** The parent's name in the store. */
  readonly name: string;
  readonly ports: HostPorts;
  readonly limits: Limits;
  /** A blob that the parent embeds, by its digest. */
  readonly blob: (digest: string) => Promise<Uint8Array | null>;
}

export function createChildPorts(inputs: ChildInputs): Pick<CyclePorts, 'childId' | 'spawn'> {
  const { ports, limits, blob } = inputs;
  const nameOf = (id: Uint8Array): string => ports.childName?.(inputs.name, hex(id)) ?? childName(inputs.name, hex(id));

  function genesisOf(draft: ChildDraft, parent: State, time: number): Genesis {
    return childGenesis(ports.hash, draft, parent, time, ports.signer?.publicKey ?? new Uint8Array(32));
  }

  async function blobsOf(genesis: Genesis): Promise<readonly BlobBody[]> {
    const handler = await blob(hex(genesis.handler));
    const policies = await Promise.all(genesis.context.policies.map((digest) => blob(hex(digest))));
    const found = policies.filter((bytes) => bytes !== null).map((bytes) => ({ media: POLICY_MEDIA, bytes }));
    return handler === null ? found : [{ media: WASM_MEDIA, bytes: handler }, ...found];
  }

  async function createOnce(name: string, bytes: Uint8Array): Promise<void> {
    try {
      await ports.store.create(name, bytes);
    } catch (error) {
      // made before a crash, by this node or by the one that was lost
      if (!(error instanceof SojournError && error.code === 'object.exists')) throw error;
    }
  }

  /** True where the store has the object of this id under its name. */
  async function isThere(id: Uint8Array): Promise<boolean> {
    try {
      for await (const item of readItems(ports.store.read(nameOf(id)), limits.object)) {
        return hex(ports.hash(item.bytes)) === hex(id);
      }
    } catch (error) {
      if (!(error instanceof SojournError && error.code === 'store.missing')) throw error;
    }
    return false;
  }

  return {
    childId(draft, parent, time) {
      const genesis = genesisOf(draft, parent, time);
      return { id: objectId(encodeGenesis(genesis, limits.object), ports.hash), nonce: genesis.nonce };
    },
    async spawn(child, parent, time) {
      const genesis = genesisOf(child.body, parent, time);
      const { id, bytes } = createObject({
        genesis,
        blobs: await blobsOf(genesis),
        signer: ports.signer,
        hash: ports.hash,
        limits,
      });
      if (hex(id) === hex(child.body.id)) await createOnce(nameOf(id), bytes);
      return isThere(child.body.id);
    },
  };
}

/** Where a parent's host puts a child. */
export function childName(parent: string, id: string): string {
  return join(dirname(parent), `${id}.sojourn`);
}
