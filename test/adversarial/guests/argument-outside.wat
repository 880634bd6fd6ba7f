;; A text that lies beyond the end of memory.
(func (export "handle") (param i32) (result i32)
  (call $log-write (i32.const 1) (i32.const -65536) (i32.const 65535) (i32.const 2048))
  (unreachable))
