/** Components that are too large in one way, made by a rule, and inputs that are no component at all. */
import { buildCore, buildText, toHandler } from '../sandbox/guest-builds.ts';
import type { Handler } from '../sandbox/guest-builds.ts';

const HANDLE = '(func (export "handle") (param i32) (result i32) (unreachable))';

export function bytesOf(...values: readonly number[]): Promise<Handler> {
  return Promise.resolve(toHandler(Uint8Array.from(values)));
}

/** A core module, which is not a component. */
export function coreModule(): Promise<Handler> {
  return bytesOf(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
}

/** The first half of a component. */
export async function truncated(): Promise<Handler> {
  const { bytes } = await buildCore(HANDLE);
  return toHandler(bytes.slice(0, bytes.length >> 1));
}

/** A component whose first section has another number than it should. */
export async function flipped(): Promise<Handler> {
  const { bytes } = await buildCore(HANDLE);
  const copy = bytes.slice();
  copy[8] = (copy[8] ?? 0) ^ 0x04;
  return toHandler(copy);
}

/** A component of `length` bytes, all but a few in a custom section. */
export async function padded(length: number): Promise<Handler> {
  const { bytes } = await buildCore(HANDLE);
  const size = length - bytes.length - 6;
  const leb = [0, 7, 14, 21].map((shift, index) => ((size >> shift) & 0x7f) | (index < 3 ? 0x80 : 0));
  const out = new Uint8Array(bytes.length + 5 + size);
  out.set(bytes);
  out.set([0, ...leb, 1, 0x78], bytes.length);
  return toHandler(out);
}

export function manyFunctions(count: number): Promise<Handler> {
  return buildCore('(func)'.repeat(count) + HANDLE);
}

export function longFunction(instructions: number): Promise<Handler> {
  return buildCore(`(func ${'nop '.repeat(instructions)})${HANDLE}`);
}

export function manyLocals(count: number): Promise<Handler> {
  return buildCore(`(func (local ${'i32 '.repeat(count)}))${HANDLE}`);
}

export function deepBlocks(depth: number): Promise<Handler> {
  return buildCore(`(func ${'block '.repeat(depth)}${'end '.repeat(depth)})${HANDLE}`);
}

export function manyGlobals(count: number): Promise<Handler> {
  return buildCore('(global i32 (i32.const 0))'.repeat(count) + HANDLE);
}

export function manyModules(count: number): Promise<Handler> {
  return buildText(`(component ${'(core module)'.repeat(count)})`);
}

export function nestedComponents(depth: number): Promise<Handler> {
  return buildText('(component '.repeat(depth) + ')'.repeat(depth));
}

/** A component that imports something, under a name and with a type. */
export function importing(name: string, type = '(instance)'): Promise<Handler> {
  return buildText(`(component (import "${name}" ${type}))`);
}

/** A component whose core module exports and imports a function under a name made to be read as code. */
export async function withCoreName(name: string): Promise<Handler> {
  return buildCore(`(func (export "${name}")) ${HANDLE}`);
}

/** Components in each other, each of which instantiates the one within it `width` times: width to the power of depth instances. */
export function componentBomb(depth: number, width: number): Promise<Handler> {
  const innermost = '(component $c (core module $m) (core instance (instantiate $m)))';
  let wat = innermost;
  for (let level = 0; level < depth; level += 1)
    wat = `(component $c ${wat} ${'(instance (instantiate $c))'.repeat(width)})`;
  return buildText(wat.replace('component $c', 'component'));
}

/** Types in each other, each of which has the one before it twice. */
export function typeBomb(depth: number): Promise<Handler> {
  const types = Array.from({ length: depth }, (_, level) => `(type $t${level + 1} (tuple $t${level} $t${level}))`);
  return buildText(
    `(component (type $t0 (tuple u8 u8)) ${types.join(' ')} (import "situation" (func (param "a" $t${depth}))))`,
  );
}

/** Functions that each call the one before them twice: 2 to the power of `depth` calls, and no loop. */
export function exponential(depth: number): () => Promise<Handler> {
  const functions = Array.from(
    { length: depth },
    (_, level) => `(func $f${level + 1} (call $f${level}) (call $f${level}))`,
  );
  const handle = `(func (export "handle") (param i32) (result i32) (call $f${depth}) (unreachable))`;
  return () => buildCore(`(func $f0) ${functions.join(' ')} ${handle}`);
}

/** Core instances of one module, each with a memory of its own. */
export function instances(count: number, pages: number): () => Promise<Handler> {
  return () =>
    buildCore(HANDLE, {
      after: `(core module $m (memory ${pages})) ${'(core instance (instantiate $m))'.repeat(count)}`,
    });
}

/** A core module with a memory of its own, whose start function does `body`. */
export function secondMemory(body: string): () => Promise<Handler> {
  const module = `(core module $m (memory 1) (func $start ${body}) (start $start))`;
  return () => buildCore(HANDLE, { after: `${module} (core instance (instantiate $m))` });
}
