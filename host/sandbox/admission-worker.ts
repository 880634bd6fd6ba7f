/**
 * The worker that admits one component and then ends. The parser, the transpiler and the compiler meet hostile bytes here and
 * nowhere else.
 */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { admitComponent } from './admission.ts';
import { SojournError } from '../errors.ts';
import type { AdmissionReply, AdmissionRequest } from './messages.ts';

const { handler, bytes, options } = workerData as AdmissionRequest; // set by admission-thread.ts, of this type
const reply = await admit();
parentPort?.postMessage(reply, reply.ok ? reply.stored.modules.map(({ code }) => code.buffer as ArrayBuffer) : []);

async function admit(): Promise<AdmissionReply> {
  try {
    // what it makes is kept under this name, in memory and on disk
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (digest !== handler)
      throw new SojournError('component.malformed', `component: expected SHA-256 ${handler}, found ${digest}`);
    return { ok: true, ...(await admitComponent(bytes, options)) };
  } catch (error) {
    if (error instanceof SojournError) return { ok: false, code: error.code, message: error.message };
    return {
      ok: false,
      code: 'component.malformed',
      message: `component: expected to be admissible, found ${String(error)}`,
    };
  }
}
