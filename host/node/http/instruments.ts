/** Metrics by OpenTelemetry's API: times of requests, named by its conventions for HTTP, and how the node stands. */
import type { BatchObservableCallback, Meter } from '@opentelemetry/api';
import type { Node } from '../service/node.ts';
import type { Route } from './route.ts';

export interface Instruments {
  observe(route: Route, status: number, seconds: number): void;
}

export function createInstruments(meter: Meter, node: Pick<Node, 'stats'>): Instruments {
  const requests = meter.createHistogram('http.server.request.duration', { unit: 's' });
  const objects = meter.createObservableGauge('sojourn.objects', { description: 'Objects by how they stand.' });
  const running = meter.createObservableGauge('sojourn.running', { description: 'Objects that are worked on now.' });
  const waiting = meter.createObservableGauge('sojourn.waiting', { description: 'Requests that wait for their turn.' });
  const late = meter.createObservableGauge('sojourn.late', {
    unit: 'ms',
    description: 'How late the first that is due is.',
  });
  const outcomes = meter.createObservableCounter('sojourn.outcomes', { description: 'Cycles that ended, by class.' });
  const observed = [objects, running, waiting, late, outcomes];
  const look: BatchObservableCallback = (result) => {
    const stats = node.stats();
    for (const [status, count] of Object.entries(stats.objects)) result.observe(objects, count, { status });
    for (const [outcome, count] of Object.entries(stats.outcomes)) result.observe(outcomes, count, { class: outcome });
    result.observe(running, stats.running);
    result.observe(waiting, stats.waiting);
    result.observe(late, stats.due.lateMs);
  };
  meter.addBatchObservableCallback(look, observed);
  return {
    observe: ({ method, path }, status, seconds) =>
      requests.record(seconds, {
        'http.request.method': method,
        'http.route': path,
        'http.response.status_code': status,
      }),
  };
}
