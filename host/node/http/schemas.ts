/**
 * JSON schemas of what the API takes and gives. Those of what it takes are held against what comes in; those of what it gives are for
 * the OpenAPI document.
 */
import type { ValueMap } from '../../value.ts';

const TEXT: ValueMap = { type: 'string' };
const COUNT: ValueMap = { type: 'integer', minimum: 0 };
const FLAG: ValueMap = { type: 'boolean' };
const TEXT_OR_NULL: ValueMap = { type: ['string', 'null'] };
const COUNT_OR_NULL: ValueMap = { type: ['integer', 'null'] };
const ANY: ValueMap = {};

const closed = (properties: ValueMap, required: readonly string[] = Object.keys(properties)): ValueMap => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const open = (properties: ValueMap): ValueMap => ({ type: 'object', properties, required: Object.keys(properties) });
const list = (items: ValueMap): ValueMap => ({ type: 'array', items });
const mapOf = (values: ValueMap): ValueMap => ({ type: 'object', additionalProperties: values });

/** `POST /objects`. What the values may be in detail is for the genesis to say. */
export const DRAFT_SCHEMA: ValueMap = closed(
  {
    handler: {
      type: 'string',
      minLength: 64,
      maxLength: 64,
      description: 'Digest of a handler that was put: SHA-256, 64 lower-case hexadecimal digits.',
    },
    intent: closed({ kind: TEXT, goal: TEXT, input: ANY, constraints: { type: 'object' } }, ['kind', 'goal', 'input']),
    context: closed(
      {
        capabilities: { ...list(TEXT), maxItems: 1_024 },
        zones: { ...list(TEXT), maxItems: 1_024 },
        depth: COUNT,
        budgets: closed({ fuel: COUNT, calls: COUNT, bytes: COUNT, cycles: COUNT, counters: mapOf(COUNT) }, []),
      },
      ['capabilities'],
    ),
    schema: { type: ['object', 'null'], description: 'Memory schema.' },
    policies: {
      ...list(mapOf(TEXT)),
      maxItems: 8,
      description: 'Policy sets that travel with it: texts by file name, as in a policy folder.',
    },
    files: { ...mapOf(TEXT), description: 'Files that travel with it, by path: base64.' },
    embed: { type: 'boolean', description: 'Puts the handler into the object.' },
    run: { type: 'boolean', description: 'False: it is not evaluated before somebody asks. Default: at once.' },
  },
  ['handler', 'intent'],
);

const LINE = open({
  id: TEXT,
  status: { type: 'string', enum: ['active', 'dormant', 'terminated', 'left', 'set-aside'] },
  running: FLAG,
  handler: TEXT,
  kind: TEXT,
  parent: TEXT_OR_NULL,
  cycles: COUNT,
  seq: COUNT,
  bytes: COUNT,
  wakesAt: COUNT_OR_NULL,
  waitsFor: open({ signals: list(TEXT), objects: list(TEXT) }),
  reason: TEXT_OR_NULL,
});

const RUN = open({
  status: {
    type: 'string',
    enum: ['dormant', 'terminated', 'refused', 'blocked', 'failed', 'stalled', 'paused', 'bound'],
  },
  message: TEXT_OR_NULL,
  outcomes: list(ANY),
  attempts: ANY,
  seq: COUNT,
  head: TEXT,
  cycle: COUNT,
  trust: COUNT,
  wakesAt: COUNT_OR_NULL,
  receipt: TEXT_OR_NULL,
});

const HANDLER = open({ handler: TEXT, bytes: COUNT });

/** By name, for `#/components/schemas`. */
export const SCHEMAS = {
  Any: ANY,
  Handler: HANDLER,
  Handlers: open({ handlers: list(HANDLER) }),
  Created: open({ id: TEXT, bytes: COUNT, receipt: TEXT, duplicate: FLAG }),
  Line: LINE,
  Page: open({ objects: list(LINE), next: TEXT_OR_NULL }),
  View: open({ id: TEXT, status: TEXT, seq: COUNT, head: TEXT, entries: list(ANY) }),
  Run: RUN,
  Signalled: open({ seq: COUNT, duplicate: FLAG, receipt: TEXT_OR_NULL, run: { type: ['object', 'null'] } }),
  Result: open({ object: LINE, last: ANY }),
  Admitted: open({ id: TEXT, state: { type: 'string', enum: ['new', 'extended', 'same', 'back'] } }),
  Evaluated: open({ object: TEXT, report: RUN, children: mapOf(TEXT) }),
  Stats: { type: 'object' },
  Health: open({ status: TEXT, node: TEXT, zone: TEXT, indexed: FLAG }),
  Problem: open({ type: TEXT, title: TEXT, status: COUNT, code: TEXT, detail: TEXT }),
} as const satisfies { readonly [name: string]: ValueMap };
