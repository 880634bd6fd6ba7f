/** Scripts of the WebAssembly specification's test suite, as `wasm-tools json-from-wast` writes them: commands, and values as text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A number as the decimal text of its bits; a pattern for NaN; `null`; for v128 one text for each lane. */
export interface SpecValue {
  readonly type: string;
  readonly lane_type?: 'i8' | 'i16' | 'i32' | 'i64' | 'f32' | 'f64';
  readonly value?: string | readonly string[];
  /** Of `either`: any of these. */
  readonly values?: readonly SpecValue[];
}

export interface SpecAction {
  readonly type: 'invoke' | 'get';
  readonly module?: string;
  readonly field: string;
  readonly args?: readonly SpecValue[];
}

export interface ModuleCommand {
  readonly type:
    | 'module'
    | 'module_definition'
    | 'assert_invalid'
    | 'assert_malformed'
    | 'assert_unlinkable'
    | 'assert_uninstantiable';
  readonly line: number;
  readonly name?: string;
  readonly filename: string;
  /** The module in the binary format, where `filename` is text. */
  readonly binary_filename?: string;
  readonly module_type: 'binary' | 'text';
  /** What the specification calls the fault that an assertion expects. */
  readonly text?: string;
}

export interface ActionCommand {
  readonly type: 'action' | 'assert_return' | 'assert_trap' | 'assert_exhaustion' | 'assert_exception';
  readonly line: number;
  readonly action: SpecAction;
  readonly expected?: readonly SpecValue[];
  readonly text?: string;
}

export type Command =
  | ModuleCommand
  | ActionCommand
  | { readonly type: 'register'; readonly line: number; readonly as: string; readonly name?: string }
  | { readonly type: 'module_instance'; readonly line: number; readonly instance: string; readonly module: string };

export interface Script {
  readonly name: string;
  readonly commands: readonly Command[];
  /** The bytes of a module that a command names; null where there is only text. */
  readonly bytesOf: (command: ModuleCommand) => Uint8Array | null;
}

export function listSuites(root: string): string[] {
  return readdirSync(root).toSorted();
}

/** The scripts of one suite, in order of their names, read one by one. */
export function* readScripts(root: string, suite: string): Generator<Script> {
  for (const name of readdirSync(join(root, suite)).toSorted()) {
    const folder = join(root, suite, name);
    const { commands } = JSON.parse(readFileSync(join(folder, 'test.json'), 'utf8')) as { commands: Command[] };
    const bytesOf = (command: ModuleCommand): Uint8Array | null => {
      const file = command.binary_filename ?? (command.module_type === 'binary' ? command.filename : null);
      return file === null ? null : new Uint8Array(readFileSync(join(folder, file)));
    };
    yield { name, commands, bytesOf };
  }
}
