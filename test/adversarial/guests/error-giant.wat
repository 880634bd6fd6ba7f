;; An error text of 100 MB, in a memory grown for it.
(func (export "handle") (param i32) (result i32)
  (drop (memory.grow (i32.const 1600)))
  (i32.store8 (i32.const 1024) (i32.const 1))
  (i32.store offset=8 (i32.const 1024) (i32.const 65536))
  (i32.store offset=12 (i32.const 1024) (i32.const 104857600))
  (i32.const 1024))
