/**
 * `fields` of `wasi:http`, with the contract's rules: what a handler may not set there (docs of `http.send`), it may not set here.
 * `content-length` may be set, and must then be true of the body.
 */
import { headerFault } from '../../kernel/operations.ts';
import { WASI_LIMITS } from '../../limits.ts';
import type { WasiEvaluation } from './evaluation.ts';
import { Failure, Resource } from './resource.ts';

export interface Field {
  readonly name: string;
  readonly value: string;
}

export const CONTENT_LENGTH = 'content-length';

/** A `fields` resource: its list can be read, and taken away from the guest. */
export type FieldsResource = Resource & { readonly list: readonly Field[] };

export interface FieldsClass {
  new (list?: readonly Field[], immutable?: boolean): FieldsResource;
}

export function createFieldsClass(evaluation: WasiEvaluation): FieldsClass {
  return class Fields extends Resource {
    #list: readonly Field[];
    readonly #immutable: boolean;

    constructor(list: readonly Field[] = [], immutable = false) {
      super(evaluation);
      this.#list = list;
      this.#immutable = immutable;
    }

    static fromList(entries: readonly (readonly [string, Uint8Array])[]): Fields {
      const list = entries.map(([name, value]) => toField(name, value));
      checkCount(list);
      return new Fields(list);
    }

    get list(): readonly Field[] {
      return this.#list;
    }

    get(name: string): Uint8Array[] {
      return this.#list.filter((field) => same(field, name)).map(({ value }) => Buffer.from(value, 'latin1'));
    }

    has(name: string): boolean {
      return this.#list.some((field) => same(field, name));
    }

    set(name: string, values: readonly Uint8Array[]): void {
      this.#change([...this.#without(name), ...values.map((value) => toField(name, value))]);
    }

    delete(name: string): void {
      this.#change(this.#without(name));
    }

    append(name: string, value: Uint8Array): void {
      this.#change([...this.#list, toField(name, value)]);
    }

    entries(): [string, Uint8Array][] {
      return this.#list.map(({ name, value }) => [name, Buffer.from(value, 'latin1')]);
    }

    clone(): Fields {
      return new Fields(this.#list);
    }

    #without(name: string): readonly Field[] {
      return this.#list.filter((field) => !same(field, name));
    }

    #change(list: readonly Field[]): void {
      if (this.#immutable) throw new Failure({ tag: 'immutable' });
      checkCount(list);
      this.#list = list;
    }
  };
}

function same(field: Field, name: string): boolean {
  return field.name.toLowerCase() === name.toLowerCase();
}

function toField(name: string, bytes: Uint8Array): Field {
  const value = Buffer.from(bytes).toString('latin1');
  const fault = name.toLowerCase() === CONTENT_LENGTH ? lengthFault(value) : headerFault(name, value);
  if (fault !== null) throw new Failure({ tag: fault === 'host' ? 'forbidden' : 'invalid-syntax' });
  return { name, value };
}

function lengthFault(value: string): 'syntax' | null {
  return /^(?:0|[1-9][0-9]{0,14})$/.test(value) ? null : 'syntax';
}

function checkCount(list: readonly Field[]): void {
  if (list.length > WASI_LIMITS.fields) throw new Failure({ tag: 'forbidden' });
}
