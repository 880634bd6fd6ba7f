/**
 * Entries ⇄ bytes. An entry is a list of eight; its body is the list that the table below gives for its kind, in the order of
 * fields of model.ts. A kind that is not in the table belongs to a later version and is refused.
 */
import { decode, encode } from './codec.ts';
import { conditionShape, outcomeClass } from './condition.ts';
import { budgetsShape, childName, intentShape, scopeShape } from './genesis.ts';
import { BYTES, HeadReader, LIST, MAP, TEXT } from './head.ts';
import { sealShape } from './seal.ts';
import {
  anyBytes,
  anyMap,
  anyValue,
  boolean,
  byteString,
  describe,
  list,
  Mismatch,
  nullable,
  number,
  oneOf,
  record,
  text,
  uint,
} from './shape.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { isList } from '../value.ts';
import type {
  ActionName,
  AggregateBody,
  AttemptsBody,
  BlobBody,
  CallBody,
  CancelBody,
  CheckpointBody,
  ChildBody,
  Condition,
  Entry,
  EntryHeader,
  EntryKind,
  EntryOf,
  FailureBody,
  FollowBody,
  IntentBody,
  NegativeBody,
  OpenBody,
  OutcomeBody,
  ProposalBody,
  ReadmitBody,
  RecoverBody,
  ResultBody,
  RetireBody,
  SignalBody,
  Verdict,
  VerdictBody,
  VerdictName,
  WakeBody,
  WitnessBody,
} from './model.ts';
import type { Shape } from './shape.ts';
import type { CycleLimits, ObjectLimits } from '../limits.ts';
import type { Value } from '../value.ts';

/** Bytes of an entry beside those of its blob. */
export const BLOB_HEADER_BYTES = 1024;

/** Right-edge hashes of a tree of 2^53 items. */
const FRONTIER_HASHES = 53;

const digest = byteString(32);
const nodeId = byteString(16);
const action = oneOf<ActionName>('execution', 'mutation', 'delegation', 'dormancy', 'reentry', 'termination');
// Deeper checks of size belong to authority; the format bounds only what its own decoder has to walk.
const condition: Shape<Condition> = conditionShape(DEFAULT_LIMITS.object.conditionNodes);

const cycleLimits = record<CycleLimits>({
  fuel: uint(),
  memoryPages: uint(),
  tableElements: uint(),
  callDepth: uint(),
  deadlineMs: uint(),
  calls: uint(),
  callBytesOut: uint(),
  callBytesIn: uint(),
  cycleBytes: uint(),
  callMs: uint(),
  proposalBytes: uint(),
});

const verdict = record<Verdict>({
  verdict: oneOf<VerdictName>('permit', 'constrain', 'defer', 'reject'),
  policies: list(text()),
  reason: nullable(text()),
  constraints: nullable(anyMap),
  wake: nullable(condition),
});

const BODIES: { readonly [K in EntryKind]: Shape<EntryOf<K>['body']> } = {
  blob: record<BlobBody>({ media: text(1, 128), bytes: anyBytes }),
  signal: record<SignalBody>({ name: text(1, 64), key: text(1, 256), payload: anyValue }),
  open: record<OpenBody>({
    trigger: oneOf<OpenBody['trigger']>('created', 'continued', 'woken'),
    because: nullable(uint()),
    seed: byteString(16),
    limits: cycleLimits,
  }),
  call: record<CallBody>({ index: uint(), operation: text(1, 128), request: anyMap, key: nullable(text()), verdict }),
  result: record<ResultBody>({
    call: uint(),
    class: outcomeClass,
    error: nullable(text()),
    value: anyValue,
    message: nullable(text()),
  }),
  proposal: record<ProposalBody>({
    source: text(1, 128),
    action: nullable(action),
    body: anyValue,
    rationale: text(),
    confidence: number(0, 1),
    fuel: uint(),
  }),
  verdict: record<VerdictBody>({ proposal: nullable(uint()), action, verdict }),
  wake: record<WakeBody>({ dormancy: uint(), satisfied: boolean, because: list(uint()) }),
  intent: record<IntentBody>({
    mutation: oneOf<IntentBody['mutation']>('refine', 'constrain', 'expand', 'reclassify'),
    before: intentShape,
    after: intentShape,
    reason: text(),
  }),
  child: record<ChildBody>({
    name: childName,
    id: digest,
    nonce: byteString(16),
    handler: digest,
    intent: intentShape,
    scope: scopeShape,
    budgets: budgetsShape,
  }),
  recover: record<RecoverBody>({ lost: nodeId, from: uint() }),
  cancel: record<CancelBody>({ name: childName, reason: text() }),
  aggregate: record<AggregateBody>({
    need: uint(),
    of: list(childName),
    returned: list(record<AggregateBody['returned'][number]>({ name: childName, seq: uint() })),
    missing: list(childName),
  }),
  witness: record<WitnessBody>({
    id: digest,
    receipt: anyBytes,
    items: list(anyBytes, DEFAULT_LIMITS.object.witnessItems),
    spent: nullable(budgetsShape),
  }),
  failure: record<FailureBody>({
    class: outcomeClass,
    operation: nullable(text(1, 128)),
    target: nullable(text()),
    reason: nullable(text()),
    because: nullable(uint()),
  }),
  negative: record<NegativeBody>({
    operation: text(1, 128),
    target: text(),
    node: nullable(nodeId),
    zone: nullable(text()),
    reason: text(),
    because: uint(),
    until: condition,
  }),
  retire: record<RetireBody>({ negative: uint(), reason: text() }),
  attempts: record<AttemptsBody>({
    proposal: uint(),
    count: uint(Number.MAX_SAFE_INTEGER, 1),
    first: uint(),
    last: uint(),
    class: outcomeClass,
    fuel: uint(),
    calls: uint(),
    bytes: uint(),
    digest: nullable(digest),
  }),
  checkpoint: record<CheckpointBody>({ size: uint(), frontier: list(digest, FRONTIER_HASHES), state: anyValue }),
  follow: record<FollowBody>({
    receipt: anyBytes,
    found: oneOf<FollowBody['found']>('fork', 'behind'),
    reason: text(),
  }),
  readmit: record<ReadmitBody>({ from: nodeId, slope: uint(1000), verdict }),
  outcome: record<OutcomeBody>({
    class: outcomeClass,
    action: nullable(action),
    reason: nullable(text()),
    bound: nullable(text()),
    message: nullable(text()),
    value: anyValue,
    wake: nullable(condition),
    fuel: uint(),
    calls: uint(),
    bytes: uint(),
  }),
  seal: sealShape,
};

