;; Grows linear memory for as long as the engine lets it, then writes to the end of it.
(func (export "handle") (param i32) (result i32)
  (loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
  (i32.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)) (i32.const 7))
  (loop $again (br $again))
  (unreachable))
