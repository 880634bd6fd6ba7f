/**
 * `wasi:random`: one call of the capability `random.bytes` gives a seed of 32 bytes from the cycle's recorded stream; what the guest
 * gets is SHA-256 over the seed and a counter. So it is the same in a replay, and costs one call however much is asked for. Like the capability's
 * own, these bytes can be read by whoever has the object: no secrets.
 */
import { createHash } from 'node:crypto';
import type { WasiEvaluation } from './evaluation.ts';
import { guard } from './resource.ts';
import type { Interface } from './resource.ts';

const SEED_BYTES = 32;
const BLOCK_BYTES = 32;
/** As in the contract's own `random.bytes`. */
const MOST_BYTES = 65_536n;

/** `call` is the way to the host. Where policy denies the seed the evaluation ends, because WASI has no answer for that. */
export function createRandom(
  evaluation: WasiEvaluation,
  call: WasiEvaluation['call'],
): { readonly [name: string]: Interface } {
  let stream: ((length: number) => Buffer) | null = null;

  const draw = async (length: number): Promise<Buffer> => {
    stream ??= createStream(await drawSeed(evaluation, call));
    return stream(length);
  };
  const bytes = async (len: bigint): Promise<Uint8Array> => {
    if (len > MOST_BYTES)
      evaluation.end({ kind: 'trap', message: `random: expected at most ${MOST_BYTES} bytes at once, found ${len}` });
    evaluation.move(Number(len));
    return Uint8Array.from(await draw(Number(len)));
  };
  const u64 = async (): Promise<bigint> => (await draw(8)).readBigUInt64LE();
  const members: { readonly [name: string]: Interface } = {
    'random/random': { getRandomBytes: bytes, getRandomU64: u64 },
    'random/insecure': { getInsecureRandomBytes: bytes, getInsecureRandomU64: u64 },
    'random/insecure-seed': { insecureSeed: async () => [await u64(), await u64()] },
  };
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, guard(evaluation, member)]));
}

async function drawSeed(evaluation: WasiEvaluation, call: WasiEvaluation['call']): Promise<Uint8Array> {
  const answer = await call('random.bytes', { len: SEED_BYTES });
  if (answer.ok && answer.value instanceof Uint8Array) return answer.value;
  const found = answer.ok ? 'something else' : answer.error;
  return evaluation.end({ kind: 'error', message: `random.bytes: expected a seed for wasi:random, found ${found}` });
}

function createStream(seed: Uint8Array): (length: number) => Buffer {
  let counter = 0n;
  let rest = Buffer.alloc(0);
  return (length) => {
    const blocks = [rest];
    for (let size = rest.length; size < length; size += BLOCK_BYTES) {
      const index = Buffer.alloc(8);
      index.writeBigUInt64BE(counter);
      counter += 1n;
      blocks.push(createHash('sha256').update(seed).update(index).digest());
    }
    const all = Buffer.concat(blocks);
    rest = all.subarray(length);
    return all.subarray(0, length);
  };
}
