/**
 * Handlers in WebAssembly text that use what compilers for JavaScript engines don't: each answers with a number that it worked out
 * with the feature. `COMPOSED` is a handler of three components that call one another, with texts and a resource between them.
 */
import { CONTRACT_INTERFACES, CONTRACT_TYPES } from '../../host/sandbox/contract.ts';
import { CONTRACT_WAT } from '../../host/sandbox/contract-wat.ts';

/** Puts a termination with a text as its result at 4096: a `result<proposal, handler-error>`. */
const ANSWER = `(func $answer (param $at i32) (param $bytes i32) (result i32)
    (i32.store8 (i32.const 4104) (i32.const 5))
    (i32.store8 (i32.const 4112) (i32.const 1))
    (i32.store (i32.const 4116) (local.get $at))
    (i32.store (i32.const 4120) (local.get $bytes))
    (i32.store (i32.const 4272) (local.get $at))
    (i32.store (i32.const 4276) (local.get $bytes))
    (f64.store (i32.const 4280) (f64.const 0.5))
    (i32.const 4096))`;

/** Answers with a number in decimal. */
const NUMBER = `${ANSWER}
  (func $number (param $value i32) (result i32)
    (local $at i32)
    (local.set $at (i32.const 2048))
    (loop $digits
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10))))
      (br_if $digits (local.tee $value (i32.div_u (local.get $value) (i32.const 10)))))
    (call $answer (local.get $at) (i32.sub (i32.const 2048) (local.get $at))))`;

/** Fields of a core module, for `buildCore`. */
export const FEATURES: Readonly<Record<string, string>> = {
  'SIMD': `${NUMBER}
  (func (export "handle") (param $situation i32) (result i32)
    (local $sum v128) (local $turn i32)
    (loop $turns
      (local.set $sum (i32x4.add (local.get $sum) (i32x4.mul (i32x4.splat (local.get $turn)) (v128.const i32x4 1 2 3 4))))
      (br_if $turns (i32.lt_u (local.tee $turn (i32.add (local.get $turn) (i32.const 1))) (i32.const 100))))
    (call $number (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))`,
  'garbage collection': `${NUMBER}
  (rec (type $node (struct (field $value i32) (field $next (ref null $node)))))
  (type $list (array (mut i32)))
  (func (export "handle") (param $situation i32) (result i32)
    (local $head (ref null $node)) (local $turn i32) (local $sum i32) (local $array (ref null $list))
    (local.set $array (array.new $list (i32.const 3) (i32.const 50)))
    (loop $turns
      (local.set $head (struct.new $node (local.get $turn) (local.get $head)))
      (br_if $turns (i32.lt_u (local.tee $turn (i32.add (local.get $turn) (i32.const 1))) (i32.const 100))))
    (block $done
      (loop $walk
        (br_if $done (ref.is_null (local.get $head)))
        (local.set $sum (i32.add (local.get $sum) (struct.get $node $value (local.get $head))))
        (local.set $head (struct.get $node $next (local.get $head)))
        (br $walk)))
    (call $number (i32.add (local.get $sum) (array.get $list (local.get $array) (i32.const 7)))))`,
  'tail calls': `${NUMBER}
  (type $step (func (param i32 i32) (result i32)))
  (table funcref (elem $even $odd))
  (func $even (type $step)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call $odd (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 2))))
  (func $odd (type $step)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call_indirect (type $step) (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (i32.const 0)))
  (func (export "handle") (param $situation i32) (result i32)
    (call $number (call $even (i32.const 100000) (i32.const 0))))`,
};

/** A handler's own fields, and those of a module beside it with a memory of 64-bit addresses. */
export const WIDE = {
  guest: `(import "beside" "sum" (func $sum (result i32)))
  ${NUMBER}
  (func (export "handle") (param $situation i32) (result i32) (call $number (call $sum)))`,
  beside: `(memory $wide i64 1 8)
  (func (export "sum") (result i32)
    (local $turn i64) (local $sum i32)
    (drop (memory.grow (i64.const 2)))
    (memory.fill (i64.const 131072) (i32.const 3) (i64.const 1000))
    (loop $turns
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u offset=131072 (local.get $turn))))
      (br_if $turns (i64.lt_u (local.tee $turn (i64.add (local.get $turn) (i64.const 1))) (i64.const 1000))))
    (i32.add (local.get $sum) (i32.wrap_i64 (memory.size))))`,
};

