;; Writes lines of 256 KiB each.
(func (export "handle") (param i32) (result i32)
  (loop $again
    (call $log-write (i32.const 1) (i32.const 262144) (i32.const 262144) (i32.const 2048))
    (br $again))
  (unreachable))
