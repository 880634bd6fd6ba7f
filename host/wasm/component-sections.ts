/**
 * The sections of a component that name items by index: copied with indices shifted by what the meter puts in. Core modules and
 * components stay within the component that defines them, and no name begins like the meter's.
 */
import { SojournError } from '../errors.ts';
import { METER_MODULE } from './meter-module.ts';
import type { MeterContext } from './context.ts';
import { type Nested, readSort, type Scope, SORT, sortBytes } from './component-scope.ts';
import { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** The name under which a nested component takes the shared meter. */
export const METER_SHARED = `${METER_MODULE}/shared@1.0.0`;

function refuseModule(reader: Reader, how: string, offset: number): SojournError {
  return new SojournError(
    'component.import',
    `component at offset ${offset}: expected core modules to stay within the component that defines them, found one ${how}; ` +
      'build it as one component',
    { details: { offset } },
  );
}

function refuseComponent(how: string, offset: number): SojournError {
  return new SojournError(
    'component.import',
    `component at offset ${offset}: expected a component defined within, found one ${how}`,
    {
      details: { offset },
    },
  );
}

function refuseMeterName(name: string, offset: number): void {
  if (!name.startsWith(METER_MODULE)) return;
  throw new SojournError(
    'component.import',
    `component at offset ${offset}: expected a name other than the meter's, found ${name}`,
    {
      details: { offset },
    },
  );
}

/** One item of section 2. An instance of a core module gets `meter`, a core instance, as one more argument. */
export function copyCoreInstance(
  reader: Reader,
  out: Writer,
  { scope, meter, context }: { readonly scope: Scope; readonly meter: number; readonly context: MeterContext },
): void {
  scope.addInstances(1);
  const offset = reader.pos;
  const form = reader.byte('core instance');
  out.byte(form);
  if (form === 0x00) {
    copyArguments(reader, out, scope, context);
    out
      .name(METER_MODULE)
      .byte(SORT.coreInstance & 0xff)
      .u32(meter);
  } else if (form === 0x01) copyInlineExports(reader, out, scope, context);
  else throw reader.fail('core instance', '0 or 1', form, offset);
  scope.add(SORT.coreInstance);
}

/** The core module of the instance that comes next; null where it is made of exports. */
export function peekCoreModule(reader: Reader): number | null {
  const ahead = new Reader(reader.bytes, reader.pos, reader.end);
  return ahead.byte('core instance') === 0x00 ? ahead.u32('core module') : null;
}

/** Leaves room for one more. */
function copyArguments(reader: Reader, out: Writer, scope: Scope, context: MeterContext): void {
  out.u32(scope.map(SORT.coreModule, reader.u32('core module'), reader));
  const count = reader.count('instantiation arguments', context.limits.sectionItems, 3);
  out.u32(count + 1);
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    const name = reader.name('argument name');
    refuseMeterName(name, offset);
    const sort = reader.byte('argument sort');
    if (sort !== (SORT.coreInstance & 0xff)) throw reader.fail('argument sort', 'a core instance', sort, offset);
    const instance = reader.u32('core instance');
    out
      .name(name)
      .byte(sort)
      .u32(scope.map(SORT.coreInstance, instance, reader));
  }
}

function copyInlineExports(reader: Reader, out: Writer, scope: Scope, context: MeterContext): void {
  const count = reader.count('exports', context.limits.sectionItems, 3);
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    const name = reader.name('export name');
    refuseMeterName(name, offset);
    const core = reader.byte('core sort');
    const target = reader.u32('export index');
    out
      .name(name)
      .byte(core)
      .u32(scope.map(0x100 | core, target, reader));
  }
}

/** Section 6. `scopes` ends with the component's own. */
export function copyAliases(
  reader: Reader,
  out: Writer,
  {
    scope,
    scopes,
    context,
  }: { readonly scope: Scope; readonly scopes: readonly Scope[]; readonly context: MeterContext },
): void {
  const count = reader.count('aliases', context.limits.sectionItems, 3);
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    const sort = readSort(reader);
    const targetAt = reader.pos;
    const target = reader.byte('alias target');
    out.bytes(sortBytes(sort)).byte(target);
    if (target === 0x00 || target === 0x01) {
      if (sort === SORT.coreModule) throw refuseModule(reader, 'taken from an instance', offset);
      if (sort === SORT.component) throw refuseComponent('taken from an instance', offset);
      const instance = reader.u32('instance');
      out.u32(scope.map(target === 0x00 ? SORT.instance : SORT.coreInstance, instance, reader));
      const nameAt = reader.pos;
      out.name(checkedName(reader, nameAt));
      scope.add(sort);
    } else if (target === 0x02) {
      const levels = reader.u32('outer component');
      const outer = scopes[scopes.length - 1 - levels];
      if (outer === undefined)
        throw reader.fail('outer component', `a number below ${scopes.length}`, levels, targetAt);
      const aliased = reader.u32('outer index');
      out.u32(levels).u32(outer.map(sort, aliased, reader));
      if (sort === SORT.component) scope.addComponent(outer.component(aliased, reader));
      else scope.add(sort);
    } else throw reader.fail('alias target', '0 to 2', target, targetAt);
  }
}

