;; A dormancy of 40,000 instants, which hold no text that could be counted as it is lifted.
(func (export "handle") (param i32) (result i32)
  (i32.store8 offset=8 (i32.const 1024) (i32.const 3))
  (i32.store offset=16 (i32.const 1024) (i32.const 131072))
  (i32.store offset=20 (i32.const 1024) (i32.const 40000))
  (i32.const 1024))
