/** What the routes on handlers and objects do: parameters in, one call of the node, its answer out. */
import { hex } from '../../json.ts';
import { entryJson } from '../../object/json.ts';
import { parseReaderKey } from '../../policy/readers.ts';
import { SojournError } from '../../errors.ts';
import { runJson } from '../run-json.ts';
import type { RunReport } from '../run.ts';
import type { LineStatus, ListFilter, ObjectLine } from '../service/node.ts';
import { viewJson } from '../view.ts';
import { flagOf, idOf, numberOf, present, textOf } from './call.ts';
import type { Call } from './call.ts';
import { readDraft } from './create-draft.ts';
import { checkCreate, keyWithin } from './reach.ts';
import { bytesResponse, jsonResponse, negotiate, recordResponse } from './respond.ts';
import { JSON_MEDIA, OBJECT_MEDIA } from './route.ts';
import { within } from './within.ts';

const EVALUATE_WAIT_MS = 30_000;

export async function putHandler({ parts, bytes }: Call): Promise<Response> {
  return recordResponse(await parts.node.putHandler(bytes));
}

export async function listHandlers({ parts }: Call): Promise<Response> {
  return recordResponse({ handlers: await parts.node.handlers() });
}

export async function createObject(call: Call): Promise<Response> {
  const { parts, token, json } = call;
  const draft = await readDraft(json, parts.objectLimits.policy);
  if (typeof draft.handler === 'string') checkCreate(token, draft.handler);
  const key = textOf(call, 'Idempotency-Key');
  const { id, bytes, receipt, duplicate } = await parts.node.create({
    ...draft,
    ...present('key', key === null ? null : keyWithin(token, key, parts.hash)),
    ...present('trace', call.trace),
  });
  const headers = { location: `/objects/${id}` };
  return jsonResponse({ id, bytes, receipt: hex(receipt), duplicate }, duplicate ? 200 : 201, headers);
}

export async function listObjects(call: Call): Promise<Response> {
  const { parts, token } = call;
  const filter: ListFilter = {
    ...present('status', textOf(call, 'status') as LineStatus | null), // one of the table's
    ...present('handler', textOf(call, 'handler')),
    ...present('parent', textOf(call, 'parent')),
    ...present('kind', textOf(call, 'kind')),
    ...present('dueBefore', numberOf(call, 'due-before')),
    ...present('limit', numberOf(call, 'limit')),
    ...present('cursor', textOf(call, 'cursor')),
    ...present('amongObjects', token?.objects ?? null),
    ...present('amongHandlers', token?.handlers ?? null),
  };
  return recordResponse(await parts.node.list(filter));
}

export async function getObject(call: Call): Promise<Response> {
  const { node } = call.parts;
  const id = idOf(call);
  if (flagOf(call, 'brief')) return recordResponse(await lineOf(call));
  if (negotiate(call.request, [JSON_MEDIA, OBJECT_MEDIA]) === JSON_MEDIA)
    return jsonResponse(viewJson(await node.show(id, present('at', numberOf(call, 'at')))));
  // how long it is may change while it is read: what is sealed by then is whole
  return bytesResponse(await node.read(id, numberOf(call, 'offset') ?? 0), null, call);
}

export async function evaluateObject(call: Call): Promise<Response> {
  const { node, log } = call.parts;
  const id = idOf(call);
  const done = await within(call, numberOf(call, 'wait') ?? EVALUATE_WAIT_MS, (over) => {
    const run = node.evaluate(id, { once: flagOf(call, 'once'), ...present('trace', call.trace) });
    const warn = (error: unknown): void => log.warn({ err: error, object: id }, 'a run that nobody waits for failed');
    void over.then(() => run.catch(warn));
    return Promise.race([run, over]);
  });
  if (done !== null) return jsonResponse(runJson(done));
  return recordResponse(await lineOf(call), 202, { location: `/objects/${id}/result` });
}

export async function signalObject(call: Call): Promise<Response> {
  const { node } = call.parts;
  const readers = textOf(call, 'to')?.split(',').map(readReader) ?? null;
  const options = {
    ...present('trace', call.trace),
    ...present('key', textOf(call, 'Idempotency-Key')),
    ...present('readers', readers),
  };
  const [id, name] = [idOf(call), textOf(call, 'name') ?? ''];
  const wait = numberOf(call, 'wait') ?? 0;
  if (wait === 0) return signalResponse(await node.signal(id, name, call.json, options));
  const done = await within(call, wait, (_, abort) => node.signal(id, name, call.json, { ...options, wait: abort }));
  if (done === null) throw new SojournError('internal', 'signal: expected a report however long it takes');
  return signalResponse(done);
}

function signalResponse(report: {
  readonly seq: number;
  readonly duplicate: boolean;
  readonly receipt: Uint8Array | null;
  readonly run: RunReport | null;
}): Response {
  const { seq, duplicate, receipt, run } = report;
  return jsonResponse({
    seq,
    duplicate,
    receipt: receipt === null ? null : hex(receipt),
    run: run === null ? null : runJson(run),
  });
}

export async function getResult(call: Call): Promise<Response> {
  const { node } = call.parts;
  const id = idOf(call);
  const line = await within(call, numberOf(call, 'wait') ?? 0, (_, abort) => node.settled(id, { abort }));
  if (line === null) return recordResponse(await lineOf(call), 202);
  const last = line.status === 'set-aside' ? null : (await node.show(id)).state.last;
  return recordResponse({ object: line, last: last === null ? null : entryJson(last) });
}

async function lineOf(call: Call): Promise<ObjectLine> {
  const id = idOf(call);
  const line = await call.parts.node.line(id);
  if (line !== null) return line;
  throw new SojournError('store.missing', `${id}: expected an object of this node, found none`);
}

function readReader(text: string): Uint8Array {
  const key = parseReaderKey(text.trim());
  if (key !== null) return key;
  throw new SojournError(
    'request.malformed',
    `query parameter to: expected keys such as x25519:4049…, found ${JSON.stringify(text.slice(0, 80))}`,
  );
}
