;; An action that the contract does not have.
(func (export "handle") (param i32) (result i32)
  (i32.store8 offset=8 (i32.const 1024) (i32.const 99))
  (i32.const 1024))
