/**
 * The part of the WebAssembly JavaScript API (webassembly.github.io/spec/js-api) that the sandbox uses; neither the language's
 * library nor Node's types have it without the whole DOM.
 */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, unknown>>;

  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
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
}
