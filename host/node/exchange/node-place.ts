/** A node as a place of an exchange: one in this process, or one behind an address by its client. */
import { SojournError } from '../../errors.ts';
import type { Node } from '../service/node.ts';
import type { ExchangePlace } from './place.ts';

/** What an exchange needs of a node. */
export interface ExchangeNode extends Pick<Node, 'list' | 'admit'> {
  /** Resolves once its lists are whole; rejects where they are not. What is not listed would be taken for not there. */
  readonly indexed?: Promise<void>;
  read(id: string, offset: number): AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
}

const PAGE = 1_000;

/** `name` is what a person would call the node. */
export function createNodePlace(name: string, node: ExchangeNode): ExchangePlace {
  return {
    name,
    async *list() {
      await node.indexed;
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = await node.list({ limit: PAGE, ...(cursor === '' ? {} : { cursor }) });
        for (const { id, bytes, status, reason } of page.objects)
          yield { id, length: bytes, unfit: status === 'set-aside' ? `object ${id}: set aside: ${reason}` : null };
        cursor = page.next;
      }
    },
    async *read(id, offset = 0) {
      yield* await node.read(id, offset);
    },
    async take(id, bytes) {
      const { id: found, state } = await node.admit(bytes, { reading: true });
      if (found !== id)
        throw new SojournError('object.chain', `object ${id}: expected its bytes, found those of ${found}`);
      return state === 'back' ? 'extended' : state;
    },
  };
}
