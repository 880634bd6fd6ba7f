/** Guests that never come to an end, in every disguise that WebAssembly has. */
import { body, bound, core, FUEL_FOR_YEARS, LITTLE_FUEL } from '../case.ts';
import type { Case } from '../case.ts';
import { exponential } from '../generated.ts';

/** All end by fuel, by call depth, or, where there is fuel for years, by the deadline. */
export const LOOPS: readonly Case[] = [
  {
    name: 'an endless loop',
    guest: core('spin'),
    limits: LITTLE_FUEL,
    ends: { ...bound('fuel'), fuel: 10_000_000 },
  },
  {
    name: 'a start function that loops',
    guest: core('spin-in-start'),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'a loop with fuel for years',
    guest: core('spin'),
    limits: FUEL_FOR_YEARS,
    ends: bound('deadlineMs'),
  },
  {
    name: 'a start function with fuel for years',
    guest: core('spin-in-start'),
    limits: FUEL_FOR_YEARS,
    ends: bound('deadlineMs'),
  },
  {
    name: 'a count to 2^40',
    guest: core('spin-long'),
    limits: FUEL_FOR_YEARS,
    ends: bound('deadlineMs'),
  },
  { name: 'recursion without an end', guest: core('recursion'), ends: bound('callDepth') },
  { name: 'recursion through a table', guest: core('recursion-mutual'), ends: bound('callDepth') },
  { name: 'recursion with wide frames', guest: core('recursion-wide'), ends: bound('callDepth') },
  {
    name: 'a loop through a branch table',
    guest: body('(loop $l (br_table $l $l $l $l (i32.const 2)))'),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'a loop left and entered by branches that carry values',
    guest: body(
      '(drop (block $out (result i32) (i32.const 0) (loop $l (param i32) (result i32) (br $l (i32.add (i32.const 1))))))',
    ),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'loops in each other',
    guest: body(
      '(local i32) (loop $a (loop $b (loop $c (br_if $c (i32.and (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 7)))) (br_if $b (local.get 0))) (br $a))',
    ),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'a loop over vectors',
    guest: body(
      '(local $v v128) (loop $l (local.set $v (i64x2.add (local.get $v) (v128.const i64x2 1 1))) (br_if $l (v128.any_true (local.get $v))))',
    ),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'a loop over square roots',
    guest: body('(local $v f64) (loop $l (local.set $v (f64.sqrt (f64.add (local.get $v) (f64.const 1)))) (br $l))'),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'a function that calls itself in its tail',
    guest: body('(call $f)', '(func $f (return_call $f))'),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'two functions that call each other in their tails',
    guest: body('(call $f)', '(func $f (return_call $g)) (func $g (return_call $f))'),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'tail calls through a table',
    guest: body('(call $f)', '(table $t funcref (elem $f)) (func $f (return_call_indirect $t (i32.const 0)))'),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'tail calls through a reference',
    guest: body(
      '(call $f)',
      '(type $s (func)) (elem declare func $f) (func $f (type $s) (return_call_ref $s (ref.func $f)))',
    ),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'a loop of calls through a table',
    guest: body('(loop $l (call_indirect $t (i32.const 0)) (br $l))', '(table $t funcref (elem $f)) (func $f)'),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'a loop of calls through a reference',
    guest: body(
      '(loop $l (call_ref $s (ref.func $f)) (br $l))',
      '(type $s (func)) (elem declare func $f) (func $f (type $s))',
    ),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'recursion through a reference',
    guest: body(
      '(call $f)',
      '(type $s (func)) (elem declare func $f) (func $f (type $s) (call_ref $s (ref.func $f)) (call_ref $s (ref.func $f)))',
    ),
    limits: LITTLE_FUEL,
    ends: bound('callDepth'),
  },
  { name: 'calls that double forty times over', guest: exponential(40), limits: LITTLE_FUEL, ends: bound('fuel') },
  {
    name: 'fills of a whole memory',
    guest: body('(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576)) (br $l))'),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'copies of half a memory',
    guest: body('(loop $l (memory.copy (i32.const 0) (i32.const 524288) (i32.const 524288)) (br $l))'),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'copies from a segment',
    guest: body(
      '(loop $l (memory.init $d (i32.const 0) (i32.const 0) (i32.const 64)) (br $l))',
      '(data $d "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")',
    ),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'fills of a table',
    guest: body(
      '(loop $l (table.fill $t (i32.const 0) (ref.null func) (i32.const 10000)) (br $l))',
      '(table $t 10000 funcref)',
    ),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'copies of a table',
    guest: body(
      '(loop $l (table.copy $t $t (i32.const 0) (i32.const 5000) (i32.const 5000)) (br $l))',
      '(table $t 10000 funcref)',
    ),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'fills of an array',
    guest: body(
      '(local $x (ref null $a)) (local.set $x (array.new_default $a (i32.const 100000)))(loop $l (array.fill $a (local.get $x) (i32.const 0) (i32.const 1) (i32.const 100000)) (br $l))',
      '(type $a (array (mut i8)))',
    ),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'copies of an array',
    guest: body(
      '(local $x (ref null $a)) (local.set $x (array.new_default $a (i32.const 100000)))(loop $l (array.copy $a $a (local.get $x) (i32.const 0) (local.get $x) (i32.const 1) (i32.const 90000)) (br $l))',
      '(type $a (array (mut i8)))',
    ),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'casts without an end',
    guest: body(
      '(local $x (ref null $a)) (local.set $x (array.new_default $a (i32.const 100000)))(loop $l (drop (ref.cast (ref $a) (local.get $x))) (br $l))',
      '(type $a (array (mut i8)))',
    ),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'a growth by nothing, again and again',
    guest: body('(loop $l (drop (memory.grow (i32.const 0))) (br $l))'),
    limits: LITTLE_FUEL,
    ends: bound('fuel'),
  },
  {
    name: 'tail calls with fuel for years',
    guest: body('(call $f)', '(func $f (return_call $g)) (func $g (return_call $f))'),
    limits: FUEL_FOR_YEARS,
    ends: bound('deadlineMs'),
  },
  {
    name: 'arrays made and dropped with fuel for years',
    guest: body('(loop $l (drop (array.new_default $a (i32.const 1000000))) (br $l))', '(type $a (array (mut i8)))'),
    limits: FUEL_FOR_YEARS,
    ends: bound('memoryPages'),
  },
];
