/**
 * Item 0 of an object: what it is to achieve, for whom, within what scope. Its stored bytes are hashed to the object's id, which
 * therefore never changes. Every field is checked both when it is written and when it is read.
 */
import { COUNTER_NAME } from './charges.ts';
import { CHILD_NAME } from './child.ts';
import { decode, encode } from './codec.ts';
import { CONTRACT_VERSION, FORMAT_VERSION } from './model.ts';
import { checkSchema } from './schema.ts';
import {
  anyMap,
  anyValue,
  byteString,
  describe,
  list,
  Mismatch,
  nullable,
  pattern,
  record,
  text,
  uint,
} from './shape.ts';
import { SojournError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { isList, isMap } from '../value.ts';
import type { BudgetName, Budgets, Context, Genesis, Intent, ParentLink, Scope } from './model.ts';
import type { Shape } from './shape.ts';
import type { ErrorCode } from '../errors.ts';
import type { ObjectLimits } from '../limits.ts';
import type { Hash } from '../ports.ts';
import type { Value } from '../value.ts';

/** Order in which budgets are stored. */
const BUDGET_NAMES: readonly BudgetName[] = ['fuel', 'calls', 'bytes', 'cycles'];
const limitList = list(nullable(uint()));
const COUNTERS = 16;
const counterName = pattern('a counter: 1 to 32 characters of a-z, 0-9, -, and no name of a budget', COUNTER_NAME);

export const budgetsShape: Shape<Budgets> = {
  write: (budgets) => {
    const { counters = {}, ...limits } = budgets;
    for (const name of Object.keys(limits)) {
      if (!BUDGET_NAMES.includes(name as BudgetName)) throw new Mismatch(BUDGET_NAMES.join(', '), name).within(name);
    }
    return [...(limitList.write(BUDGET_NAMES.map((name) => budgets[name] ?? null)) as Value[]), readCounters(counters)]; // a list writes a list
  },
  read: (value) => {
    if (!isList(value) || value.length !== BUDGET_NAMES.length + 1)
      throw new Mismatch(`a list of ${BUDGET_NAMES.length + 1}`, describe(value));
    const stored = limitList.read(value.slice(0, -1));
    const budgets: { [name in BudgetName]?: number } = {};
    BUDGET_NAMES.forEach((name, i) => {
      const limit = stored[i];
      if (typeof limit === 'number') budgets[name] = limit;
    });
    const counters = readCounters(value.at(-1) ?? null);
    return Object.keys(counters).length === 0 ? budgets : { ...budgets, counters };
  },
};

function readCounters(value: Value): { readonly [name: string]: number } {
  try {
    if (!isMap(value)) throw new Mismatch('a map of counters', describe(value));
    const entries = Object.entries(value);
    if (entries.length > COUNTERS) throw new Mismatch(`at most ${COUNTERS} counters`, String(entries.length));
    return Object.fromEntries(entries.map(([name, limit]) => [counterName.read(name), uint().read(limit)]));
  } catch (error) {
    throw error instanceof Mismatch ? error.within('counters') : error;
  }
}

export const intentShape: Shape<Intent> = record<Intent>({
  kind: pattern('1 to 64 characters of a-z, 0-9, -', /^[a-z0-9-]{1,64}$/),
  goal: text(),
  input: anyValue,
  constraints: anyMap,
});

/** One spelling of a name: no case, no look-alikes. */
export const childName = pattern('a name of 1 to 64 of a-z, 0-9, ".", "_", "-"', CHILD_NAME);

export const scopeShape: Shape<Scope> = record<Scope>({
  capabilities: list(
    pattern('an operation such as http.send, or http.*, or *', /^(\*|[a-z][a-z0-9-]*\.(\*|[a-z][a-z0-9-]*))$/),
  ),
  zones: list(text(1, 64)),
  depth: uint(255),
});

const contextShape = record<Context>({
  creator: byteString(32),
  scope: scopeShape,
  policies: list(byteString(32)),
  budgets: budgetsShape,
  parent: nullable(record<ParentLink>({ id: byteString(32), seq: uint(), generation: uint(255, 1), name: childName })),
});

const genesisShape = record<Genesis>({
  formatVersion: uint(FORMAT_VERSION, FORMAT_VERSION),
  meterVersion: uint(Number.MAX_SAFE_INTEGER, 1),
  contractVersion: text(1, 32),
  time: uint(),
  nonce: byteString(16),
  handler: byteString(32),
  intent: intentShape,
  context: contextShape,
  schema: nullable(anyMap),
});

/** Bytes of item 0. Errors: as for `decodeGenesis`. */
export function encodeGenesis(genesis: Genesis, limits: ObjectLimits = DEFAULT_LIMITS.object): Uint8Array {
  refuseVersion(genesis.formatVersion, genesis.contractVersion);
  const stored = recoded(() => genesisShape.write(genesis));
  checkContents(genesis, limits);
  return encode(stored, limits);
}

/**
 * The genesis in the bytes of item 0. Errors: `object.version` for a format or contract that this host does not know,
 * `intent.invalid` and `context.invalid` with the path of the field, `object.schema`, `object.limit`, and those of `decode`.
 */
export function decodeGenesis(bytes: Uint8Array, limits: ObjectLimits = DEFAULT_LIMITS.object): Genesis {
  const value = decode(bytes, limits);
  if (!isList(value)) throw new Mismatch('a list', describe(value)).toError('object.malformed', 'genesis');
  refuseVersion(value[0], value[2]);
  const genesis = recoded(() => genesisShape.read(value));
  checkContents(genesis, limits);
  return genesis;
}

/** The object's id: SHA-256 of the stored bytes of its genesis. */
export function objectId(genesisBytes: Uint8Array, hash: Hash): Uint8Array {
  return hash(genesisBytes);
}

function refuseVersion(format: Value | undefined, contract: Value | undefined): void {
  if (format !== FORMAT_VERSION)
    throw new Mismatch(String(FORMAT_VERSION), describe(format)).toError('object.version', 'format version');
  if (contract === CONTRACT_VERSION) return;
  throw new Mismatch(CONTRACT_VERSION, describe(contract)).toError('object.version', 'contract version');
}

function checkContents(genesis: Genesis, limits: ObjectLimits): void {
  const size = (part: string, code: ErrorCode, value: Value, most: number): void => {
    const found = encode(value, limits).length;
    if (found > most) throw new Mismatch(`at most ${most} bytes`, `${found}`).within(part).toError(code, 'genesis');
  };
  size('intent', 'intent.invalid', intentShape.write(genesis.intent), limits.intentBytes);
  size('context', 'context.invalid', contextShape.write(genesis.context), limits.contextBytes);
  const generation = genesis.context.parent?.generation ?? 0;
  if (generation + genesis.context.scope.depth > limits.delegationDepth) {
    const found = `${generation} + ${genesis.context.scope.depth}`;
    throw new Mismatch(`generation + depth of at most ${limits.delegationDepth}`, found)
      .within('context.scope.depth')
      .toError('context.invalid', 'genesis');
  }
  if (genesis.schema === null) return;
  size('schema', 'object.schema', genesis.schema, limits.schemaBytes);
  checkSchema(genesis.schema);
}

/** Names the part of the genesis that a mismatch lies in by its own code. */
function recoded<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    const part = error.path.split('.')[0];
    const code = part === 'intent' ? 'intent.invalid' : part === 'context' ? 'context.invalid' : 'object.malformed';
    throw error.toError(code, 'genesis');
  }
}

/** Narrower than `SojournError`: whether an error means that the genesis or an entry is bad, and not that a system failed. */
export function isBadObject(error: unknown): error is SojournError {
  return error instanceof SojournError && /^(object|intent|context)\./.test(error.code);
}
