/**
 * Kernels in the Wasm text format for the meter's benchmark: what compilers make of ordinary code, written by hand. Each exports
 * `run(n) -> i32`, whose result depends on all of the work.
 */

/** SHA-256 of n KiB: one block after another, the message schedule in memory. Its constants are worked out, not listed. */
const SHA256 = `(module (memory 4)
  (func $rotr (param i32 i32) (result i32) (i32.rotr (local.get 0) (local.get 1)))
  (func $block (param $p i32)
    (local $i i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $e i32) (local $f i32) (local $g i32) (local $h i32)
    (local $s i32) (local $t i32) (local $w i32)
    (loop $copy
      (i32.store (i32.add (i32.const 1024) (i32.shl (local.get $i) (i32.const 2)))
        (i32.load (i32.add (local.get $p) (i32.shl (local.get $i) (i32.const 2)))))
      (br_if $copy (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16))))
    (loop $extend
      (local.set $w (i32.add (i32.const 1024) (i32.shl (local.get $i) (i32.const 2))))
      (local.set $s (i32.load (i32.sub (local.get $w) (i32.const 60))))
      (local.set $s (i32.xor (i32.xor (i32.rotr (local.get $s) (i32.const 7)) (i32.rotr (local.get $s) (i32.const 18))) (i32.shr_u (local.get $s) (i32.const 3))))
      (local.set $t (i32.load (i32.sub (local.get $w) (i32.const 8))))
      (local.set $t (i32.xor (i32.xor (i32.rotr (local.get $t) (i32.const 17)) (i32.rotr (local.get $t) (i32.const 19))) (i32.shr_u (local.get $t) (i32.const 10))))
      (i32.store (local.get $w) (i32.add (i32.add (i32.load (i32.sub (local.get $w) (i32.const 64))) (local.get $s))
        (i32.add (i32.load (i32.sub (local.get $w) (i32.const 28))) (local.get $t))))
      (br_if $extend (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 64))))
    (local.set $a (i32.load (i32.const 0))) (local.set $b (i32.load (i32.const 4))) (local.set $c (i32.load (i32.const 8)))
    (local.set $d (i32.load (i32.const 12))) (local.set $e (i32.load (i32.const 16))) (local.set $f (i32.load (i32.const 20)))
    (local.set $g (i32.load (i32.const 24))) (local.set $h (i32.load (i32.const 28)))
    (local.set $i (i32.const 0))
    (loop $round
      (local.set $t (i32.add (i32.add (i32.add (local.get $h)
          (i32.xor (i32.xor (i32.rotr (local.get $e) (i32.const 6)) (i32.rotr (local.get $e) (i32.const 11))) (i32.rotr (local.get $e) (i32.const 25))))
          (i32.xor (i32.and (local.get $e) (local.get $f)) (i32.and (i32.xor (local.get $e) (i32.const -1)) (local.get $g))))
        (i32.add (i32.load (i32.add (i32.const 256) (local.get $i))) (i32.load (i32.add (i32.const 1024) (local.get $i))))))
      (local.set $s (i32.add
        (i32.xor (i32.xor (i32.rotr (local.get $a) (i32.const 2)) (i32.rotr (local.get $a) (i32.const 13))) (i32.rotr (local.get $a) (i32.const 22)))
        (i32.xor (i32.xor (i32.and (local.get $a) (local.get $b)) (i32.and (local.get $a) (local.get $c))) (i32.and (local.get $b) (local.get $c)))))
      (local.set $h (local.get $g)) (local.set $g (local.get $f)) (local.set $f (local.get $e)) (local.set $e (i32.add (local.get $d) (local.get $t)))
      (local.set $d (local.get $c)) (local.set $c (local.get $b)) (local.set $b (local.get $a)) (local.set $a (i32.add (local.get $t) (local.get $s)))
      (br_if $round (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 256))))
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get $a))) (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (local.get $b)))
    (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (local.get $c))) (i32.store (i32.const 12) (i32.add (i32.load (i32.const 12)) (local.get $d)))
    (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (local.get $e))) (i32.store (i32.const 20) (i32.add (i32.load (i32.const 20)) (local.get $f)))
    (i32.store (i32.const 24) (i32.add (i32.load (i32.const 24)) (local.get $g))) (i32.store (i32.const 28) (i32.add (i32.load (i32.const 28)) (local.get $h))))
  (func (export "run") (param $n i32) (result i32) (local $i i32)
    (loop $fill (i32.store (i32.add (i32.const 256) (local.get $i)) (i32.mul (local.get $i) (i32.const -1640531527)))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 256))))
    (local.set $i (i32.const 0)) (local.set $n (i32.shl (local.get $n) (i32.const 4)))
    (loop $l (call $block (i32.add (i32.const 4096) (i32.and (i32.shl (local.get $i) (i32.const 6)) (i32.const 65535))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (i32.load (i32.const 0))))`;

