;; Never returns: one empty loop.
(func (export "handle") (param i32) (result i32)
  (loop $again (br $again))
  (unreachable))
