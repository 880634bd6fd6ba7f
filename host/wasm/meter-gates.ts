/**
 * The places where control enters and leaves one component among nested ones: every lifted function, destructor and start function
 * takes the shared counters first and gives them back at the end, every lowered call gives them back first and takes them again.
 */
import { SojournError } from '../errors.ts';
import type { Emitter } from './component-emitter.ts';
import { type Scope, SORT } from './component-scope.ts';
import type { CoreWiring } from './core-wiring.ts';
import {
  createLocalMeter,
  createStarter,
  createWrapper,
  FROM,
  LOCAL_FUNCTIONS,
  type LocalFunction,
} from './local-meter.ts';
import { SHARING_FUNCTIONS } from './meter-code.ts';
import type { MeterAllowance } from './meter-module.ts';
import type { Reader } from './reader.ts';
import type { Signature } from './small-module.ts';
import { I32 } from './types.ts';

/** Numbers, the only types that cross between core and component. */
const NUMERIC: readonly number[] = [0x7f, 0x7e, 0x7d, 0x7c];
const DESTRUCTOR: Signature = { params: [I32], results: [] };

export class Gates {
  /** The component's own meter: a core instance with the globals that its core modules import. */
  readonly meter: number;
  readonly #emitter: Emitter;
  readonly #scope: Scope;
  readonly #wiring: CoreWiring;
  readonly #local: ReadonlyMap<LocalFunction, number>;
  readonly #wrappers = new Map<string, number>();
  #starter = -1;

  /** `shared` is an instance with the functions of the shared meter. */
  constructor(
    emitter: Emitter,
    {
      scope,
      wiring,
      shared,
      allowance,
    }: {
      readonly scope: Scope;
      readonly wiring: CoreWiring;
      readonly shared: number;
      readonly allowance: MeterAllowance;
    },
  ) {
    this.#emitter = emitter;
    this.#scope = scope;
    this.#wiring = wiring;
    const functions = SHARING_FUNCTIONS.map(
      (name) => [name, emitter.lower(emitter.exported(shared, name, SORT.func))] as const,
    );
    const module = emitter.coreModule(createLocalMeter(allowance));
    const meter = emitter.coreInstance(module, [[FROM, emitter.coreBundle(functions)]]);
    this.meter = meter;
    this.#local = new Map(LOCAL_FUNCTIONS.map((name) => [name, emitter.coreFunction(meter, name)]));
  }

  /** A core function that settles what was used here since the component last ran. */
  get settle(): number {
    return this.#function('settle');
  }

  /** The core function to lift in the place of one of the component's own. */
  lift(index: number, reader: Reader): number {
    return this.#wrap(this.#signature(index, reader), this.#scope.map(SORT.coreFunc, index, reader), 'enter', 'leave');
  }

  /** The core function to run after a lifted one has returned, in the place of one of the component's own. */
  postReturn(index: number, reader: Reader): number {
    const target = this.#scope.map(SORT.coreFunc, index, reader);
    return this.#wrap(this.#signature(index, reader), target, 'enter-post', 'leave-post');
  }

  destructor(index: number, reader: Reader): number {
    return this.#wrap(DESTRUCTOR, this.#scope.map(SORT.coreFunc, index, reader), 'enter', 'leave');
  }

  /** From here on, the core function that was lowered last is one that gives the counters back around the call. */
  lowered(): void {
    const index = this.#scope.count(SORT.coreFunc) - 1;
    const signature = this.#wiring.signatureOf(index);
    // null: no core module imports it
    if (signature === null) return;
    const raw = this.#scope.last(SORT.coreFunc);
    this.#scope.replaceLast(SORT.coreFunc, this.#wrap(signature, raw, 'leave', 'enter'));
  }

  /** True where an instance of this core module runs code when it is made. */
  runs(module: number): boolean {
    return this.#wiring.modules[module]?.runs ?? true;
  }

  /** Takes or gives the counters where the component is instantiated. */
  pass(name: 'enter' | 'leave'): void {
    const emitter = this.#emitter;
    if (this.#starter < 0) this.#starter = emitter.coreModule(createStarter());
    emitter.coreInstance(this.#starter, [[FROM, emitter.coreBundle([['call', this.#function(name)]])]]);
  }

  #function(name: LocalFunction): number {
    return this.#local.get(name) ?? 0;
  }

  #signature(index: number, reader: Reader): Signature {
    const found = this.#wiring.signatureOf(index);
    if (found !== null) return found;
    throw new SojournError(
      'component.import',
      `component at offset ${reader.pos}: expected a function of a core module to be lifted, found core function ${index}`,
      { details: { offset: reader.pos } },
    );
  }

  #wrap(signature: Signature, target: number, before: LocalFunction, after: LocalFunction): number {
    const emitter = this.#emitter;
    const bundle = emitter.coreBundle([
      ['before', this.#function(before)],
      ['call', target],
      ['after', this.#function(after)],
    ]);
    return emitter.coreFunction(emitter.coreInstance(this.#wrapper(signature), [[FROM, bundle]]), 'call');
  }

  #wrapper(signature: Signature): number {
    const params = Array.from(signature.params);
    const results = Array.from(signature.results);
    if (![...params, ...results].every((type) => NUMERIC.includes(type))) {
      throw new SojournError(
        'component.malformed',
        'core function: expected numbers to cross components, found another type',
      );
    }
    const key = `${params.join()}:${results.join()}`;
    const module = this.#wrappers.get(key) ?? this.#emitter.coreModule(createWrapper(signature));
    this.#wrappers.set(key, module);
    return module;
  }
}
