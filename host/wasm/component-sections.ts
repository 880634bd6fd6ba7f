/**
 * The sections of a component that name core modules, core instances or components: copied with indices shifted by the meter's
 * own module and instance. Everything else names neither and is copied as it is.
 */
import { SojournError } from '../errors.ts';
import { METER_MODULE } from './meter-module.ts';
import { type MeterContext, tooMany } from './context.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** One component while it is rewritten. */
export interface Scope {
  /** 1 where the meter's module and instance stand in front, else 0. */
  readonly shift: 0 | 1;
  /** Instances that one instance of each component of the index space makes, its own included. */
  readonly components: number[];
  /** Instances that one instance of this component makes. */
  instances: number;
}

const CORE = 0x00;
const CORE_MODULE = 0x11;
const CORE_INSTANCE = 0x12;
const COMPONENT = 0x04;
/** Instances that a component may make, for each core module that it may have: bounds components that multiply when nested. */
const INSTANCES_PER_MODULE = 16;

function readSort(reader: Reader): { readonly sort: number; readonly core: number } {
  const sort = reader.byte('sort');
  return { sort, core: sort === CORE ? reader.byte('core sort') : -1 };
}

function refuseModule(reader: Reader, how: string, offset: number): SojournError {
  return new SojournError(
    'component.import',
    `component at offset ${offset}: expected core modules to stay within the component that defines them, found one ${how}; ` +
      'build it as one component',
    { details: { offset } },
  );
}

function addInstances(scope: Scope, added: number, context: MeterContext): void {
  scope.instances += added;
  const most = INSTANCES_PER_MODULE * context.limits.coreModules;
  if (scope.instances > most) throw tooMany('instances of the component', most, scope.instances);
}

/** Section 2. Each instance of a core module gets the meter's instance as one more argument. */
export function copyCoreInstances(reader: Reader, out: Writer, scope: Scope, context: MeterContext): void {
  const count = reader.count('core instances', context.limits.sectionItems, 2);
  addInstances(scope, count, context);
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    const form = reader.byte('core instance');
    out.byte(form);
    if (form === 0x00) copyArguments(reader, out, scope, context);
    else if (form === 0x01) copyInlineExports(reader, out, scope, context);
    else throw reader.fail('core instance', '0 or 1', form, offset);
  }
}

function copyArguments(reader: Reader, out: Writer, scope: Scope, context: MeterContext): void {
  out.u32(reader.u32('core module') + scope.shift);
  const count = reader.count('instantiation arguments', context.limits.sectionItems, 3);
  out.u32(count + scope.shift);
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    const name = reader.name('argument name');
    refuseMeterName(name, offset);
    const sort = reader.byte('argument sort');
    if (sort !== CORE_INSTANCE) throw reader.fail('argument sort', 'a core instance', sort, offset);
    out
      .name(name)
      .byte(sort)
      .u32(reader.u32('core instance') + scope.shift);
  }
  if (scope.shift > 0) out.name(METER_MODULE).byte(CORE_INSTANCE).u32(0);
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
    const shifted = core === CORE_MODULE || core === CORE_INSTANCE;
    out
      .name(name)
      .byte(core)
      .u32(target + (shifted ? scope.shift : 0));
  }
}

function refuseMeterName(name: string, offset: number): void {
  if (!name.startsWith(METER_MODULE)) return;
  throw new SojournError(
    'component.import',
    `core instance at offset ${offset}: expected a name other than the meter's, found ${name}`,
    {
      details: { offset },
    },
  );
}

