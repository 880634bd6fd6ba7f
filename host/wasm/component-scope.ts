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

  get next(): number {
    return this.#next;
  }

  insert(): number {
    return this.#next++;
  }

  add(): void {
    this.#map.push(this.#next++);
  }

  get(index: number): number | undefined {
    return this.#map[index];
  }

  set(index: number, becomes: number): void {
    this.#map[index] = becomes;
  }
}

/** Instances that a component may make, for each core module that it may have: bounds components that multiply when nested. */
const INSTANCES_PER_MODULE = 16;

export class Scope {
  readonly #spaces = new Map<number, IndexSpace>();
  readonly #context: MeterContext;
  /** Instances that one instance of each component of the index space makes, its own included. */
  readonly #sizes: number[] = [];
  #instances = 0;

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

  /** Enters a component that makes so many instances for each of its own. */
  addComponent(instances: number): void {
    this.#sizes.push(instances);
    this.add(SORT.component);
  }

  sizeOf(component: number, reader: Reader): number {
    const size = this.#sizes[component];
    if (size === undefined) throw reader.fail('component', `an index below ${this.#sizes.length}`, component);
    return size;
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
    const space = this.#spaces.get(sort);
    if (space === undefined) throw new RangeError(`meter: expected a sort that is followed, found ${sort}`);
    return space.insert();
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
