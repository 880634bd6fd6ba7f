/**
 * The cycles of one run as spans, and their capability calls as spans below them. The trace id that a cycle is under goes into the
 * entry that opens it: that of the request it runs for, or one of its own. Contents of entries never become attributes.
 */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, Span, Tracer } from '@opentelemetry/api';
import { fromHex } from '../../json.ts';
import type { Entry, EntryOf, OutcomeClass } from '../../object/model.ts';

export interface CycleSpans {
  /** A cycle begins: 16 bytes for its first entry; null where nobody traces. */
  trace(): Uint8Array | null;
  /** Each entry as it is appended. */
  onEntry(entry: Entry): void;
  /** Behind the last cycle, or a failure. */
  end(): void;
}

export interface CycleSpansInputs {
  /** Null: there are no spans, and the trace id is that of `parent`. */
  readonly tracer: Tracer | null;
  readonly object: string;
  /** What the run is for. */
  readonly parent: Context | null;
}

export function createCycleSpans({ tracer, object, parent }: CycleSpansInputs): CycleSpans {
  const context = parent ?? ROOT_CONTEXT;
  let cycle: Span | null = null;
  const calls = new Map<number, Span>();

  function end(): void {
    for (const span of calls.values()) span.end();
    calls.clear();
    cycle?.end();
    cycle = null;
  }

  function startCall({ seq, body }: EntryOf<'call'>): void {
    if (tracer === null || cycle === null) return;
    const attributes = { 'sojourn.operation': body.operation, 'sojourn.verdict': body.verdict.verdict };
    calls.set(
      seq,
      tracer.startSpan(body.operation, { kind: kindOf(body.operation), attributes }, trace.setSpan(context, cycle)),
    );
  }

  function endCall({ body }: EntryOf<'result'>): void {
    const span = calls.get(body.call);
    if (span === undefined) return;
    note(span, body.class);
    span.end();
    calls.delete(body.call);
  }

  return {
    trace() {
      end();
      cycle = tracer?.startSpan('sojourn.cycle', { attributes: { 'sojourn.object': object } }, context) ?? null;
      const id = (cycle?.spanContext() ?? trace.getSpanContext(context))?.traceId ?? '';
      return /^0*$/.test(id) ? null : fromHex(id);
    },
    onEntry(entry) {
      if (entry.kind === 'open') cycle?.setAttribute('sojourn.cycle', entry.cycle);
      if (entry.kind === 'call') startCall(entry);
      if (entry.kind === 'result') endCall(entry);
      if (entry.kind !== 'outcome' || cycle === null) return;
      cycle.setAttribute('sojourn.action', entry.body.action ?? 'none');
      note(cycle, entry.body.class);
      end();
    },
    end,
  };
}

function kindOf(operation: string): SpanKind {
  return operation.startsWith('http.') ? SpanKind.CLIENT : SpanKind.INTERNAL;
}

function note(span: Span, outcome: OutcomeClass): void {
  span.setAttribute('sojourn.class', outcome);
  if (outcome !== 'success') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
}
