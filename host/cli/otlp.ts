/** Traces and metrics to an OpenTelemetry collector (OTLP over HTTP). Loaded only where one is named. */
import { hostname } from 'node:os';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { NodeTelemetry } from '../node/service/node.ts';

export interface Otlp {
  readonly telemetry: NodeTelemetry;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** `url` is the collector's base, for example `http://127.0.0.1:4318`. Errors of sending are the exporter's own to log. */
export function startOtlp(url: string, version: string): Otlp {
  const base = url.replace(/\/+$/, '');
  const resource = resourceFromAttributes({
    'service.name': 'sojourn',
    'service.version': version,
    'service.instance.id': `${hostname()}-${process.pid}`,
    'host.name': hostname(),
  });
  const tracers = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${base}/v1/traces` }))],
  });
  const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter({ url: `${base}/v1/metrics` }) });
  const meters = new MeterProvider({ resource, readers: [reader] });
  return {
    telemetry: { tracer: tracers.getTracer('sojourn', version), meter: meters.getMeter('sojourn', version) },
    close: async () => void (await Promise.allSettled([tracers.shutdown(), meters.shutdown()])),
  };
}
