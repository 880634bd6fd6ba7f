/**
 * Handlers and new objects of a node. An idempotency key becomes the nonce of the genesis: the same key is found again by it, in
 * the index, in the note and in the object itself.
 */
import { SojournError } from '../../errors.ts';
import { fromHex, hex } from '../../json.ts';
import { decodeGenesis } from '../../object/genesis.ts';
import type { Genesis } from '../../object/model.ts';
import { readItems } from '../../object/items.ts';
import type { Limits } from '../../limits.ts';
import type { NodeStore } from '../../ports.ts';
import { draftObject } from '../draft-object.ts';
import type { HostPorts } from '../host-ports.ts';
import type { NodeCreated, NodeDraft, NodeHandler } from './node.ts';
import { encodeNote } from './note.ts';
import type { Note } from './note.ts';
import type { Notes } from './notes.ts';
import type { WakeIndex } from './wake-index.ts';

export interface MakingInputs {
  readonly store: NodeStore;
  readonly ports: HostPorts;
  readonly limits: Limits;
  readonly index: WakeIndex;
  readonly notes: Notes;
  /** Resolves once every key is in the index. */
  readonly indexed: () => Promise<void>;
  readonly onMade: (id: string, note: Note, draft: NodeDraft) => void;
}

export interface Making {
  putHandler(component: Uint8Array): Promise<NodeHandler>;
  create(draft: NodeDraft): Promise<NodeCreated>;
}

/** Handlers that are known to be admitted and in the store. */
const ADMITTED_MOST = 1_024;

export function createMaking({ store, ports, limits, index, notes, indexed, onMade }: MakingInputs): Making {
  const admitted = new Set<string>();
  /** Creations under way, by nonce. */
  const underWay = new Map<string, Promise<unknown>>();

  async function admit(handler: string, component: Uint8Array): Promise<void> {
    const refusal = await ports.runner.admit({ handler, component: async () => component, limits: limits.cycle });
    if (refusal !== null) throw new SojournError(refusal.code, `handler ${handler}: ${refusal.message}`);
  }

  function remember(handler: string): void {
    if (admitted.size >= ADMITTED_MOST) admitted.clear();
    admitted.add(handler);
  }

  async function putHandler(component: Uint8Array): Promise<NodeHandler> {
    const handler = hex(ports.hash(component));
    if (!admitted.has(handler)) {
      await admit(handler, component);
      await store.putHandler(handler, component);
      remember(handler);
    }
    return { handler, bytes: component.length };
  }

  async function stored(handler: string): Promise<Uint8Array> {
    const component = fromHex(handler)?.length === 32 ? await store.handler(handler) : null;
    if (component !== null) return component;
    throw new SojournError(
      'component.missing',
      `handler ${handler}: expected one that the node has, found none: put it there first`,
    );
  }

  /** Its digest, admitted and in the store. */
  async function handlerOf({ handler }: NodeDraft): Promise<string> {
    if (typeof handler !== 'string') return (await putHandler(handler)).handler;
    if (!admitted.has(handler)) {
      await admit(handler, await stored(handler));
      remember(handler);
    }
    return handler;
  }

  async function make(draft: NodeDraft, nonce: Uint8Array): Promise<NodeCreated> {
    const handler = await handlerOf(draft);
    const known = draft.key === undefined ? -1 : index.findKey(nonce);
    const component = draft.embed === true ? await stored(handler) : null;
    const digest = fromHex(handler) ?? new Uint8Array(32);
    const time = known < 0 ? ports.clock.now() : await timeOf(index.idOf(known));
    const object = draftObject(draft, { handler: digest, component, time, nonce }, ports, limits);
    const id = hex(object.id);
    const made = { id, bytes: object.bytes.length, receipt: object.receipt };
    if (known >= 0) {
      if (index.idOf(known) === id) return { ...made, duplicate: true };
      throw new SojournError(
        'object.exists',
        `key: expected the draft that it was used for first, found another one: object ${index.idOf(known)} was made with it`,
        { details: { id: index.idOf(known) } },
      );
    }
    const note = noteOf(draft, object.genesis, object.bytes);
    await store.create(id, object.bytes, encodeNote(note));
    onMade(id, note, draft);
    return { ...made, duplicate: false };
  }

  function noteOf(draft: NodeDraft, genesis: Genesis, bytes: Uint8Array): Note {
    const blobs =
      (draft.policies ?? []).length + Object.keys(draft.files ?? {}).length + (draft.embed === true ? 1 : 0);
    const made = { held: draft.run === false, keyed: draft.key !== undefined };
    return notes.ofNew(genesis, blobs + 1, bytes.length, made);
  }

  async function timeOf(id: string): Promise<number> {
    for await (const item of readItems(store.read(id), limits.object))
      return decodeGenesis(item.bytes, limits.object).time;
    throw new SojournError('object.truncated', `object ${id}: expected a genesis, found nothing`);
  }

  return {
    putHandler,
    async create(draft) {
      if (draft.key === undefined) return make(draft, ports.random.bytes(16));
      const nonce = nonceOf(draft.key, ports);
      await indexed();
      // one after the other: the second finds what the first made
      const name = hex(nonce);
      const before = underWay.get(name) ?? Promise.resolve();
      const made = before.then(
        () => make(draft, nonce),
        () => make(draft, nonce),
      );
      underWay.set(name, made);
      try {
        return await made;
      } finally {
        if (underWay.get(name) === made) underWay.delete(name);
      }
    },
  };
}

function nonceOf(key: string, { hash }: Pick<HostPorts, 'hash'>): Uint8Array {
  if (key.length < 1 || key.length > 256)
    throw new SojournError('usage', `key: expected 1 to 256 characters, found ${key.length}`);
  return hash(new TextEncoder().encode(`sojourn/create\n${key}`)).slice(0, 16);
}
