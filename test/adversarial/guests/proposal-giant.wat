;; A rationale of 900 KB.
(func (export "handle") (param i32) (result i32)
  (i32.store8 offset=8 (i32.const 1024) (i32.const 4))
  (i32.store offset=176 (i32.const 1024) (i32.const 65536))
  (i32.store offset=180 (i32.const 1024) (i32.const 900000))
  (i32.const 1024))
