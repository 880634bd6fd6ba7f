/**
 * Where a request stands in a distributed trace (W3C Trace Context): what its caller says in `traceparent`, and a span of its own
 * where the node has a tracer.
 */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, Span, Tracer } from '@opentelemetry/api';
import type { Route } from './route.ts';

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Null where the header is missing or says nothing that can be understood. */
export function contextOf(traceparent: string | null): Context | null {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return null;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  });
}

export interface RequestSpan {
  readonly context: Context | null;
  end(status: number): void;
}

/** Names are those of OpenTelemetry's semantic conventions for HTTP. */
export function startRequest(tracer: Tracer | null, route: Route, caller: Context | null): RequestSpan {
  if (tracer === null) return { context: caller, end: () => {} };
  const parent = caller ?? ROOT_CONTEXT;
  const { method, path } = route;
  const attributes = { 'http.request.method': method, 'http.route': path };
  const span: Span = tracer.startSpan(`${method} ${path}`, { kind: SpanKind.SERVER, attributes }, parent);
  return {
    context: trace.setSpan(parent, span),
    end(status) {
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}
