;; An instant of 2^53 milliseconds, which no Number holds exactly.
(func (export "handle") (param i32) (result i32)
  (i32.store8 offset=8 (i32.const 1024) (i32.const 3))
  (i32.store offset=16 (i32.const 1024) (i32.const 131072))
  (i32.store offset=20 (i32.const 1024) (i32.const 1))
  (i64.store (i32.const 131080) (i64.const 9007199254740992))
  (i32.const 1024))
