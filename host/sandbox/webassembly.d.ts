/**
 * The part of the WebAssembly JavaScript API (webassembly.github.io/spec/js-api) that the sandbox uses; neither the language's
 * library nor Node's types have it without the whole DOM.
 */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, unknown>>;

  type Exports = Readonly<Record<string, unknown>>;

  interface Memory {
    readonly buffer: ArrayBuffer;
  }

  interface Global {
    value: unknown;
  }

  /** `length` is a bigint where the table has 64-bit indices. */
  interface Table {
    readonly length: number | bigint;
    get(index: number): unknown;
    set(index: number, value: unknown): void;
  }

  interface Instance {
    readonly exports: Exports;
  }

  interface ImportEntry {
    readonly module: string;
    readonly name: string;
    readonly kind: string;
  }

  interface ExportEntry {
    readonly name: string;
    readonly kind: string;
  }

  const Module: {
    new (bytes: Uint8Array): Module;
    imports(module: Module): ImportEntry[];
    exports(module: Module): ExportEntry[];
  };

  const RuntimeError: {
    new (message?: string): Error;
  };

  function compile(bytes: Uint8Array): Promise<Module>;

  function validate(bytes: Uint8Array): boolean;
}
