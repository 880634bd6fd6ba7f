;; A text that is not UTF-8.
(data (i32.const 1024) "\ff\fe\80")
(func (export "handle") (param i32) (result i32)
  (call $log-write (i32.const 1) (i32.const 1024) (i32.const 3) (i32.const 2048))
  (unreachable))
