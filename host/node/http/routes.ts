/**
 * The one table of what the API answers: routing, validation and the OpenAPI document are made from it. Authority stands beside each
 * route: the scope that a token must have, and how far one may reach that is bound to some objects or handlers.
 */
import type { ErrorCode } from '../../errors.ts';
import type { ValueMap } from '../../value.ts';
import { EVENT_MEDIA, JSON_MEDIA, OBJECT_MEDIA, WASM_MEDIA } from './route.ts';
import type { Answer, Body, Param, Route } from './route.ts';
import { DRAFT_SCHEMA } from './schemas.ts';
import type { SCHEMAS } from './schemas.ts';

const HEX_64 = '^[0-9a-f]{64}$';

const ID: Param = {
  in: 'path',
  name: 'id',
  description: 'Id of an object: 64 lower-case hexadecimal digits.',
  schema: { type: 'string', pattern: HEX_64 },
};
const KEY: Param = {
  in: 'header',
  name: 'Idempotency-Key',
  description: 'The same key again changes nothing and gets the same answer.',
  schema: { type: 'string', minLength: 1, maxLength: 256 },
};
const ONCE: Param = {
  in: 'query',
  name: 'once',
  description: 'One cycle at most.',
  schema: { type: 'boolean' },
};
const LAST_EVENT: Param = {
  in: 'header',
  name: 'Last-Event-ID',
  description: 'Number of the last event that is known: those behind it come first, as far as the node keeps them.',
  schema: { type: 'integer', minimum: 0 },
};
const ERRORS_OF_OBJECT: readonly ErrorCode[] = ['store.missing', 'object.malformed', 'object.chain'];

const wait = (description: string): Param => ({
  in: 'query',
  name: 'wait',
  description,
  schema: { type: 'integer', minimum: 0 },
});
const query = (name: string, description: string, schema: ValueMap): Param => ({
  in: 'query',
  name,
  description,
  schema,
});
const json = (status: number, description: string, schema: keyof typeof SCHEMAS): Answer => ({
  status,
  description,
  content: { [JSON_MEDIA]: schema },
});
const bytes = (description: string): Answer => ({ status: 200, description, content: { [OBJECT_MEDIA]: null } });
const stream = (description: string): Answer => ({ status: 200, description, content: { [EVENT_MEDIA]: null } });
const body = (kind: Body['kind'], media: string, limit: Body['limit'], schema?: ValueMap): Body => ({
  kind,
  media,
  limit,
  ...(schema === undefined ? {} : { schema }),
});

const HANDLER_ROUTES: readonly Route[] = [
  {
    operation: 'putHandler',
    method: 'PUT',
    path: '/handlers',
    summary: 'Keep a handler: a component, admitted as if it were to run.',
    scope: 'write',
    reach: 'none',
    params: [],
    body: body('bytes', WASM_MEDIA, 'handlerBytes'),
    answers: [json(200, 'Admitted and kept.', 'Handler')],
    errors: ['component.malformed', 'component.import', 'component.limit'],
  },
  {
    operation: 'listHandlers',
    method: 'GET',
    path: '/handlers',
    summary: 'Handlers that this node keeps.',
    scope: 'read',
    reach: 'none',
    params: [],
    body: null,
    answers: [json(200, 'All of them.', 'Handlers')],
    errors: [],
  },
];

