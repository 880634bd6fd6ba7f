/** The conformance handler in TypeScript, on both engines. */
import { fileURLToPath } from 'node:url';
import { buildHandler } from '../../../host/sandbox/build.ts';
import { toHandler } from '../../sandbox/guest-builds.ts';
import { describeConformance } from './conformance.ts';

const entry = fileURLToPath(new URL('../../../guest/handlers/conformance/handler.ts', import.meta.url));

for (const engine of ['quickjs', 'starlingmonkey'] as const) {
  const build = async () => toHandler(Uint8Array.from((await buildHandler({ entry, engine })).component));
  describeConformance({ name: `TypeScript on ${engine}`, build });
}