const header = record<EntryHeader>({
  seq: uint(),
  prev: digest,
  time: uint(),
  node: nodeId,
  cycle: uint(),
  policy: nullable(digest),
});
const HEADER_FIELDS = 6;

/** Bytes of an entry. Errors: `object.malformed` with the path of the field, and those of `encode`. */
export function encodeEntry(entry: Entry, limits: ObjectLimits = DEFAULT_LIMITS.object): Uint8Array {
  const stored = asMalformed(`entry ${entry.seq}`, () => [
    ...(header.write(entry) as Value[]), // a record is written as a list
    entry.kind,
    inBody(() => (BODIES[entry.kind] as Shape<unknown>).write(entry.body)), // the union's kind goes with its body
  ]);
  return encode(stored, boundsFor(entry.kind, limits));
}

/**
 * The entry in the bytes of one item. `base` is added to the offsets in errors. Errors: `object.version` for an unknown kind,
 * `object.malformed` with the path of the field, and those of `decode`.
 */
export function decodeEntry(bytes: Uint8Array, limits: ObjectLimits = DEFAULT_LIMITS.object, base = 0): Entry {
  const blob = bytes.length > limits.itemBytes && peekKind(bytes) === 'blob';
  const value = decode(bytes, boundsFor(blob ? 'blob' : 'open', limits), base);
  if (!isList(value) || value.length !== HEADER_FIELDS + 2) {
    throw new Mismatch(`a list of ${HEADER_FIELDS + 2}`, describe(value)).toError('object.malformed', 'entry');
  }
  const subject = typeof value[0] === 'number' ? `entry ${value[0]}` : 'entry';
  const kind = value[HEADER_FIELDS];
  if (!isEntryKind(kind)) {
    throw new Mismatch(`one of ${Object.keys(BODIES).join(', ')}`, describe(kind))
      .within('kind')
      .toError('object.version', subject);
  }
  return asMalformed(subject, () => {
    const head = header.read(value.slice(0, HEADER_FIELDS));
    const shape = BODIES[kind] as Shape<unknown>;
    const body = inBody(() => shape.read(value[HEADER_FIELDS + 1] as Value));
    return { ...head, kind, body } as Entry; // the shape of that kind has read the body
  });
}

/** The limits that apply to an entry of this kind: a blob has a bound of its own. */
export function boundsFor(kind: EntryKind, limits: ObjectLimits): ObjectLimits {
  return kind === 'blob' ? { ...limits, itemBytes: limits.blobBytes + BLOB_HEADER_BYTES } : limits;
}

/**
 * The kind of the entry that `bytes` begin with, as far as its header can be read; null where it can't. For choosing a limit before
 * an entry is decoded: it promises nothing about the rest.
 */
export function peekKind(bytes: Uint8Array): EntryKind | null {
  const reader = new HeadReader(bytes, 0, 0);
  if (!reader.nextIs(LIST) || reader.argument !== HEADER_FIELDS + 2) return null;
  for (let field = 0; field < HEADER_FIELDS; field++) {
    if (!reader.next() || reader.major === LIST || reader.major === MAP) return null;
    if (reader.major === BYTES) reader.at += reader.argument;
  }
  if (!reader.nextIs(TEXT) || reader.argument > 16) return null;
  const kind = String.fromCharCode(...bytes.subarray(reader.at, reader.at + reader.argument));
  return isEntryKind(kind) ? kind : null;
}

/** The fields of an entry in front of its body. */
export type EntryStart = EntryHeader & { readonly kind: EntryKind };

/** Reads them from a list of seven values; null where they are none. */
export function parseStart(fields: readonly Value[]): EntryStart | null {
  const kind = fields[HEADER_FIELDS];
  if (!isEntryKind(kind)) return null;
  try {
    return { ...header.read(fields.slice(0, HEADER_FIELDS)), kind };
  } catch (error) {
    if (error instanceof Mismatch) return null;
    throw error;
  }
}

function isEntryKind(kind: Value | undefined): kind is EntryKind {
  return typeof kind === 'string' && Object.hasOwn(BODIES, kind);
}

function inBody<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw error instanceof Mismatch ? error.within('body') : error;
  }
}

function asMalformed<T>(subject: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw error instanceof Mismatch ? error.toError('object.malformed', subject) : error;
  }
}
