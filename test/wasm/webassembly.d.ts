/** What the meter's tests use of the WebAssembly JavaScript API beyond the sandbox's part of it. */
declare namespace WebAssembly {
  const Instance: {
    new (module: Module, imports?: Imports): Instance;
  };

  const RuntimeError: {
    new (message?: string): Error;
  };

  const Memory: {
    new (descriptor: { initial: number; maximum?: number }): { readonly buffer: ArrayBuffer };
  };

  function validate(bytes: Uint8Array): boolean;
}