/** Section 6. `scopes` ends with the component's own. */
export function copyAliases(reader: Reader, out: Writer, scopes: readonly Scope[], context: MeterContext): void {
  const count = reader.count('aliases', context.limits.sectionItems, 3);
  const own = scopes.at(-1);
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    const { sort, core } = readSort(reader);
    out.byte(sort);
    if (sort === CORE) out.byte(core);
    const targetAt = reader.pos;
    const target = reader.byte('alias target');
    out.byte(target);
    if (target === 0x00 || target === 0x01) {
      if (target === 0x00 && core === CORE_MODULE) throw refuseModule(reader, 'taken from an instance', offset);
      if (target === 0x00 && sort === COMPONENT) throw refuseComponent('taken from an instance', offset);
      const shift = target === 0x01 ? (own?.shift ?? 0) : 0;
      const instance = reader.u32('instance');
      out.u32(instance + shift).name(reader.name('alias name'));
    } else if (target === 0x02) {
      const levels = reader.u32('outer component');
      const outer = scopes[scopes.length - 1 - levels];
      if (outer === undefined)
        throw reader.fail('outer component', `a number below ${scopes.length}`, levels, targetAt);
      const aliased = reader.u32('outer index');
      if (sort === COMPONENT) own?.components.push(componentSize(outer, aliased, reader));
      out.u32(levels).u32(aliased + (core === CORE_MODULE ? outer.shift : 0));
    } else throw reader.fail('alias target', '0 to 2', target, targetAt);
  }
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

function componentSize(scope: Scope, index: number, reader: Reader): number {
  const size = scope.components[index];
  if (size === undefined) throw reader.fail('component', `an index below ${scope.components.length}`, index);
  return size;
}

/** Section 5: read only, to count. */
export function readInstances(reader: Reader, scope: Scope, context: MeterContext): void {
  const most = context.limits.sectionItems;
  const count = reader.count('instances', most, 2);
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    const form = reader.byte('instance');
    if (form > 1) throw reader.fail('instance', '0 or 1', form, offset);
    if (form === 0x00) addInstances(scope, 1 + componentSize(scope, reader.u32('component'), reader), context);
    const items = reader.count('instance items', most, 3);
    for (let item = 0; item < items; item++) {
      if (form === 0x00) reader.name('argument name');
      else readExternName(reader);
      const { core } = readSort(reader);
      if (core === CORE_MODULE) throw refuseModule(reader, 'passed to an instance', offset);
      reader.u32('item index');
    }
  }
}

function readExternName(reader: Reader): string {
  const offset = reader.pos;
  const form = reader.byte('name');
  if (form > 1) throw reader.fail('name', '0 or 1', form, offset);
  return reader.name('name');
}

/** Section 10: read only. Gives the names. */
export function readImportNames(reader: Reader, context: MeterContext): string[] {
  const count = reader.count('imports', context.limits.sectionItems, 4);
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    names.push(readExternName(reader));
    const sort = readExternType(reader);
    if (sort === CORE) throw refuseModule(reader, 'imported', offset);
    if (sort === COMPONENT) throw refuseComponent('imported', offset);
  }
  return names;
}

/** Section 11: read only. Gives the names, and enters exported components into the index space. */
export function readExportNames(reader: Reader, scope: Scope, context: MeterContext): string[] {
  const count = reader.count('exports', context.limits.sectionItems, 4);
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    const offset = reader.pos;
    names.push(readExternName(reader));
    const { sort } = readSort(reader);
    if (sort === CORE) throw refuseModule(reader, 'exported', offset);
    const target = reader.u32('export index');
    if (sort === COMPONENT) scope.components.push(componentSize(scope, target, reader));
    const typedAt = reader.pos;
    const typed = reader.byte('export type');
    if (typed > 1) throw reader.fail('export type', '0 or 1', typed, typedAt);
    if (typed === 1) readExternType(reader);
  }
  return names;
}

/** Skips what an import or export is typed as, and gives its sort. */
function readExternType(reader: Reader): number {
  const offset = reader.pos;
  const sort = reader.byte('type of an import or export');
  if (sort === CORE) {
    reader.byte('core sort');
    reader.u32('type');
  } else if (sort === 0x02 || sort === 0x03) {
    const bound = reader.byte('bound');
    if (bound > 1) throw reader.fail('bound', '0 or 1', bound, offset);
    if (sort === 0x02 && bound === 1) throw reader.fail('value', 'none: values are not supported', 'one', offset);
    if (bound === 0) reader.u32('type');
  } else if (sort === 0x01 || sort === 0x04 || sort === 0x05) reader.u32('type');
  else throw reader.fail('type of an import or export', '0 to 5', sort, offset);
  return sort;
}