const OBJECT_ROUTES: readonly Route[] = [
  {
    operation: 'createObject',
    method: 'POST',
    path: '/objects',
    summary: 'Make an object; unless told otherwise, it is evaluated at once.',
    scope: 'write',
    reach: 'create',
    params: [KEY],
    body: body('json', JSON_MEDIA, 'draftBytes', DRAFT_SCHEMA),
    answers: [json(201, 'Made, durably.', 'Created'), json(200, 'Made before under this key.', 'Created')],
    errors: ['intent.invalid', 'context.invalid', 'object.schema', 'component.missing', 'object.exists'],
  },
  {
    operation: 'listObjects',
    method: 'GET',
    path: '/objects',
    summary: 'Objects from the index, by id, page by page.',
    scope: 'read',
    reach: 'list',
    params: [
      query('status', 'Only those that stand so.', {
        type: 'string',
        enum: ['active', 'dormant', 'terminated', 'left', 'set-aside'],
      }),
      query('handler', 'Only those of this handler.', { type: 'string', pattern: HEX_64 }),
      query('parent', 'Only children of this object.', { type: 'string', pattern: HEX_64 }),
      query('kind', 'Only those with an intent of this kind.', { type: 'string', pattern: '^[a-z0-9-]{1,64}$' }),
      query('due-before', 'Only sleepers that time alone wakes before then (milliseconds since 1970).', {
        type: 'integer',
        minimum: 0,
      }),
      query('limit', 'Lines of a page.', { type: 'integer', minimum: 1, maximum: 1_000 }),
      query('cursor', '`next` of the page before.', { type: 'string', minLength: 1, maxLength: 256 }),
    ],
    body: null,
    answers: [json(200, 'A page.', 'Page')],
    errors: ['usage'],
  },
  {
    operation: 'getObject',
    method: 'GET',
    path: '/objects/{id}',
    summary: 'An object: its bytes, its state and history, or its line in the index.',
    scope: 'read',
    reach: 'object',
    params: [
      ID,
      query('at', 'State and history as of this entry.', { type: 'integer', minimum: 0 }),
      query('offset', 'Bytes from here on.', { type: 'integer', minimum: 0 }),
      query('brief', 'The line in the index alone: nothing is read.', { type: 'boolean' }),
    ],
    body: null,
    answers: [
      {
        status: 200,
        description: 'As the Accept header asks: JSON where it says nothing.',
        content: { [JSON_MEDIA]: 'View', [OBJECT_MEDIA]: null },
      },
    ],
    errors: [...ERRORS_OF_OBJECT, 'usage', 'request.accept'],
  },
  {
    operation: 'evaluateObject',
    method: 'POST',
    path: '/objects/{id}/evaluate',
    summary: 'Evaluate an object in its turn, until it stops.',
    scope: 'run',
    reach: 'object',
    params: [
      ID,
      ONCE,
      wait('Milliseconds to wait for the end of the run; it goes on without the caller. Default: 30000.'),
    ],
    body: null,
    answers: [json(200, 'It stopped.', 'Run'), json(202, 'It goes on.', 'Line')],
    errors: [...ERRORS_OF_OBJECT, 'object.left', 'policy.refused'],
  },
  {
    operation: 'getResult',
    method: 'GET',
    path: '/objects/{id}/result',
    summary: 'Wait until nothing is done with the object and nothing is due; then its last outcome.',
    scope: 'read',
    reach: 'object',
    params: [ID, wait('Milliseconds to wait. Default: 0.')],
    body: null,
    answers: [json(200, 'It stands still.', 'Result'), json(202, 'Not yet.', 'Line')],
    errors: ERRORS_OF_OBJECT,
  },
  {
    operation: 'signalObject',
    method: 'POST',
    path: '/objects/{id}/signals/{name}',
    summary: 'Deliver a signal; an object that waits for it is run.',
    scope: 'write',
    reach: 'object',
    params: [
      ID,
      {
        in: 'path',
        name: 'name',
        description: 'Name of the signal.',
        schema: { type: 'string', pattern: '^[a-z0-9._-]{1,64}$' },
      },
      KEY,
      wait('Milliseconds to wait for the end of the run that it starts. Default: 0.'),
      query('to', 'Keys (x25519:…), separated by commas, to whom alone it is readable beside this node.', {
        type: 'string',
        minLength: 1,
        maxLength: 2_048,
      }),
    ],
    body: body('json', JSON_MEDIA, 'signalBytes'),
    answers: [json(200, 'Delivered, durably.', 'Signalled')],
    errors: [...ERRORS_OF_OBJECT, 'signal.invalid', 'object.terminated', 'object.left', 'object.confidential'],
  },
];

