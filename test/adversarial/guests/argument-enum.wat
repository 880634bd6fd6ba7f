;; A log level that the contract does not have.
(func (export "handle") (param i32) (result i32)
  (call $log-write (i32.const 77) (i32.const 1024) (i32.const 3) (i32.const 2048))
  (unreachable))
