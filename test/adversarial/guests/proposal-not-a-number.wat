;; A confidence of NaN.
(func (export "handle") (param i32) (result i32)
  (i32.store8 offset=8 (i32.const 1024) (i32.const 4))
  (f64.store offset=184 (i32.const 1024) (f64.const nan))
  (i32.const 1024))
