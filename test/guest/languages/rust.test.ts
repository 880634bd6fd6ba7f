/** The conformance handler in Rust. */
import { buildRust } from '../../toolchain/build-handlers.ts';
import { needTools } from '../../toolchain/tools.ts';
import { toHandler } from '../../sandbox/guest-builds.ts';
import { describeConformance } from './conformance.ts';

const tools = needTools('the conformance handler in Rust', ['cargo', 'wasm32-unknown-unknown']);
const build = tools === null ? null : async () => toHandler(Uint8Array.from(await buildRust(tools.cargo)));
describeConformance({ name: 'Rust', build });
