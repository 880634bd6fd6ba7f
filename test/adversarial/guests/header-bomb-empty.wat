;; A list of 60,000 headers without a name or value.
(func (export "handle") (param i32) (result i32)
  (call $http-send
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
    (i32.const 131072) (i32.const 60000)
    (i32.const 0) (i32.const 0) (i32.const 0)
    (i32.const 0) (i32.const 1024))
  (unreachable))
