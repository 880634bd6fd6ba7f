;; Counts to 2^40: as good as endless, and every turn costs little.
(func (export "handle") (param i32) (result i32)
  (local $turn i64)
  (loop $again
    (local.set $turn (i64.add (local.get $turn) (i64.const 1)))
    (br_if $again (i64.lt_u (local.get $turn) (i64.const 1099511627776))))
  (unreachable))
