/** What the conformance suite asks of a kind of node (R59), and what all of them are made of. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hex } from '../../host/json.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { nativeHash } from '../../host/node/native.ts';
import { objectId } from '../../host/object/genesis.ts';
import { readItems } from '../../host/object/items.ts';
import type { NodeDraft } from '../../host/node/service/node.ts';
import type { PolicySet } from '../../host/policy/model.ts';
import type { EffectServer } from '../node/effect-server.ts';
import type { Nodes } from '../node/service/nodes.ts';
import { streamOf } from '../store/object-contract.ts';
import type { World } from '../node/world.ts';

export type Status = 'active' | 'dormant' | 'terminated';

/** A node of some kind with the program around it. Objects are named by their ids. */
export interface Subject {
  /** Made, and not run by that. */
  create(draft: NodeDraft): Promise<string>;
  /** Does all that can be done now with the object and with its family. */
  goOn(id: string): Promise<Status>;
  /** True where the key was known. */
  signal(id: string, name: string, key: string): Promise<boolean>;
  bytes(id: string): Promise<Uint8Array>;
  /** Takes a copy in, to go on with it here. */
  admit(bytes: Uint8Array): Promise<void>;
  /** Gives it away: it is gone on with elsewhere. */
  handOver(id: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** What all kinds share: clock, sandbox, guest, and a server that counts effects. */
export interface Ground {
  readonly nodes: Nodes;
  /** A world of files, for a node of another kind and key, and for verifying. */
  readonly world: World;
  readonly server: EffectServer;
  /** A folder that nobody else has. */
  folder(): string;
}

export interface Kind {
  readonly title: string;
  make(ground: Ground, policy: PolicySet): Promise<Subject>;
}

/** Puts bytes into a file of the world and gives its path. */
export function putFile(world: World, name: string, bytes: Uint8Array): string {
  const path = join(world.folder, `${name}.sojourn`);
  writeFileSync(path, bytes);
  return path;
}

/** Of the object that these bytes begin. */
export async function idOf(bytes: Uint8Array): Promise<string> {
  for await (const item of readItems(streamOf([bytes]), DEFAULT_LIMITS.object))
    return hex(objectId(item.bytes, nativeHash));
  throw new Error('expected an object');
}

export function getFile(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}
