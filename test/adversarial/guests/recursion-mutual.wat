;; Two functions that call each other, one of them through a table.
(type $step (func (param i32) (result i32)))
(table $steps 1 funcref)
(elem (i32.const 0) $even)
(func $even (type $step) (call $odd (local.get 0)))
(func $odd (type $step) (i32.add (i32.const 1) (call_indirect $steps (type $step) (local.get 0) (i32.const 0))))
(func (export "handle") (param i32) (result i32) (call $even (i32.const 1)))
