/**
 * A node at the edge (R59): objects are made at the centre and handed over in a folder that is carried; the edge goes on with them without
 * a link, and what it made gets home by that folder and over HTTP in turn.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { exchange } from '../../host/node/exchange/exchange.ts';
import { createFolderPlace } from '../../host/node/exchange/folder-place.ts';
import { createNodePlace } from '../../host/node/exchange/node-place.ts';
import { createNativeVerify, nativeHash } from '../../host/node/native.ts';
import { createFileStore } from '../../host/store/file.ts';
import { createFolderStore } from '../../host/store/folder.ts';
import { createSqliteStore } from '../../host/store/sqlite.ts';
import { serveNode } from '../node/exchange/http-node.ts';
import { readAll } from '../store/object-contract.ts';
import { nodeSubject } from './node-subject.ts';
import type { Kind } from './subject.ts';

const limits = DEFAULT_LIMITS;

export const EDGE: Kind = {
  title: 'an edge',
  async make({ nodes, world, folder }, policy) {
    const carried = folder();
    const central = await nodes.node({ store: await createSqliteStore(join(folder(), 'node.db')), policy });
    const server = await serveNode(central);
    const edge = await nodes.node({ store: await createFolderStore(folder()), policy });
    await edge.putHandler(world.handler);
    const subject = nodeSubject([edge]);
    const ports = { store: createFileStore(), hash: nativeHash, verify: createNativeVerify(), signer: null };
    const here = createNodePlace('the edge', edge);
    let links = 0;

    /** By the folder, and by HTTP: a link that is back every other time. */
    async function exchangeAll(): Promise<void> {
      const options = { ports, limits };
      if (links++ % 2 === 0) {
        const courier = createFolderPlace(carried, { ports, limits });
        await exchange(here, courier, options);
        await exchange(courier, createNodePlace('the centre', central), options);
      } else await exchange(here, createNodePlace(server.url, server), options);
    }

    return {
      ...subject,
      async create(draft) {
        const { id } = await central.create({ ...draft, run: false });
        const path = join(carried, `${id}.sojourn`);
        writeFileSync(path, await readAll((await central.handOver(id)).bytes));
        await edge.admit(new Uint8Array(readFileSync(path)));
        return id;
      },
      async goOn(id) {
        const status = await subject.goOn(id);
        await exchangeAll();
        return status;
      },
      async bytes(id) {
        const bytes = await subject.bytes(id);
        await exchangeAll();
        // what was made at the centre, or has ended, is the same there by now
        // (`toEqual` of megabytes, one element at a time, takes longer than all that is tested here)
        if ((await central.line(id)) !== null)
          expect(Buffer.compare(await readAll(await central.read(id)), bytes)).toBe(0);
        return bytes;
      },
      async close() {
        await server.close();
        await central.close();
        await subject.close();
      },
    };
  },
};
