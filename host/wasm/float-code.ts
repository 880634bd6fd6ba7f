/**
 * The instructions that make a NaN canonical: positive, quiet, with no payload, in each lane. All other values stay as they are.
 */
import { type CounterCode, OP } from './counter-code.ts';
import { FLOAT } from './float-opcodes.ts';
import { F32, F64, V128 } from './types.ts';
import type { Writer } from './writer.ts';

const F32_CANONICAL = [0x00, 0x00, 0xc0, 0x7f] as const;
const F64_CANONICAL = [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x7f] as const;
const F32_CONST = 0x43;
const F64_CONST = 0x44;
const F32_NE = 0x5c;
const F64_NE = 0x62;
const V128_CONST = [0xfd, 0x0c] as const;
const V128_BITSELECT = [0xfd, 0x52] as const;
const F32X4_EQ = [0xfd, 0x41] as const;
const F64X2_EQ = [0xfd, 0x47] as const;

/**
 * For the float of this FloatKind on top of the operand stack, which stays there. `own` is the local that it was just read from,
 * which is made canonical too; where it is null, `localOf` gives a local of the type.
 */
export function writeCanonical(
  out: Writer,
  code: CounterCode,
  kind: number,
  own: number | null,
  localOf: (type: number) => number,
): void {
  if (kind === FLOAT.f32x4 || kind === FLOAT.f64x2) return writeLanes(out, kind, own ?? localOf(V128));
  const single = kind === FLOAT.f32;
  const local = own ?? localOf(single ? F32 : F64);
  if (own === null) out.byte(OP.localTee).u32(local);
  out
    .byte(OP.localGet)
    .u32(local)
    .byte(single ? F32_NE : F64_NE);
  code.unlikelyIf();
  out
    .byte(single ? F32_CONST : F64_CONST)
    .bytes(single ? F32_CANONICAL : F64_CANONICAL)
    .byte(OP.localSet)
    .u32(local)
    .byte(OP.end)
    .byte(OP.localGet)
    .u32(local);
}

/** Lanes that equal themselves stay, the others become canonical. */
function writeLanes(out: Writer, kind: number, local: number): void {
  const lane = kind === FLOAT.f32x4 ? F32_CANONICAL : F64_CANONICAL;
  out.byte(OP.localTee).u32(local).bytes(V128_CONST);
  for (let filled = 0; filled < 16; filled += lane.length) out.bytes(lane);
  out
    .byte(OP.localGet)
    .u32(local)
    .byte(OP.localGet)
    .u32(local)
    .bytes(kind === FLOAT.f32x4 ? F32X4_EQ : F64X2_EQ)
    .bytes(V128_BITSELECT);
}
