;; Grows a table without an end.
(table $elements 1 funcref)
(func (export "handle") (param i32) (result i32)
  (loop $again (br_if $again (i32.ne (table.grow $elements (ref.null func) (i32.const 4096)) (i32.const -1))))
  (loop $again (br $again))
  (unreachable))