/** Section 5. A component that shares the meter gets it as one more argument. */
export function copyInstances(reader: Reader, out: Writer, scope: Scope, context: MeterContext): void {
  const count = reader.count('instances', context.limits.sectionItems, 2);
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    const form = reader.byte('instance');
    if (form > 1) throw reader.fail('instance', '0 or 1', form, offset);
    out.byte(form);
    let shared: Nested | null = null;
    if (form === 0x00) {
      const component = reader.u32('component');
      const nested = scope.component(component, reader);
      scope.addInstances(1 + nested.instances);
      scope.addMeters(nested.meters);
      if (nested.shares) shared = nested;
      out.u32(scope.map(SORT.component, component, reader));
    }
    copyItems(reader, out, { scope, context, named: form === 0x00, more: shared === null ? 0 : 1 });
    if (shared !== null) out.name(METER_SHARED).byte(SORT.instance).u32(scope.shared);
    scope.add(SORT.instance);
    if (shared !== null) scope.sharing.push({ instance: scope.last(SORT.instance), meters: shared.meters });
  }
}

interface Items {
  readonly scope: Scope;
  readonly context: MeterContext;
  /** True for arguments, whose names have no form in front. */
  readonly named: boolean;
  /** Items for which to leave room. */
  readonly more: number;
}

function copyItems(reader: Reader, out: Writer, { scope, context, named, more }: Items): void {
  const count = reader.count('instance items', context.limits.sectionItems, 3);
  out.u32(count + more);
  for (let item = 0; item < count; item++) {
    const offset = reader.pos;
    if (named) out.name(checkedName(reader, offset));
    else copyExternName(reader, out);
    const sort = readSort(reader);
    if (sort === SORT.coreModule) throw refuseModule(reader, 'passed to an instance', offset);
    const target = reader.u32('item index');
    out.bytes(sortBytes(sort)).u32(scope.map(sort, target, reader));
  }
}

function checkedName(reader: Reader, offset: number): string {
  const name = reader.name('name');
  refuseMeterName(name, offset);
  return name;
}

export function copyExternName(reader: Reader, out: Writer): string {
  const offset = reader.pos;
  const form = reader.byte('name');
  if (form > 1) throw reader.fail('name', '0 or 1', form, offset);
  const name = checkedName(reader, offset);
  out.byte(form).name(name);
  return name;
}

/** Section 10. Gives the names. */
export function copyImports(reader: Reader, out: Writer, scope: Scope, context: MeterContext): string[] {
  const count = reader.count('imports', context.limits.sectionItems, 4);
  out.u32(count);
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    names.push(copyExternName(reader, out));
    const sort = copyExternType(reader, out, scope);
    if (sort === SORT.coreModule) throw refuseModule(reader, 'imported', offset);
    if (sort === SORT.component) throw refuseComponent('imported', offset);
    scope.add(sort);
  }
  return names;
}

/** Section 11. Gives the names. */
export function copyExports(reader: Reader, out: Writer, scope: Scope, context: MeterContext): string[] {
  const count = reader.count('exports', context.limits.sectionItems, 4);
  out.u32(count);
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    names.push(copyExternName(reader, out));
    const sort = readSort(reader);
    if (sort >= 0x100) throw refuseModule(reader, 'exported', offset);
    const target = reader.u32('export index');
    out.bytes(sortBytes(sort)).u32(scope.map(sort, target, reader));
    const typedAt = reader.pos;
    const typed = reader.byte('export type');
    if (typed > 1) throw reader.fail('export type', '0 or 1', typed, typedAt);
    out.byte(typed);
    if (typed === 1) copyExternType(reader, out, scope);
    if (sort === SORT.component) scope.addComponent(scope.component(target, reader));
    else scope.add(sort);
  }
  return names;
}

/** Copies what an import or export is typed as, and gives its sort. */
export function copyExternType(reader: Reader, out: Writer, scope: { map: Scope['map'] }): number {
  const offset = reader.pos;
  const sort = readSort(reader);
  out.bytes(sortBytes(sort));
  if (sort === SORT.type) {
    const boundAt = reader.pos;
    const bound = reader.byte('bound');
    if (bound > 1) throw reader.fail('bound', '0 or 1', bound, boundAt);
    out.byte(bound);
    if (bound === 0) out.u32(scope.map(SORT.type, reader.u32('type'), reader));
  } else if (sort === SORT.func || sort === SORT.component || sort === SORT.instance) {
    out.u32(scope.map(SORT.type, reader.u32('type'), reader));
  } else if (sort === SORT.coreModule) out.u32(reader.u32('type'));
  else throw reader.fail('type of an import or export', 'a function, type, component or instance', sort, offset);
  return sort;
}
