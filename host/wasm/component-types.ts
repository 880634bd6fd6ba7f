/**
 * The type section of a component, copied with indices shifted. Needed where the meter adds types or core functions in front; within
 * a component or instance type only outer aliases reach as far as that. Types of the asynchronous ABI are refused.
 * Source: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md, section "Type Definitions".
 */
import { SojournError } from '../errors.ts';
import { type Scope, readSort, SORT, sortBytes } from './component-scope.ts';
import { copyExternName, copyExternType } from './component-sections.ts';
import type { MeterContext } from './context.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** Forms of types, and of declarations within component and instance types. */
const FORM = {
  resource: 0x3f,
  func: 0x40,
  component: 0x41,
  instance: 0x42,
  map: 0x63,
  fixedList: 0x67,
  borrow: 0x68,
  own: 0x69,
  result: 0x6a,
  option: 0x6b,
  enum: 0x6d,
  flags: 0x6e,
  tuple: 0x6f,
  list: 0x70,
  variant: 0x71,
  record: 0x72,
};
const FIRST_PRIMITIVE = 0x73;
const LAST_PRIMITIVE = 0x7f;
const DECLARATION = { type: 0x01, alias: 0x02, import: 0x03, export: 0x04 };
const MOST_DEPTH = 32;

/** What the copying of types needs to know of the place that they stand in. */
interface Place {
  /** Component and instance types around. */
  readonly depth: number;
  readonly map: Scope['map'];
}

/** Makes a destructor charge what it uses: given a core function of the component's own, gives the one to name instead. */
export type WrapDestructor = (index: number, reader: Reader) => number;

export class TypeCopier {
  readonly #out: Writer;
  readonly #scopes: readonly Scope[];
  readonly #most: number;
  readonly #wrap: WrapDestructor;

  constructor(out: Writer, scopes: readonly Scope[], context: MeterContext, wrap: WrapDestructor) {
    this.#out = out;
    this.#scopes = scopes;
    this.#most = context.limits.sectionItems;
    this.#wrap = wrap;
  }

  /** One type definition of the component itself. */
  copy(reader: Reader): void {
    const scope = this.#scopes.at(-1);
    if (scope === undefined) throw new RangeError('meter: expected a scope, found none');
    this.#type(reader, { depth: 0, map: (sort, index, at) => scope.map(sort, index, at) });
  }

  #type(reader: Reader, place: Place): void {
    const out = this.#out;
    const offset = reader.pos;
    const form = reader.byte('type');
    out.byte(form);
    if (form >= FIRST_PRIMITIVE && form <= LAST_PRIMITIVE) return;
    if (form === FORM.func) {
      this.#labelled(reader, place);
      const result = reader.byte('result');
      out.byte(result);
      if (result === 0x00) this.#value(reader, place);
      else out.byte(reader.byte('result'));
    } else if (form === FORM.component || form === FORM.instance) this.#declarations(reader, place);
    else if (form === FORM.resource) this.#resource(reader);
    else if (form === FORM.record) this.#labelled(reader, place);
    else if (form === FORM.variant) this.#cases(reader, place);
    else if (form === FORM.tuple) this.#each(reader, 'tuple', () => this.#value(reader, place));
    else if (form === FORM.flags || form === FORM.enum)
      this.#each(reader, 'labels', () => out.name(reader.name('label')));
    else if (form === FORM.list || form === FORM.option) this.#value(reader, place);
    else if (form === FORM.fixedList) {
      this.#value(reader, place);
      out.u32(reader.u32('length'));
    } else if (form === FORM.map) {
      this.#value(reader, place);
      this.#value(reader, place);
    } else if (form === FORM.result) {
      this.#optional(reader, place);
      this.#optional(reader, place);
    } else if (form === FORM.own || form === FORM.borrow) out.u32(place.map(SORT.type, reader.u32('type'), reader));
    else throw refusal(form, offset);
  }

  #each(reader: Reader, subject: string, copy: () => void): void {
    const count = reader.count(subject, this.#most);
    this.#out.u32(count);
    for (let index = 0; index < count; index++) copy();
  }

  #labelled(reader: Reader, place: Place): void {
    this.#each(reader, 'fields', () => {
      this.#out.name(reader.name('label'));
      this.#value(reader, place);
    });
  }

  #cases(reader: Reader, place: Place): void {
    this.#each(reader, 'cases', () => {
      this.#out.name(reader.name('label'));
      this.#optional(reader, place);
      this.#out.byte(reader.byte('case'));
    });
  }

  #optional(reader: Reader, place: Place): void {
    const offset = reader.pos;
    const present = reader.byte('optional type');
    if (present > 1) throw reader.fail('optional type', '0 or 1', present, offset);
    this.#out.byte(present);
    if (present === 1) this.#value(reader, place);
  }

  #value(reader: Reader, place: Place): void {
    const type = reader.s33('value type');
    this.#out.s64(BigInt(type < 0 ? type : place.map(SORT.type, type, reader)));
  }

  #resource(reader: Reader): void {
    const out = this.#out.byte(reader.byte('representation'));
    const offset = reader.pos;
    const present = reader.byte('destructor');
    if (present > 1) throw reader.fail('destructor', '0 or 1', present, offset);
    out.byte(present);
    if (present === 1) out.u32(this.#wrap(reader.u32('destructor'), reader));
  }

  #declarations(reader: Reader, { depth }: Place): void {
    if (depth >= MOST_DEPTH) throw reader.fail('types', `at most ${MOST_DEPTH} within each other`, 'more');
    // indices within are the type's own
    const place: Place = { depth: depth + 1, map: (_, index) => index };
    this.#each(reader, 'declarations', () => {
      const offset = reader.pos;
      const kind = reader.byte('declaration');
      this.#out.byte(kind);
      if (kind === DECLARATION.type) this.#type(reader, place);
      else if (kind === DECLARATION.alias) this.#alias(reader, place);
      else if (kind === DECLARATION.import || kind === DECLARATION.export) {
        copyExternName(reader, this.#out);
        copyExternType(reader, this.#out, place);
      } else throw reader.fail('declaration', '1 to 4: core types stay within a component', kind, offset);
    });
  }

  #alias(reader: Reader, { depth }: Place): void {
    const sort = readSort(reader);
    const target = reader.byte('alias target');
    this.#out.bytes(sortBytes(sort)).byte(target);
    if (target !== 0x02) {
      this.#out.u32(reader.u32('instance')).name(reader.name('alias name'));
      return;
    }
    const levels = reader.u32('outer component');
    const index = reader.u32('outer index');
    const outer = levels < depth ? undefined : this.#scopes[this.#scopes.length - 1 - (levels - depth)];
    if (levels >= depth && outer === undefined) throw reader.fail('outer component', 'one that is there', levels);
    this.#out.u32(levels).u32(outer === undefined ? index : outer.map(sort, index, reader));
  }
}

function refusal(found: number, offset: number): SojournError {
  const hex = `0x${found.toString(16).padStart(2, '0')}`;
  return new SojournError('component.opcode', `type at offset ${offset}: expected a synchronous one, found ${hex}`, {
    details: { offset, found },
  });
}
