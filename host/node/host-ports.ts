/**
 * Everything that a host needs of the world, in one record. `nodePorts` fills it for a Node process; a program that embeds the host
 * may hand in its own.
 */
import type { Fetch } from '../capability/http.ts';
import type { State } from '../object/state.ts';
import type {
  Clock,
  CreateReaderKey,
  HandlerRunner,
  Hash,
  Random,
  ReaderKey,
  Signer,
  Store,
  VerifySignature,
} from '../ports.ts';
import type { Residents } from './residents.ts';

export interface HostPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly hash: Hash;
  readonly verify: VerifySignature;
  /** Null: the host can read, verify and replay, and seals what it appends without a signature. */
  readonly signer: Signer | null;
  /** Opens what is confidential to this node, and what it makes so. None: confidential bodies stay closed. */
  readonly reader?: ReaderKey | null;
  /** Makes the keys that encrypt one body each. */
  readonly createReaderKey?: CreateReaderKey;
  readonly store: Store;
  readonly fetch: Fetch;
  readonly runner: HandlerRunner;
  /** What this host knew of objects when it closed them. Of one host alone: what it knows, it knows under its own limits and keys. */
  readonly residents?: Residents;
  /** Trace id (16 bytes) of what is under way, for the entry that opens a cycle. */
  trace?(): Uint8Array | null;
  /**
   * What a store keeps beside the object as of this seal, for whoever starts (`NodeStore`). `length` is what is stored then. Undefined:
   * what is there stays.
   */
  note?(state: State, length: number): Uint8Array | undefined;
  /** The store's name for a child of the object with this name. None: a file beside its parent. */
  childName?(parent: string, id: string): string;
  /** A handler that an object names and does not embed; null where it can't be found. `object` is the name in the store. */
  handler(digest: string, object: string): Promise<Uint8Array | null>;
}
