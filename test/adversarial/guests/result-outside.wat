;; A result that lies beyond the end of memory.
(func (export "handle") (param i32) (result i32) (i32.const -8))
