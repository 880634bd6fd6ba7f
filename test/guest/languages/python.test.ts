/** The conformance handler in Python. */
import { buildPython } from '../../toolchain/build-handlers.ts';
import { needTools } from '../../toolchain/tools.ts';
import { toHandler } from '../../sandbox/guest-builds.ts';
import { describeConformance } from './conformance.ts';

const tools = needTools('the conformance handler in Python', ['componentize-py']);
const build =
  tools === null ? null : async () => toHandler(Uint8Array.from(await buildPython(tools['componentize-py'])));
describeConformance({ name: 'Python', build });
