;; Writes one short line after the other.
(data (i32.const 1024) "line")
(func (export "handle") (param i32) (result i32)
  (loop $again
    (call $log-write (i32.const 1) (i32.const 1024) (i32.const 4) (i32.const 2048))
    (br $again))
  (unreachable))
