/**
 * The worker that admits one component and then ends. The parser, the transpiler and the compiler meet hostile bytes here and
 * nowhere else.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { admitComponent } from './admission.ts';
import { SojournError } from '../errors.ts';
import type { AdmissionReply, AdmissionRequest } from './messages.ts';

const { bytes, options } = workerData as AdmissionRequest; // set by admissions.ts, of this type
parentPort?.postMessage(await admit());

async function admit(): Promise<AdmissionReply> {
  try {
    return { ok: true, program: await admitComponent(bytes, options) };
  } catch (error) {
    if (error instanceof SojournError) return { ok: false, code: error.code, message: error.message };
    return {
      ok: false,
      code: 'component.malformed',
      message: `component: expected to be admissible, found ${String(error)}`,
    };
  }
}
