;; Calls a capability while it is being instantiated.
(func $start (call $clock-now (i32.const 1024)))
(start $start)
(func (export "handle") (param i32) (result i32) (i32.const 0))
