/** Guests whose allocator, or whose function behind the return, turns against the host that calls it. */
import { body, bound, core, LITTLE_FUEL, TRAP } from '../case.ts';
import type { Case } from '../case.ts';

/** The host writes nowhere but into linear memory, and waits for nobody. */
export const ALLOCATORS: readonly Case[] = [
  {
    name: 'an allocator that points outside memory',
    guest: core('well-behaved', { realloc: '(i32.const -16)' }),
    ends: TRAP,
    calls: 0,
  },
  {
    name: 'an allocator that loops',
    guest: core('well-behaved', { realloc: '(loop $again (br $again)) (unreachable)' }),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
    calls: 0,
  },
  {
    name: 'an allocator that gives an address that is not aligned',
    guest: core('well-behaved', { realloc: '(i32.const 65537)' }),
    answer: () => ({ ok: true, value: 5 }),
    ends: { kind: 'error', message: 'ok' },
  },
  {
    name: 'an allocator that gives the last address',
    guest: core('well-behaved', { realloc: '(i32.const 1048575)' }),
    ends: TRAP,
  },
  {
    name: 'an allocator that gives the same place each time',
    guest: core('well-behaved', { realloc: '(i32.const 65536)' }),
    answer: () => ({ ok: true, value: 5 }),
    ends: { kind: 'error', message: 'ok' },
  },
  {
    name: 'an allocator that gives the address of its own data',
    guest: core('well-behaved', { realloc: '(i32.const 1024)' }),
    answer: () => ({ ok: true, value: 5 }),
    ends: { kind: 'error' },
  },
  {
    name: 'an allocator that calls itself',
    guest: core('well-behaved', { realloc: '(call 0 (local.get 0) (local.get 1) (local.get 2) (local.get 3))' }),
    ends: bound('callDepth'),
  },
  {
    name: 'an allocator that grows memory without an end',
    guest: core('well-behaved', { realloc: '(loop $l (drop (memory.grow (i32.const 16))) (br $l)) (unreachable)' }),
    ends: bound('memoryPages'),
  },
  { name: 'an allocator that gives up', guest: core('well-behaved', { realloc: '(unreachable)' }), ends: TRAP },
  {
    name: 'an allocator that calls the host',
    guest: body(
      '(unreachable)',
      '(elem (table $hooks) (i32.const 0) func $log) (func $log (result i32) (call $log-write (i32.const 1) (i32.const 0) (i32.const 4) (i32.const 2048)) (i32.const 65536))',
      { hooks: true, realloc: '(call_indirect $hooks (result i32) (i32.const 0))' },
    ),
    ends: TRAP,
    calls: 0,
  },
];
