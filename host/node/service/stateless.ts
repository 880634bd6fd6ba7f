/**
 * Bytes in, bytes out (R59): an object is run in a store of its own that ends with the call. Of the node it has the handlers, the
 * policy and the sandbox, and nothing else.
 */
import { SojournError } from '../../errors.ts';
import { hex } from '../../json.ts';
import type { NodeFacts } from '../../kernel/ports.ts';
import type { Limits } from '../../limits.ts';
import { objectId } from '../../object/genesis.ts';
import { readItems } from '../../object/items.ts';
import type { NodeStore } from '../../ports.ts';
import { createMemoryStore } from '../../store/memory.ts';
import type { HostPorts } from '../host-ports.ts';
import { runObject } from '../run.ts';
import { openSession } from '../open-session.ts';
import type { EvaluateOptions, EvaluatedBytes, NodeOptions } from './node.ts';
import { whole } from './whole.ts';

export interface StatelessInputs {
  readonly ports: HostPorts;
  readonly options: Pick<NodeOptions, 'policy' | 'tools' | 'advisors' | 'accept' | 'onPoint'>;
  readonly limits: Limits;
  readonly node: NodeFacts;
  readonly closing: AbortSignal;
}

/** Errors: `object.*`, `store.*`. */
export async function evaluateBytes(
  bytes: Uint8Array,
  { once = false, signal = null }: EvaluateOptions,
  { ports, options, limits, node, closing }: StatelessInputs,
): Promise<EvaluatedBytes> {
  const { policy, tools = [], advisors = [], accept = [] } = options;
  const store = createMemoryStore();
  const id = await idOf(bytes, ports, limits);
  await store.create(id, bytes.slice());
  // what the node knows of objects is of another store
  const { residents: _, ...others } = ports;
  const own: HostPorts = { ...others, store, note: () => undefined };
  const session = await openSession(id, own, limits, { accepted: accept });
  try {
    const report = await runObject(
      {
        name: id,
        session,
        ports: own,
        policy,
        limits,
        node,
        tools,
        advisors,
        reached: (point) => options.onPoint?.(point, id),
        onEntry: () => {},
      },
      { once, signal: AbortSignal.any([closing, ...(signal === null ? [] : [signal])]), onOutcome: () => {} },
    );
    return { bytes: await readAll(store, id), report, children: await othersIn(store, id) };
  } finally {
    await session.close();
  }
}

async function idOf(bytes: Uint8Array, { hash }: HostPorts, limits: Limits): Promise<string> {
  for await (const item of readItems(whole(bytes), limits.object)) return hex(objectId(item.bytes, hash));
  throw new SojournError('object.truncated', 'object: expected a genesis, found nothing');
}

async function othersIn(store: NodeStore, id: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const others = new Map<string, Uint8Array>();
  for await (const { name } of store.list()) if (name !== id) others.set(name, await readAll(store, name));
  return others;
}

async function readAll(store: NodeStore, name: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(name)) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}
