/**
 * Runs a script of the specification in two worlds, plain and metered, and compares: every assertion must hold in both, with the same
 * values and traps of the same kind. What can't be run is counted under its reason; what differs is a failure.
 */
import { inspect } from 'node:util';
import type { ActionCommand, Command, ModuleCommand, Script } from './spec-script.ts';
import { allowsSeveral, type SpecValues } from './spec-values.ts';
import type { Ended, SpecWorld } from './spec-world.ts';

/** Why a command was left out, or ended otherwise than the script says on purpose. */
export const REASONS = {
  engine: 'the engine lacks what the module needs',
  refused: 'threads and relaxed SIMD are refused on purpose',
  limit: 'beyond a limit of components',
  text: 'malformed text has no binary form',
  accepted: 'the engine accepts what an older script calls invalid',
  differs: 'the engine itself ends otherwise, metered or not',
  bound: 'growth beyond a bound of the meter stops the guest',
  host: 'growth that the engine refuses within the bounds stops the guest',
} as const;
export type Reason = keyof typeof REASONS;

export interface Tally {
  modules: number;
  assertions: number;
  readonly leftOut: Map<Reason, number>;
  readonly failures: string[];
}

export function createTally(): Tally {
  return { modules: 0, assertions: 0, leftOut: new Map(), failures: [] };
}

/** Words of the specification for a trap, and V8's for the same. */
const TRAPS: readonly (readonly [RegExp, RegExp])[] = [
  [/divide by zero/, /divide by zero|remainder by zero/],
  [/integer overflow/, /divide result unrepresentable|float unrepresentable/],
  [/invalid conversion/, /float unrepresentable/],
  [/unreachable/, /unreachable/],
  [/indirect call/, /signature mismatch/],
  [/uninitialized|undefined/, /table index is out of bounds|signature mismatch/],
  [/out of bounds table|^out of bounds$/, /table index is out of bounds|out of bounds/],
  [/out of bounds memory/, /memory access out of bounds|data segment .*out of bounds/],
  [/out of bounds array/, /array element access out of bounds|segment .*out of bounds|out of bounds/],
  [/cast failure/, /illegal cast/],
  [/null .*reference/, /null/],
  [/unaligned atomic/, /unaligned/],
];

/** Negation moves a NaN's bits and keeps them, so the sign may be set; every other NaN that a script leaves open comes of arithmetic. */
const NEGATION = /neg_canon$/;

/** Bounds that stop a guest where the script expects growth to fail. */
const STOPS: { readonly [bound: string]: Reason } = { memoryPages: 'bound', tableElements: 'bound', host: 'host' };

export class SpecRunner {
  readonly #script: Script;
  readonly #plain: SpecWorld;
  readonly #metered: SpecWorld;
  readonly #values: SpecValues;
  readonly #tally: Tally;
  /** Why modules are missing: by name, by the name they are registered under, and the current one. */
  readonly #absent = new Map<string, Reason>();
  readonly #definitions = new Map<string, Uint8Array>();

  constructor(script: Script, worlds: { plain: SpecWorld; metered: SpecWorld }, values: SpecValues, tally: Tally) {
    this.#script = script;
    this.#plain = worlds.plain;
    this.#metered = worlds.metered;
    this.#values = values;
    this.#tally = tally;
  }

  run(): void {
    for (const command of this.#script.commands) {
      try {
        this.#step(command);
      } catch (error) {
        this.#fail(command.line, String(error));
      }
    }
  }

