/** What the meter's tests use of the WebAssembly JavaScript API beyond the sandbox's part of it. */
declare namespace WebAssembly {
  const Instance: {
    new (module: Module, imports?: Imports): Instance;
  };

  const CompileError: {
    new (message?: string): Error;
  };

  const LinkError: {
    new (message?: string): Error;
  };

  const Exception: {
    new (tag: object, payload: unknown[]): object;
  };

  const Global: {
    new (descriptor: { value: string; mutable?: boolean }, value: unknown): { value: unknown };
  };

  const Table: {
    new (descriptor: {
      initial: number | bigint;
      maximum?: number | bigint;
      element: string;
      address?: string;
    }): object;
  };

  const Memory: {
    new (descriptor: { initial: number; maximum?: number; shared?: boolean }): { readonly buffer: ArrayBuffer };
  };
}
