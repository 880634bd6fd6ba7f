/** A node as one end of a move, over its API: it seals and marks what it hands over, and verifies what it takes in. */
import { SojournError } from '../errors.ts';
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
      const { bytes, receipt } = await client.handOver(id);
      return { path: await remote.spool(url, bytes), receipt };
    },
    async back(path) {
      await client.admit(createFileStore().read(path));
    },
  };
}

export function createNodeTarget(to: string, remote: Remote): MoveTarget {
  const { node, origin } = readNodeUrl(to);
  const client = remote.client(node, origin);
  return {
    name: node,
    ready: async () => void (await client.health()),
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

/** What the node itself answered, and answered with a no. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof SojournError)) return false;
  const { status } = error.details;
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 408;
}
