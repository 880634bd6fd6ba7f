;; A list of 30,000 headers that all point at the same 64 KiB: 4 GB once it is lifted.
(func (export "handle") (param i32) (result i32)
  (local $at i32)
  (local.set $at (i32.const 262144))
  (loop $next
    (i32.store (local.get $at) (i32.const 131072))
    (i32.store offset=4 (local.get $at) (i32.const 65536))
    (i32.store offset=8 (local.get $at) (i32.const 131072))
    (i32.store offset=12 (local.get $at) (i32.const 65536))
    (local.set $at (i32.add (local.get $at) (i32.const 16)))
    (br_if $next (i32.lt_u (local.get $at) (i32.const 742144))))
  (call $http-send
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
    (i32.const 262144) (i32.const 30000)
    (i32.const 0) (i32.const 0) (i32.const 0)
    (i32.const 0) (i32.const 1024))
  (unreachable))
