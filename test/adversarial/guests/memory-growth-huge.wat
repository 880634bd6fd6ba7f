;; Asks for all that 32 bits can address at once.
(func (export "handle") (param i32) (result i32)
  (drop (memory.grow (i32.const 65519)))
  (loop $again (br $again))
  (unreachable))
