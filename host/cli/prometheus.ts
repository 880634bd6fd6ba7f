/** Metrics for Prometheus, by prom-client: times of requests by route, how the node stands, and what the process takes. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AppMetrics } from '../node/http/call.ts';
import type { NodeStats } from '../node/service/node.ts';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'POST']);

export function createMetrics(): AppMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Time from the request to the answer, without the sending of its body.',
    labelNames: ['http_route', 'http_request_method', 'http_response_status_code'] as const,
    buckets: SECONDS,
    registers,
  });
  const tell = NODE_VALUES.map((value) => createTeller(value, registers));
  return {
    observe: (route, method, status, seconds) =>
      requests.observe(
        {
          http_route: route,
          http_request_method: METHODS.has(method) ? method : '_OTHER',
          http_response_status_code: status,
        },
        seconds,
      ),
    text(stats) {
      for (const one of tell) one(stats);
      return registry.metrics();
    },
  };
}

/** A counter, by its name, is set to where the node's own stands. */
function createTeller({ name, help, label, values }: NodeValue, registers: Registry[]): (stats: NodeStats) => void {
  const options = { name: `sojourn_${name}`, help, labelNames: label === undefined ? [] : [label], registers };
  const labelsOf = (value: string): Record<string, string> => (label === undefined ? {} : { [label]: value });
  if (!name.endsWith('_total')) {
    const gauge = new Gauge(options);
    return (stats) => {
      for (const [key, value] of Object.entries(values(stats))) gauge.set(labelsOf(key), value);
    };
  }
  const counter = new Counter(options);
  return (stats) => {
    counter.reset();
    for (const [key, value] of Object.entries(values(stats))) counter.inc(labelsOf(key), value);
  };
}

interface NodeValue {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  readonly values: (stats: NodeStats) => { readonly [value: string]: number };
}

const one = (value: number): { readonly [value: string]: number } => ({ '': value });

/** What is counted elsewhere and read when it is asked for. */
const NODE_VALUES: readonly NodeValue[] = [
  { name: 'objects', help: 'Objects by how they stand.', label: 'status', values: ({ objects }) => objects },
  { name: 'outcomes_total', help: 'Cycles that ended, by class.', label: 'class', values: ({ outcomes }) => outcomes },
  { name: 'running', help: 'Objects that are worked on now.', values: ({ running }) => one(running) },
  { name: 'waiting', help: 'Requests that wait for their turn.', values: ({ waiting }) => one(waiting) },
  { name: 'overdue', help: 'Objects that are due and wait for their turn.', values: ({ due }) => one(due.overdue) },
  { name: 'late_seconds', help: 'How late the first of them is.', values: ({ due }) => one(due.lateMs / 1_000) },
  { name: 'created_total', help: 'Objects made.', values: ({ created }) => one(created) },
  { name: 'signals_total', help: 'Signals delivered.', values: ({ signals }) => one(signals) },
  { name: 'runs_total', help: 'Runs that were begun.', values: ({ runs }) => one(runs) },
  {
    name: 'store_errors_total',
    help: 'Errors of the store in background work.',
    values: ({ storeErrors }) => one(storeErrors),
  },
  { name: 'index_bytes', help: 'Memory of the wake index.', values: ({ indexBytes }) => one(indexBytes) },
  { name: 'indexed', help: '1 once the index is rebuilt.', values: ({ indexed }) => one(indexed ? 1 : 0) },
];
