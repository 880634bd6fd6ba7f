/** The conformance handler in C. */
import { buildC } from '../../toolchain/build-handlers.ts';
import { needTools } from '../../toolchain/tools.ts';
import { toHandler } from '../../sandbox/guest-builds.ts';
import { describeConformance } from './conformance.ts';

const tools = needTools('the conformance handler in C', ['clang', 'wasm-ld', 'wit-bindgen']);
const build = tools === null ? null : async () => toHandler(Uint8Array.from(await buildC(tools)));
describeConformance({ name: 'C', build });
