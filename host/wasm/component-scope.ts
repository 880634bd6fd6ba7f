/**
 * The index spaces of one component while it is rewritten: what the meter puts in shifts what stands behind it, so every index
 * that the component uses is looked up here. An index that names nothing is refused.
 */
import { type MeterContext, tooMany } from './context.ts';
import type { Reader } from './reader.ts';

/** Sorts of items, as one number each: those of core WebAssembly have bit 8 set. */
export const SORT = {
  coreFunc: 0x100,
  coreType: 0x110,
  coreModule: 0x111,
  coreInstance: 0x112,
  func: 0x01,
  type: 0x03,
  component: 0x04,
  instance: 0x05,
} as const;

/** The byte that says that another one follows with the sort of a core item. */
export const CORE = 0x00;

/** Names for messages. Sorts without one (tables, memories, globals, tags, core types) keep their indices and aren't followed. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [SORT.coreFunc, 'core function'],
  [SORT.coreModule, 'core module'],
  [SORT.coreInstance, 'core instance'],
  [SORT.func, 'function'],
  [SORT.type, 'type'],
  [SORT.component, 'component'],
  [SORT.instance, 'instance'],
]);

class IndexSpace {
  readonly #map: number[] = [];
  #next = 0;

  get size(): number {
    return this.#map.length;
  }

  insert(): number {
    return this.#next++;
  }

  add(): void {
    this.#map.push(this.#next++);
  }

  get last(): number {
    return this.#map.at(-1) ?? -1;
  }

  get(index: number): number | undefined {
    return this.#map[index];
  }

  replaceLast(becomes: number): void {
    this.#map[this.#map.length - 1] = becomes;
  }
}

/** Instances that a component may make, for each core module that it may have: bounds components that multiply when nested. */
const INSTANCES_PER_MODULE = 16;

/** Each may use some fuel that is settled late (local-meter.ts), so there are few. */
const MOST_METERS = 64;

/** What is known of a component within another. */
export interface Nested {
  /** Instances that one instance of it makes, its own included. */
  readonly instances: number;
  /** Of these, instances with a meter of their own, which follows a shared one. */
  readonly meters: number;
  /** True where it takes the shared meter and can be settled. */
  readonly shares: boolean;
}

export class Scope {
  readonly #spaces = new Map<number, IndexSpace>();
  readonly #context: MeterContext;
  readonly #components: Nested[] = [];
  #instances = 0;
  #meters = 0;
  /** The instance with the shared meter's functions; -1 where there is none. */
  shared = -1;
  /** Instances that share the meter, in order, with the number of meters in each. */
  readonly sharing: { readonly instance: number; readonly meters: number }[] = [];

  constructor(context: MeterContext) {
    this.#context = context;
    for (const sort of NAMES.keys()) this.#spaces.set(sort, new IndexSpace());
  }

  /** Instances that one instance of this component makes. */
  get instances(): number {
    return this.#instances;
  }

  /** Errors: `component.limit`. */
  addInstances(added: number): void {
    this.#instances += added;
    const most = INSTANCES_PER_MODULE * this.#context.limits.coreModules;
    if (this.#instances > most) throw tooMany('instances of the component', most, this.#instances);
  }

  /** Instances with a meter of their own that one instance of this component makes. */
  get meters(): number {
    return this.#meters;
  }

  /** Errors: `component.limit`. */
  addMeters(added: number): void {
    this.#meters += added;
    if (this.#meters > MOST_METERS)
      throw tooMany('instances of components that share a meter', MOST_METERS, this.#meters);
  }

  addComponent(nested: Nested): void {
    this.#components.push(nested);
    this.add(SORT.component);
  }

  component(index: number, reader: Reader): Nested {
    const found = this.#components[index];
    if (found === undefined) throw reader.fail('component', `an index below ${this.#components.length}`, index);
    return found;
  }

  /** Enters `count` items of the component's own. Errors: `component.limit`. */
  add(sort: number, count = 1): void {
    const space = this.#spaces.get(sort);
    if (space === undefined) return;
    const most = this.#context.limits.sectionItems;
    if (space.size + count > most)
      throw tooMany(`${NAMES.get(sort) ?? 'item'}s of a component`, most, space.size + count);
    for (let left = count; left > 0; left--) space.add();
  }

  /** Enters an item of the meter's, which the component can't name, and gives its index. */
  insert(sort: number): number {
    return this.#space(sort).insert();
  }

  #space(sort: number): IndexSpace {
    const space = this.#spaces.get(sort);
    if (space === undefined) throw new RangeError(`meter: expected a sort that is followed, found ${sort}`);
    return space;
  }

  /** Items of the component's own so far. */
  count(sort: number): number {
    return this.#space(sort).size;
  }

  /** What the component's own last item has become. */
  last(sort: number): number {
    return this.#space(sort).last;
  }

  replaceLast(sort: number, becomes: number): void {
    this.#space(sort).replaceLast(becomes);
  }

  /** What the component's own index has become. Errors: `component.malformed` where it names nothing. */
  map(sort: number, index: number, reader: Reader): number {
    const space = this.#spaces.get(sort);
    if (space === undefined) return index;
    const found = space.get(index);
    if (found === undefined) throw reader.fail(NAMES.get(sort) ?? 'item', `an index below ${space.size}`, index);
    return found;
  }
}

/** Reads a sort: one byte, or two for items of core WebAssembly. */
export function readSort(reader: Reader): number {
  const sort = reader.byte('sort');
  return sort === CORE ? 0x100 | reader.byte('core sort') : sort;
}

/** The bytes of a sort. */
export function sortBytes(sort: number): readonly number[] {
  return sort >= 0x100 ? [CORE, sort & 0xff] : [sort];
}