/** Quicksort of n pseudo-random i32, recursive on both halves. */
const SORT = `(module (memory 64)
  (func $quick (param $lo i32) (param $hi i32) (local $i i32) (local $j i32) (local $pivot i32) (local $t i32)
    (if (i32.ge_s (local.get $lo) (local.get $hi)) (then (return)))
    (local.set $pivot (i32.load (i32.and (i32.shr_u (i32.add (local.get $lo) (local.get $hi)) (i32.const 1)) (i32.const -4))))
    (local.set $i (local.get $lo)) (local.set $j (local.get $hi))
    (loop $l
      (block $b (loop $up (br_if $b (i32.ge_s (i32.load (local.get $i)) (local.get $pivot))) (local.set $i (i32.add (local.get $i) (i32.const 4))) (br $up)))
      (block $b (loop $down (br_if $b (i32.le_s (i32.load (local.get $j)) (local.get $pivot))) (local.set $j (i32.sub (local.get $j) (i32.const 4))) (br $down)))
      (if (i32.le_s (local.get $i) (local.get $j)) (then
        (local.set $t (i32.load (local.get $i))) (i32.store (local.get $i) (i32.load (local.get $j))) (i32.store (local.get $j) (local.get $t))
        (local.set $i (i32.add (local.get $i) (i32.const 4))) (local.set $j (i32.sub (local.get $j) (i32.const 4)))))
      (br_if $l (i32.le_s (local.get $i) (local.get $j))))
    (call $quick (local.get $lo) (local.get $j)) (call $quick (local.get $i) (local.get $hi)))
  (func (export "run") (param $n i32) (result i32) (local $i i32) (local $x i32) (local $end i32)
    (local.set $end (i32.shl (local.get $n) (i32.const 2))) (local.set $x (i32.const 12345))
    (loop $l (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1103515245)) (i32.const 12345)))
      (i32.store offset=64 (local.get $i) (i32.shr_u (local.get $x) (i32.const 3)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $end))))
    (call $quick (i32.const 64) (i32.add (local.get $end) (i32.const 60)))
    (i32.add (i32.load (i32.const 68)) (i32.load (i32.shl (local.get $n) (i32.const 1))))))`;

/** Product of two n by n matrices of f64. */
const MATRIX = `(module (memory 64)
  (func (export "run") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $k i32) (local $sum f64) (local $a i32) (local $b i32) (local $size i32)
    (local.set $size (i32.mul (i32.mul (local.get $n) (local.get $n)) (i32.const 8)))
    (loop $fill (f64.store (local.get $i) (f64.convert_i32_s (i32.and (local.get $i) (i32.const 1023))))
      (f64.store offset=1048576 (local.get $i) (f64.convert_i32_s (i32.and (i32.mul (local.get $i) (i32.const 7)) (i32.const 511))))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $size))))
    (local.set $i (i32.const 0))
    (loop $rows (local.set $j (i32.const 0))
      (loop $columns (local.set $k (i32.const 0)) (local.set $sum (f64.const 0))
        (local.set $a (i32.mul (i32.mul (local.get $i) (local.get $n)) (i32.const 8))) (local.set $b (i32.shl (local.get $j) (i32.const 3)))
        (loop $inner
          (local.set $sum (f64.add (local.get $sum) (f64.mul (f64.load (local.get $a)) (f64.load offset=1048576 (local.get $b)))))
          (local.set $a (i32.add (local.get $a) (i32.const 8))) (local.set $b (i32.add (local.get $b) (i32.shl (local.get $n) (i32.const 3))))
          (br_if $inner (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (local.get $n))))
        (f64.store offset=2097152 (i32.shl (i32.add (i32.mul (local.get $i) (local.get $n)) (local.get $j)) (i32.const 3)) (local.get $sum))
        (br_if $columns (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (local.get $n))))
      (br_if $rows (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (i32.trunc_sat_f64_s (f64.load offset=2097152 (i32.sub (local.get $size) (i32.const 8))))))`;

/** The number of calls grows with the result: nothing but calls. */
const RECURSION = `(module
  (func $fib (param $n i32) (result i32)
    (if (i32.lt_s (local.get $n) (i32.const 2)) (then (return (local.get $n))))
    (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1))) (call $fib (i32.sub (local.get $n) (i32.const 2)))))
  (func (export "run") (param $n i32) (result i32) (call $fib (local.get $n))))`;

/** Sieve of Eratosthenes up to n: two short loops and a branch. */
const SIEVE = `(module (memory 64)
  (func (export "run") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $count i32)
    (memory.fill (i32.const 0) (i32.const 0) (local.get $n)) (local.set $i (i32.const 2))
    (loop $l
      (if (i32.eqz (i32.load8_u (local.get $i))) (then
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (local.set $j (i32.shl (local.get $i) (i32.const 1)))
        (block $done (loop $mark (br_if $done (i32.ge_u (local.get $j) (local.get $n))) (i32.store8 (local.get $j) (i32.const 1))
          (local.set $j (i32.add (local.get $j) (local.get $i))) (br $mark)))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $count)))`;

export const KERNELS: readonly { readonly name: string; readonly text: string; readonly n: number }[] = [
  { name: 'sha256', text: SHA256, n: 4096 },
  { name: 'sort', text: SORT, n: 300_000 },
  { name: 'matrix', text: MATRIX, n: 200 },
  { name: 'recursion', text: RECURSION, n: 31 },
  { name: 'sieve', text: SIEVE, n: 4_000_000 },
];

/** The QuickJS kernels: one handler whose export takes which one, and how much. */
export const SCRIPT_WORLD = 'package bench:meter;\nworld bench { export run: func(kernel: string, n: u32) -> u32; }\n';
export const SCRIPT = `
function interpret(n) { let s = 0; for (let i = 0; i < n; i++) { s = (s * 31 + i) | 0; if (s & 1) s ^= i; } return s >>> 0; }
function parse(n) {
  const items = []; for (let i = 0; i < 400; i++) items.push({ id: i, name: 'item ' + i, tags: ['a', 'b', i], at: { x: i * 1.5, y: null } });
  const text = JSON.stringify(items); let total = 0;
  for (let i = 0; i < n; i++) total += JSON.parse(text).length;
  return total;
}
export function run(kernel, n) { return kernel === 'interpreter' ? interpret(n) : parse(n); }
`;
export const SCRIPT_KERNELS = [
  { name: 'interpreter', n: 300_000 },
  { name: 'json parse', n: 40 },
] as const;
