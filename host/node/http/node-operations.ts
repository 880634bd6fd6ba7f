/** What the other routes do: objects that come and go, events, and how the node stands. */
import { hex } from '../../json.ts';
import { runJson } from '../run-json.ts';
import { flagOf, idOf, numberOf, present } from './call.ts';
import type { Call } from './call.ts';
import { streamBody } from './body.ts';
import { toBase64 } from './create-draft.ts';
import { eventResponse } from './event-stream.ts';
import { problemResponse } from './problem.ts';
import { SojournError } from '../../errors.ts';
import { bytesResponse, jsonResponse, negotiate, recordResponse } from './respond.ts';
import { JSON_MEDIA, METRICS_MEDIA, OBJECT_MEDIA } from './route.ts';

/** Beyond it timers fire at once. */
const TIMER_MOST_MS = 2_147_483_647;

export async function handOver(call: Call): Promise<Response> {
  const { bytes, length, receipt, id } = await call.parts.node.handOver(idOf(call));
  return bytesResponse(bytes, length, call, { 'sojourn-object': id, 'sojourn-receipt': hex(receipt) });
}

export async function importObject(call: Call): Promise<Response> {
  const { parts, request } = call;
  const bytes = streamBody(request, parts.limits.importBytes, call.place);
  const admitted = await parts.node.admit(bytes, { reading: flagOf(call, 'reading') });
  const headers = { location: `/objects/${admitted.id}` };
  return recordResponse(admitted, admitted.state === 'new' ? 201 : 200, headers);
}

export async function evaluateBytes(call: Call): Promise<Response> {
  const wanted = negotiate(call.request, [OBJECT_MEDIA, JSON_MEDIA]);
  const { bytes, report, children } = await call.parts.node.evaluateBytes(call.bytes, {
    once: flagOf(call, 'once'),
    // nothing of it is kept: nobody has anything of what is done once the caller is gone
    signal: call.request.signal,
  });
  const headers = {
    'sojourn-status': report.status,
    ...present('sojourn-receipt', report.receipt === null ? null : hex(report.receipt)),
  };
  if (wanted === OBJECT_MEDIA && children.size === 0) {
    const all = { 'content-type': OBJECT_MEDIA, 'cache-control': 'no-store', ...headers };
    // of a view into a larger buffer only the view is meant
    return new Response(bytes.slice(), { headers: all });
  }
  return jsonResponse(
    {
      object: toBase64(bytes),
      report: runJson(report),
      children: Object.fromEntries(Array.from(children, ([id, child]) => [id, toBase64(child)])),
    },
    200,
    headers,
  );
}

export async function streamObjectEvents(call: Call): Promise<Response> {
  const id = idOf(call);
  if ((await call.parts.node.line(id)) === null)
    throw new SojournError('store.missing', `${id}: expected an object of this node, found none`);
  return streamOf(call, id);
}

export async function streamEvents(call: Call): Promise<Response> {
  return streamOf(call, null);
}

function streamOf(call: Call, object: string | null): Response {
  const { node, streams, limits, closing, tokensHold, clock } = call.parts;
  const leave = streams.enter();
  const stop = new AbortController();
  const ended = AbortSignal.any([
    call.request.signal,
    closing,
    stop.signal,
    tokensHold(),
    // no timer holds for longer; who is still let in then begins again
    AbortSignal.timeout(Math.min(Math.max(0, (call.token?.expires ?? Infinity) - clock.now()), TIMER_MOST_MS)),
  ]);
  const after = numberOf(call, 'Last-Event-ID');
  const events = node.events({ abort: ended, ...present('object', object), ...present('after', after) });
  const done = (): void => {
    leave();
    stop.abort();
  };
  return eventResponse({ events, limits, ended, done, breakOff: call.breakOff });
}

export async function getStats({ parts }: Call): Promise<Response> {
  return recordResponse({ ...parts.node.stats(), streams: parts.streams.open, waits: parts.waits.open });
}

/** Errors: `request.missing` where the node keeps no metrics. */
export async function getMetrics({ parts }: Call): Promise<Response> {
  const text = await parts.metrics?.text(parts.node.stats());
  if (text === undefined)
    throw new SojournError('request.missing', '/metrics: expected a node that keeps metrics, found none');
  return new Response(text, { headers: { 'content-type': METRICS_MEDIA, 'cache-control': 'no-store' } });
}

export async function getHealth({ parts }: Call): Promise<Response> {
  if (parts.closing.aborted)
    return problemResponse(new SojournError('node.closing', 'node: expected it open, found it closing'));
  const { node } = parts;
  // open to all, so it counts nothing: that would cost as much as there is that is due
  return jsonResponse({ status: 'ok', node: node.id, zone: node.zone, indexed: parts.isIndexed() });
}

export async function getOpenApi({ parts }: Call): Promise<Response> {
  return jsonResponse(parts.document, 200, { 'cache-control': 'max-age=300' });
}
