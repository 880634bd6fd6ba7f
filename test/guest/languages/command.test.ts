/** The conformance handler in Rust, as a command of WASI: the cases that make no call. */
import { toHandler } from '../../sandbox/guest-builds.ts';
import { buildRustCommand } from '../../toolchain/build-handlers.ts';
import { needTools } from '../../toolchain/tools.ts';
import { describeConformance } from './conformance.ts';

const tools = needTools('the conformance handler as a command', ['cargo', 'wasm32-wasip2']);
const build = tools === null ? null : async () => toHandler(Uint8Array.from(await buildRustCommand(tools.cargo)));
describeConformance({ name: 'Rust, as a command', build, command: true });
