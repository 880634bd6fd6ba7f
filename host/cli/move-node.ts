/** A node as one end of a move, over its API: it seals and marks what it hands over, and verifies what it takes in. */
import { stat } from 'node:fs/promises';
import { SojournError } from '../errors.ts';
import type { Client } from '../node/http/client.ts';
import type { ObjectLine } from '../node/service/node.ts';
import { createFileStore } from '../store/file.ts';
import type { MoveSource, MoveTarget } from './move-object.ts';
import { readNodeUrl, readObjectUrl } from './node-url.ts';
import type { Remote } from './remote.ts';

export function createNodeSource(object: string, remote: Remote): MoveSource {
  const { url, node, origin, id } = readObjectUrl(object);
  const client = remote.client(node, origin);
  return {
    name: url,
    left: url,
    async take() {
      const { status } = await client.line(id);
      const { bytes, receipt } = await client.handOver(id);
      return { path: await remote.spool(url, bytes), receipt, again: status === 'left' };
    },
    async back(path) {
      await client.admit(createFileStore().read(path));
    },
    done: async () => {},
  };
}

export function createNodeTarget(to: string, remote: Remote): MoveTarget {
  const { node, origin } = readNodeUrl(to);
  const client = remote.client(node, origin);
  return {
    name: node,
    place: async (id) => `${node}/objects/${id}`,
    ready: async () => void (await client.health()),
    async handedOn(id, path) {
      const there = await findLine(client, id);
      return there?.status === 'left' && there.bytes >= (await stat(path)).size;
    },
    async give(path) {
      try {
        return (await client.admit(createFileStore().read(path))).state;
      } catch (error) {
        if (error instanceof SojournError && error.code === 'object.behind') return 'behind';
        throw error;
      }
    },
    refused: async (error) => isRefusal(error),
  };
}

async function findLine(client: Client, id: string): Promise<ObjectLine | null> {
  try {
    return await client.line(id);
  } catch (error) {
    if (error instanceof SojournError && error.code === 'store.missing') return null;
    throw error;
  }
}

/** What the node itself answered, and answered with a no. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof SojournError)) return false;
  const { status } = error.details;
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 408;
}