  #step(command: Command): void {
    switch (command.type) {
      case 'module':
        return this.#instantiate(command.line, this.#script.bytesOf(command)!, command.name);
      case 'module_definition':
        this.#definitions.set(command.name ?? '', this.#script.bytesOf(command)!);
        return;
      case 'module_instance':
        return this.#instantiate(command.line, this.#definitions.get(command.module)!, command.instance);
      case 'register':
        return this.#register(command.as, command.name);
      case 'assert_invalid':
      case 'assert_malformed':
        return this.#assertInvalid(command);
      case 'assert_unlinkable':
      case 'assert_uninstantiable':
        return this.#assertInstantiation(command);
      default:
        return this.#assertAction(command);
    }
  }

  #instantiate(line: number, bytes: Uint8Array, name?: string): void {
    this.#setAbsent(null, name);
    const plain = this.#plain.instantiate(bytes, name);
    const metered = this.#metered.instantiate(bytes, name);
    if (plain.kind === 'values' && metered.kind === 'values') {
      this.#tally.modules++;
      return;
    }
    const reason = this.#explain(plain, metered, bytes);
    if (reason === null) {
      this.#fail(line, `module: plain ${show(plain)}, metered ${show(metered)}`);
      return;
    }
    this.#leaveOut(reason);
    this.#setAbsent(reason, name);
  }

  /** Why a module that the script takes for good can't be run in both worlds; null where that is a fault. */
  #explain(plain: Ended, metered: Ended, bytes: Uint8Array): Reason | null {
    if (plain.kind === 'invalid') return 'engine';
    if (metered.kind === 'refused') {
      if (metered.code === 'component.opcode') return 'refused';
      return metered.code === 'component.limit' && plain.kind === 'values' ? 'limit' : null;
    }
    if (metered.kind === 'bound' && plain.kind === 'values') return 'bound';
    if (plain.kind !== 'link') return null;
    // It may import from a module that was left out.
    for (const { module } of WebAssembly.Module.imports(new WebAssembly.Module(bytes))) {
      const reason = this.#absent.get(`registered ${module}`);
      if (reason !== undefined) return reason;
    }
    return null;
  }

  #setAbsent(reason: Reason | null, name?: string): void {
    for (const key of name === undefined ? ['current'] : ['current', `named ${name}`]) {
      if (reason === null) this.#absent.delete(key);
      else this.#absent.set(key, reason);
    }
  }

  #register(as: string, name?: string): void {
    const reason = this.#absent.get(name === undefined ? 'current' : `named ${name}`);
    if (reason === undefined) this.#absent.delete(`registered ${as}`);
    else this.#absent.set(`registered ${as}`, reason);
    this.#plain.register(as, name);
    this.#metered.register(as, name);
  }

  #assertInvalid(command: ModuleCommand): void {
    const bytes = this.#script.bytesOf(command);
    if (bytes === null) return this.#leaveOut('text');
    const plain = this.#plain.compile(bytes);
    const metered = this.#metered.compile(bytes);
    if (plain.kind === 'values') return this.#leaveOut('accepted');
    if (metered.kind === 'invalid' || metered.kind === 'refused') this.#tally.assertions++;
    else this.#fail(command.line, `${command.type} ${command.text}: metered ${show(metered)}`);
  }

  #assertInstantiation(command: ModuleCommand): void {
    const bytes = this.#script.bytesOf(command)!;
    const expected = command.type === 'assert_unlinkable' ? 'link' : 'trap';
    const plain = this.#plain.tryInstantiate(bytes);
    const metered = this.#metered.tryInstantiate(bytes);
    if (plain.kind === 'invalid') return this.#leaveOut('engine');
    if (metered.kind === 'refused' && metered.code === 'component.opcode') return this.#leaveOut('refused');
    if (plain.kind !== expected && plain.kind === metered.kind) return this.#leaveOut('differs');
    if (plain.kind === expected && metered.kind === expected && sameTrap(plain, metered, command.text)) {
      this.#tally.assertions++;
      return;
    }
    this.#fail(command.line, `${command.type} ${command.text}: plain ${show(plain)}, metered ${show(metered)}`);
  }

  #assertAction(command: ActionCommand): void {
    const { action, expected = [] } = command;
    const absent = this.#absent.get(action.module === undefined ? 'current' : `named ${action.module}`);
    if (absent !== undefined) return this.#leaveOut(absent);
    const results = command.type === 'assert_return' ? expected : null;
    const plain = this.#plain.run(action, results);
    const metered = this.#metered.run(action, results);
    const same = this.#same(plain, metered, expected);
    if (this.#holds(plain, command)) {
      if (same && this.#holds(metered, command, true)) {
        this.#tally.assertions++;
        return;
      }
      if (metered.kind === 'bound' && metered.bound in STOPS) return this.#leaveOut(STOPS[metered.bound]!);
    } else if (same) return this.#leaveOut('differs');
    const what = `${command.type} ${action.field}(${JSON.stringify(action.args)}) ${JSON.stringify(expected)}`;
    this.#fail(command.line, `${what} ${command.text ?? ''}: plain ${show(plain)}, metered ${show(metered)}`);
  }

  #holds(ended: Ended, command: ActionCommand, strict = false): boolean {
    switch (command.type) {
      case 'action':
        return ended.kind === 'values';
      case 'assert_return':
        return (
          ended.kind === 'values' &&
          this.#values.matches(ended.values, command.expected ?? [], strict && !NEGATION.test(command.action.field))
        );
      case 'assert_trap':
        return ended.kind === 'trap' && isTrap(ended.message, command.text);
      case 'assert_exhaustion':
        return ended.kind === 'exhausted';
      default:
        return ended.kind === 'exception';
    }
  }

  /** The same end: bit by bit where the script leaves no choice. */
  #same(plain: Ended, metered: Ended, expected: NonNullable<ActionCommand['expected']>): boolean {
    if (plain.kind === 'values' && metered.kind === 'values') {
      if (plain.values.length !== metered.values.length) return false;
      if (allowsSeveral(expected)) return true;
      return plain.values.every(
        (value, index) => Object.is(value, metered.values[index]) || bothObjects(value, metered.values[index]),
      );
    }
    if (plain.kind === 'trap' && metered.kind === 'trap') return plain.message === metered.message;
    return plain.kind === metered.kind;
  }

  #leaveOut(reason: Reason): void {
    this.#tally.leftOut.set(reason, (this.#tally.leftOut.get(reason) ?? 0) + 1);
  }

  #fail(line: number, message: string): void {
    this.#tally.failures.push(`${this.#script.name}:${line} ${message}`);
  }
}

/** Functions and objects of the two worlds can't be the same ones. */
function bothObjects(a: unknown, b: unknown): boolean {
  return typeof a === typeof b && (typeof a === 'function' || (typeof a === 'object' && a !== null && b !== null));
}

function sameTrap(plain: Ended, metered: Ended, text = ''): boolean {
  if (plain.kind !== 'trap' || metered.kind !== 'trap') return plain.kind === metered.kind;
  return isTrap(plain.message, text) && plain.message === metered.message;
}

function isTrap(message: string, text = ''): boolean {
  const known = TRAPS.find(([words]) => words.test(text));
  return known !== undefined && known[1].test(message);
}

function show(ended: Ended): string {
  return ended.kind === 'values' ? `values ${inspect(ended.values)}` : Object.values(ended).join(' ');
}
