/**
 * Entries ⇄ bytes. An entry is a list of eight; its body is the list that the table below gives for its kind, in the order of
 * fields of model.ts. A kind that is not in the table belongs to a later version and is refused.
 */
import { decode, encode } from './codec.ts';
import { conditionShape, outcomeClass } from './condition.ts';
import { readConfidential, sealBody, storedKind, writeConfidential } from './confidential.ts';
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
import { isList, isMap } from '../value.ts';
import type { Opener, Sealing } from './confidential.ts';
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
  StoredKind,
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

export const negativeBody: Shape<NegativeBody> = record<NegativeBody>({
  operation: text(1, 128),
  target: text(),
  node: nullable(nodeId),
  zone: nullable(text()),
  reason: text(),
  because: uint(),
  until: condition,
});

const BODIES: { readonly [K in StoredKind]: Shape<EntryOf<K>['body']> } = {
  blob: record<BlobBody>({ media: text(1, 128), bytes: anyBytes }),
  signal: record<SignalBody>({ name: text(1, 64), key: text(1, 256), payload: anyValue }),
  open: record<OpenBody>({
    trigger: oneOf<OpenBody['trigger']>('created', 'continued', 'woken'),
    because: nullable(uint()),
    seed: byteString(16),
    limits: cycleLimits,
    trace: nullable(byteString(16)),
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
  negative: negativeBody,
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

/** An outcome as a value within another one. */
export const outcomeShape: Shape<EntryOf<'outcome'>> = {
  write: (entry) => [...(header.write(entry) as Value[]), BODIES.outcome.write(entry.body)], // a record is a list
  read: (value) => {
    if (!isList(value) || value.length !== HEADER_FIELDS + 1) throw new Mismatch('an outcome', describe(value));
    const body = BODIES.outcome.read(value[HEADER_FIELDS] as Value);
    return { ...header.read(value.slice(0, HEADER_FIELDS)), kind: 'outcome', body };
  },
};

/**
 * Bytes of an entry; with `sealing`, its body is confidential to the readers that it names. Errors: `object.malformed` with the path of
 * the field, and those of `encode`.
 */
export function encodeEntry(
  entry: Entry,
  limits: ObjectLimits = DEFAULT_LIMITS.object,
  sealing: Sealing | null = null,
): Uint8Array {
  const kind = storedKind(entry);
  const stored = asMalformed(`entry ${entry.seq}`, () => [
    ...(header.write(entry) as Value[]), // a record is written as a list
    kind,
    inBody(() => writeBody(entry, kind, sealing)),
  ]);
  return encode(stored, boundsFor(kind, limits));
}

function writeBody(entry: Entry, kind: StoredKind, sealing: Sealing | null): Value {
  if (entry.kind === 'confidential') return writeConfidential(entry.body);
  const body = (BODIES[kind] as Shape<unknown>).write(entry.body); // the union's kind goes with its body
  return sealing === null ? body : sealBody(body, entry.seq, kind, sealing);
}

/**
 * The entry in the bytes of one item. A confidential body gives the entry as it was before it was sealed where `open` opens it, else an
 * entry of kind `confidential`. `base` is added to the offsets in errors. Errors: `object.version` for an unknown kind,
 * `object.malformed` with the path of the field (also where a body names the opener's key and does not open), and those of `decode`.
 */
export function decodeEntry(
  bytes: Uint8Array,
  limits: ObjectLimits = DEFAULT_LIMITS.object,
  base = 0,
  open: Opener | null = null,
): Entry {
  const blob = bytes.length > limits.itemBytes && peekKind(bytes) === 'blob';
  const value = decode(bytes, boundsFor(blob ? 'blob' : 'open', limits), base);
  if (!isList(value) || value.length !== HEADER_FIELDS + 2) {
    throw new Mismatch(`a list of ${HEADER_FIELDS + 2}`, describe(value)).toError('object.malformed', 'entry');
  }
  const subject = typeof value[0] === 'number' ? `entry ${value[0]}` : 'entry';
  const kind = value[HEADER_FIELDS];
  if (!isStoredKind(kind)) {
    throw new Mismatch(`one of ${Object.keys(BODIES).join(', ')}`, describe(kind))
      .within('kind')
      .toError('object.version', subject);
  }
  return asMalformed(subject, () => {
    const head = header.read(value.slice(0, HEADER_FIELDS));
    const stored = value[HEADER_FIELDS + 1] as Value;
    return inBody(() =>
      isMap(stored) && 'sealed' in stored ? readSealed(head, kind, stored, limits, open) : readBody(head, kind, stored),
    );
  });
}

function readBody(head: EntryHeader, kind: StoredKind, stored: Value): Entry {
  return { ...head, kind, body: (BODIES[kind] as Shape<unknown>).read(stored) } as Entry; // the shape of that kind has read the body
}

function readSealed(
  head: EntryHeader,
  kind: StoredKind,
  stored: Value,
  limits: ObjectLimits,
  open: Opener | null,
): Entry {
  const { body, readers } = readConfidential(stored, kind);
  const plain = open === null || body.sealed === null ? null : open(body.sealed, head.seq, body.inner);
  if (plain === null) return { ...head, kind: 'confidential', body };
  return { ...readBody(head, kind, decodePlain(plain, limits)), cover: { digest: body.digest, readers } };
}

/** What was encrypted must be as it would have been stored: no second form of a body comes in this way. */
function decodePlain(plain: Uint8Array, limits: ObjectLimits): Value {
  try {
    return decode(plain, limits);
  } catch (error) {
    throw new Mismatch('the canonical bytes of a body', error instanceof Error ? error.message : String(error));
  }
}

/** The limits that apply to an entry of this kind: a blob has a bound of its own. */
export function boundsFor(kind: StoredKind, limits: ObjectLimits): ObjectLimits {
  return kind === 'blob' ? { ...limits, itemBytes: limits.blobBytes + BLOB_HEADER_BYTES } : limits;
}

/**
 * The kind of the entry that `bytes` begin with, as far as its header can be read; null where it can't. For choosing a limit before
 * an entry is decoded: it promises nothing about the rest.
 */
export function peekKind(bytes: Uint8Array): StoredKind | null {
  const reader = new HeadReader(bytes, 0, 0);
  if (!reader.nextIs(LIST) || reader.argument !== HEADER_FIELDS + 2) return null;
  for (let field = 0; field < HEADER_FIELDS; field++) {
    if (!reader.next() || reader.major === LIST || reader.major === MAP) return null;
    if (reader.major === BYTES) reader.at += reader.argument;
  }
  if (!reader.nextIs(TEXT) || reader.argument > 16) return null;
  const kind = String.fromCharCode(...bytes.subarray(reader.at, reader.at + reader.argument));
  return isStoredKind(kind) ? kind : null;
}

/** The fields of an entry in front of its body. */
export type EntryStart = EntryHeader & { readonly kind: StoredKind };

/** Reads them from a list of seven values; null where they are none. */
export function parseStart(fields: readonly Value[]): EntryStart | null {
  const kind = fields[HEADER_FIELDS];
  if (!isStoredKind(kind)) return null;
  try {
    return { ...header.read(fields.slice(0, HEADER_FIELDS)), kind };
  } catch (error) {
    if (error instanceof Mismatch) return null;
    throw error;
  }
}

function isStoredKind(kind: Value | undefined): kind is StoredKind {
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
