/** `wasi:filesystem`: no directory is open, and nobody can open one, so there are no files. */
import type { WasiEvaluation } from './evaluation.ts';
import { Resource, guard } from './resource.ts';
import type { Interface } from './resource.ts';

export function createFilesystem(evaluation: WasiEvaluation): { readonly [name: string]: Interface } {
  return {
    'filesystem/types': guard(evaluation, {
      Descriptor: class Descriptor extends Resource {},
      DirectoryEntryStream: class DirectoryEntryStream extends Resource {},
      filesystemErrorCode: () => undefined,
    }),
    'filesystem/preopens': guard(evaluation, { getDirectories: () => [] }),
  };
}