/** A component with a resource whose destructor works, a start function, and a text function with a post-return function. */
const HELPER = `(component $helper
    (core module $memory
      (memory (export "memory") 1)
      (global $next (mut i32) (i32.const 1024))
      (func $spin (param $turns i32)
        (loop $l (br_if $l (i32.gt_s (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))) (i32.const 0)))))
      (func $start (call $spin (i32.const 123)))
      (start $start)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (call $spin (local.get 3))
        (global.set $next (i32.add (global.get $next) (local.get 3)))
        (i32.sub (global.get $next) (local.get 3)))
      (func (export "shout") (param $at i32) (param $bytes i32) (result i32)
        (local $index i32)
        (loop $l
          (i32.store8 (i32.add (local.get $at) (local.get $index))
            (i32.xor (i32.const 1) (i32.load8_u (i32.add (local.get $at) (local.get $index)))))
          (br_if $l (i32.lt_u (local.tee $index (i32.add (local.get $index) (i32.const 1))) (local.get $bytes))))
        (i32.store (i32.const 16) (local.get $at))
        (i32.store (i32.const 20) (local.get $bytes))
        (i32.const 16))
      (func (export "shouted") (param i32) (call $spin (i32.const 77)))
      (func (export "dropped") (param $rep i32) (call $spin (local.get $rep))))
    (core instance $m (instantiate $memory))
    (type $counter (resource (rep i32) (dtor (core func $m "dropped"))))
    (core func $new (canon resource.new $counter))
    (core module $maker (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (i32.add (local.get 0) (i32.const 40)))))
    (core instance $maker (instantiate $maker (with "" (instance (export "new" (func $new))))))
    (export $made "counter" (type $counter))
    (func (export "make") (param "n" u32) (result (own $made)) (canon lift (core func $maker "make")))
    (func (export "shout") (param "text" string) (result string)
      (canon lift (core func $m "shout") (memory (core memory $m "memory")) (realloc (core func $m "realloc")) (post-return (core func $m "shouted")))))`;

/** A component between, without core modules: passes on what another one exports. */
const BETWEEN = `(component $between ${HELPER}
    (instance $helper (instantiate $helper))
    (export "helper" (instance $helper)))`;

const MAIN = `${CONTRACT_WAT.replace('(component', '(component $main')}
    (import "helper" (instance $helper
      (export "counter" (type $c (sub resource)))
      (export "make" (func (param "n" u32) (result (own $c))))
      (export "shout" (func (param "text" string) (result string)))))
    (alias export $helper "counter" (type $counter))
    (core module $memory
      (memory (export "memory") 2)
      (global $next (mut i32) (i32.const 65536))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (global.set $next (i32.add (global.get $next) (local.get 3)))
        (i32.sub (global.get $next) (local.get 3))))
    (core instance $m (instantiate $memory))
    (alias core export $m "memory" (core memory $memory))
    (alias core export $m "realloc" (core func $realloc))
    (alias export $helper "make" (func $make))
    (alias export $helper "shout" (func $shout))
    (core func $make (canon lower (func $make)))
    (core func $shout (canon lower (func $shout) (memory $memory) (realloc $realloc)))
    (core func $drop (canon resource.drop $counter))
    (core module $guest
      (import "env" "memory" (memory 1))
      (import "env" "make" (func $make (param i32) (result i32)))
      (import "env" "drop" (func $drop (param i32)))
      (import "env" "shout" (func $shout (param i32 i32 i32)))
      ${ANSWER}
      (func $start (call $spin (i32.const 31)))
      (start $start)
      (func $spin (param $turns i32)
        (loop $l (br_if $l (local.tee $turns (i32.sub (local.get $turns) (i32.const 1))))))
      (func (export "handle") (param $situation i32) (result i32)
        (call $drop (call $make (i32.const 5)))
        (call $shout (i32.load offset=16 (local.get $situation)) (i32.load offset=20 (local.get $situation)) (i32.const 512))
        (call $shout (i32.load offset=512 (i32.const 0)) (i32.load offset=516 (i32.const 0)) (i32.const 512))
        (call $answer (i32.load offset=512 (i32.const 0)) (i32.load offset=516 (i32.const 0)))))
    (core instance $guest (instantiate $guest (with "env" (instance
      (export "memory" (memory $memory)) (export "make" (func $make)) (export "drop" (func $drop)) (export "shout" (func $shout))))))
    (type $answer (result $proposal (error $handler-error)))
    (type $handle (func (param "situation" $situation) (result $answer)))
    (func $handle (type $handle) (canon lift (core func $guest "handle") (memory $memory) (realloc $realloc)))
    (export "handle" (func $handle)))`;

/** A whole handler. */
export const COMPOSED = `${CONTRACT_WAT}
  ${BETWEEN}
  ${MAIN}
  (instance $between (instantiate $between))
  (alias export $between "helper" (instance $helper))
  (instance $main (instantiate $main (with "helper" (instance $helper))
    ${CONTRACT_INTERFACES.map((name, index) => `(with "${name}" (instance ${index}))`).join('\n    ')}
    ${CONTRACT_TYPES.map((name) => `(with "${name}" (type $${name}))`).join('\n    ')}))
  (alias export $main "handle" (func $handle))
  (type $answer (result $proposal (error $handler-error)))
  (type $handle (func (param "situation" $situation) (result $answer)))
  (export "handle" (func $handle) (func (type $handle))))`;
