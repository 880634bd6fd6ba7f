/** Numbers of many objects in few arrays: what grows is copied by a quarter, so that little is kept for nothing. */

type Column = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array;

const LEAST = 1_024;

/** Room for `length` items of `width` places each, and some more; the old contents first, `fill` behind them. */
export function grown<T extends Column>(old: T, length: number, width = 1, fill = 0): T {
  if (length * width <= old.length) return old;
  const room = Math.max(LEAST, Math.ceil((old.length / width) * 1.25), length) * width;
  const column = new (old.constructor as new (length: number) => T)(room); // the same class as `old`
  column.set(old);
  if (fill !== 0) column.fill(fill, old.length);
  return column;
}
