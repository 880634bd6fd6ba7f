/** Guests that take memory: linear memory, tables, objects that the engine collects. */
import { body, bound, core, NO_FUEL_LIMIT } from '../case.ts';
import type { Case } from '../case.ts';
import { instances, secondMemory } from '../generated.ts';

/** All end before the host runs short. */
export const GROWTH: readonly Case[] = [
  {
    name: 'memory growth without an end',
    guest: core('memory-growth'),
    limits: { memoryPages: 256 },
    ends: bound('memoryPages'),
  },
  { name: 'memory growth to 4 GiB', guest: core('memory-growth-huge'), ends: bound('memoryPages') },
  { name: 'table growth without an end', guest: core('table-growth'), ends: bound('tableElements') },
  {
    name: 'tables that grow one by one',
    guest: body(
      '(loop $l (br_if $l (i32.ne (table.grow $t (ref.null extern) (i32.const 1)) (i32.const -1))))',
      '(table $t 1 externref)',
    ),
    ends: bound('tableElements'),
  },
  {
    name: 'many tables that grow',
    guest: body(
      '(loop $l (drop (table.grow $t0 (ref.null func) (i32.const 60000))) (drop (table.grow $t1 (ref.null func) (i32.const 60000))) (drop (table.grow $t2 (ref.null func) (i32.const 60000))) (drop (table.grow $t3 (ref.null func) (i32.const 60000))) (drop (table.grow $t4 (ref.null func) (i32.const 60000))) (drop (table.grow $t5 (ref.null func) (i32.const 60000))) (drop (table.grow $t6 (ref.null func) (i32.const 60000))) (drop (table.grow $t7 (ref.null func) (i32.const 60000))) (br $l))',
      '(table $t0 1 funcref) (table $t1 1 funcref) (table $t2 1 funcref) (table $t3 1 funcref) (table $t4 1 funcref) (table $t5 1 funcref) (table $t6 1 funcref) (table $t7 1 funcref)',
    ),
    ends: bound('tableElements'),
  },
  {
    name: 'arrays that are kept',
    guest: body(
      '(local $x (ref null $n))(loop $l (local.set $x (struct.new $n (local.get $x) (array.new_default $a (i32.const 1000000)))) (br $l))',
      '(type $a (array (mut i8))) (type $n (struct (field (ref null $n)) (field (ref null $a))))',
    ),
    limits: { fuel: 400_000_000 },
    ends: bound('memoryPages'),
  },
  {
    name: 'an array of 100 MB',
    guest: body('(drop (array.new_default $a (i32.const 100000000))) (loop $l (br $l))', '(type $a (array (mut i8)))'),
    limits: { fuel: 300_000_000 },
    ends: bound('fuel'),
  },
  {
    name: 'an array larger than any',
    guest: body('(drop (array.new_default $a (i32.const -1))) (loop $l (br $l))', '(type $a (array (mut i8)))'),
    limits: { fuel: NO_FUEL_LIMIT },
    ends: bound('memoryPages'),
  },
  {
    name: 'structures that are kept',
    guest: body(
      '(local $x (ref null $n))(loop $l (local.set $x (struct.new $n (local.get $x) (ref.null $a))) (br $l))',
      '(type $a (array (mut i8))) (type $n (struct (field (ref null $n)) (field (ref null $a))))',
    ),
    limits: { fuel: 100_000_000 },
    ends: bound('fuel'),
  },
  {
    name: 'arrays that are kept, with fuel for years',
    guest: body(
      '(local $x (ref null $n))(loop $l (local.set $x (struct.new $n (local.get $x) (array.new_default $a (i32.const 1000000)))) (br $l))',
      '(type $a (array (mut i8))) (type $n (struct (field (ref null $n)) (field (ref null $a))))',
    ),
    limits: { fuel: NO_FUEL_LIMIT },
    ends: bound('memoryPages'),
  },
  { name: 'a hundred instances of one memory', guest: instances(100, 64), ends: bound('memoryPages') },
  {
    name: 'a memory that another core module has, grown',
    guest: secondMemory('(loop $l (drop (memory.grow (i32.const 16))) (br $l))'),
    ends: bound('memoryPages'),
  },
];