const TRANSFER_ROUTES: readonly Route[] = [
  {
    operation: 'handOver',
    method: 'POST',
    path: '/objects/{id}/hand-over',
    summary: 'Hand an object over: it is sealed and marked, this node runs it no more, and here are its bytes.',
    scope: 'admin',
    reach: 'object',
    params: [ID],
    body: null,
    answers: [bytes('The object. The header `sojourn-receipt` has the receipt of its last seal, in hexadecimal.')],
    errors: ERRORS_OF_OBJECT,
  },
  {
    operation: 'importObject',
    method: 'POST',
    path: '/objects/import',
    summary: 'Take an object in, once all of it is verified.',
    scope: 'admin',
    reach: 'none',
    params: [
      query('reading', 'For reading: another node goes on with it. What had left stays left.', { type: 'boolean' }),
    ],
    body: body('stream', OBJECT_MEDIA, 'importBytes'),
    answers: [json(200, 'Known before, or gone on with.', 'Admitted'), json(201, 'New here.', 'Admitted')],
    errors: ['object.malformed', 'object.chain', 'object.seal', 'object.truncated', 'object.behind', 'object.forked'],
  },
  {
    operation: 'evaluateBytes',
    method: 'POST',
    path: '/evaluate',
    summary: 'Evaluate an object and give it back: this node keeps nothing of it.',
    scope: 'run',
    reach: 'none',
    params: [ONCE],
    body: body('bytes', OBJECT_MEDIA, 'evaluateBytes'),
    answers: [
      {
        status: 200,
        description:
          'The object, as the Accept header asks; JSON, with bytes in base64, where children were made. The header `sojourn-status` says how the run stopped.',
        content: { [OBJECT_MEDIA]: null, [JSON_MEDIA]: 'Evaluated' },
      },
    ],
    errors: ['object.malformed', 'object.chain', 'object.seal', 'object.truncated', 'component.missing'],
  },
];

const NODE_ROUTES: readonly Route[] = [
  {
    operation: 'streamObjectEvents',
    method: 'GET',
    path: '/objects/{id}/events',
    summary: 'Events of one object as they come (server-sent events).',
    scope: 'read',
    reach: 'object',
    params: [ID, LAST_EVENT],
    body: null,
    answers: [stream('Does not end by itself.')],
    errors: ['store.missing'],
  },
  {
    operation: 'streamEvents',
    method: 'GET',
    path: '/events',
    summary: 'Events of all objects as they come (server-sent events).',
    scope: 'read',
    reach: 'none',
    params: [LAST_EVENT],
    body: null,
    answers: [stream('Does not end by itself.')],
    errors: [],
  },
  {
    operation: 'getStats',
    method: 'GET',
    path: '/stats',
    summary: 'What the node stands at.',
    scope: 'read',
    reach: 'none',
    params: [],
    body: null,
    answers: [json(200, 'Counters grow from the start of the process.', 'Stats')],
    errors: [],
  },
  {
    operation: 'getMetrics',
    method: 'GET',
    path: '/metrics',
    summary: 'The same for Prometheus, with the times of requests.',
    scope: 'read',
    reach: 'none',
    params: [],
    body: null,
    answers: [{ status: 200, description: 'Text format 0.0.4.', content: { 'text/plain': null } }],
    errors: [],
  },
  {
    operation: 'getHealth',
    method: 'GET',
    path: '/health',
    summary: 'Whether the node answers, and whether its index is whole.',
    scope: null,
    reach: 'none',
    params: [],
    body: null,
    answers: [json(200, 'It answers.', 'Health')],
    errors: [],
  },
  {
    operation: 'getOpenApi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    scope: null,
    reach: 'none',
    params: [],
    body: null,
    answers: [json(200, 'OpenAPI 3.1.', 'Any')],
    errors: [],
  },
];

/** In the order of the document. Fixed paths stand before those with parameters. */
export const ROUTES: readonly Route[] = [...HANDLER_ROUTES, ...TRANSFER_ROUTES, ...OBJECT_ROUTES, ...NODE_ROUTES];
