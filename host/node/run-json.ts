/** A run as plain JSON data: what `sojourn run --json` prints, and what the HTTP API answers. */
import { hex } from '../json.ts';
import { entryJson } from '../object/json.ts';
import type { ValueMap } from '../value.ts';
import type { RunReport } from './run.ts';
import { quarantineJson } from './view.ts';

export function runJson(report: RunReport): ValueMap {
  const { status, message, outcomes, attempts, state, wakesAt, receipt } = report;
  return {
    status,
    message,
    outcomes: outcomes.map((outcome) => entryJson(outcome)),
    attempts: attempts === null ? null : entryJson(attempts),
    seq: state.seq,
    head: hex(state.head),
    cycle: state.cycle,
    trust: state.trust,
    continuousOver: state.continuity.over,
    quarantine: quarantineJson(state),
    wakesAt,
    receipt: receipt === null ? null : hex(receipt),
  };
}
