/**
 * What must hold before a cycle may touch an object at all (R8, R11): it has not ended, this host can read all of its versions,
 * its scope lets it run in this node's zone, it is not quarantined here, and the node's own policy permits `evaluate`. What fails here
 * leaves no trace in the object.
 */
import { fromHex, hex } from '../json.ts';
import { CONTRACT_VERSION, FORMAT_VERSION } from '../object/model.ts';
import type { ReadmitBody, Verdict } from '../object/model.ts';
import { quarantineAt } from '../object/quarantine.ts';
import type { State } from '../object/state.ts';
import { allows, rejected } from './performed.ts';
import type { CyclePorts } from './ports.ts';
import { ask } from './questions.ts';

export interface Refusal {
  readonly code: 'terminated' | 'version' | 'zone' | 'quarantine' | 'policy';
  readonly message: string;
  readonly verdict: Verdict | null;
}

/** Null where the cycle may begin. */
export function refuseCycle(state: State, ports: CyclePorts): Refusal | null {
  const { genesis } = state;
  if (state.status === 'terminated')
    return refuse(
      'terminated',
      `the object ended at entry ${state.last?.seq ?? state.seq}: it takes no further action`,
    );
  const versions = [
    ['format', FORMAT_VERSION, genesis.formatVersion],
    ['fuel meter', ports.runner.meterVersion, genesis.meterVersion],
    ['contract', CONTRACT_VERSION, genesis.contractVersion],
  ] as const;
  const other = versions.find(([, mine, its]) => mine !== its);
  if (other !== undefined)
    return refuse('version', `${other[0]} version: expected ${other[1]}, found ${other[2]}: use a host that has it`);
  const { zones } = genesis.context.scope;
  if (zones.length > 0 && !zones.includes(ports.node.zone)) {
    return refuse(
      'zone',
      `zone: expected one of ${zones.join(', ')}, found ${ports.node.zone === '' ? 'none' : ports.node.zone}: run it on a node of its zones`,
    );
  }
  const readmission = decideReadmission(state, ports);
  if (readmission !== null && !allows(readmission.verdict)) return refuseQuarantined(readmission);
  // a set that can't be used at all is recorded as the outcome (R35); one that says no to this node is not (R11)
  if (ports.authority.unusable(ports.now()) !== null) return null;
  const verdict = ports.authority.decide(ask(state, ports.node, ports.now(), { action: 'evaluate' }));
  if (allows(verdict)) return refuseUnread(ports);
  return {
    code: 'policy',
    message: `this node's policy does not let it evaluate the object (${decidedBy(verdict)})`,
    verdict,
  };
}

/** What this node says of an object that is quarantined here, as it is recorded where it lets the object in; null for any other. */
export function decideReadmission(
  state: State,
  ports: Pick<CyclePorts, 'authority' | 'node' | 'now'>,
): ReadmitBody | null {
  const found = quarantineAt(state, fromHex(ports.node.id) ?? new Uint8Array(0));
  if (found === null) return null;
  const now = ports.now();
  const unusable = ports.authority.unusable(now);
  const verdict =
    unusable === null ? ports.authority.decide(ask(state, ports.node, now, { action: 'readmit' })) : rejected(unusable);
  return { from: found.from, slope: found.slope, verdict };
}

function refuseQuarantined({ from, slope, verdict }: ReadmitBody): Refusal {
  const message = `quarantined: it comes from node ${hex(from)} with a trust slope of ${slope} after a large break, and this node's policy does not readmit it (${decidedBy(verdict)}): let that node go on with it, or permit "readmit"`;
  return { code: 'quarantine', message, verdict };
}

function decidedBy(verdict: Verdict): string {
  return verdict.policies.length > 0 ? verdict.policies.join(', ') : (verdict.reason ?? 'no policy');
}

/** What policy makes confidential must be readable to whoever goes on with it, and that is this node. */
function refuseUnread({ authority, hasReader }: CyclePorts): Refusal | null {
  if (!authority.demandsReader || hasReader) return null;
  return refuse(
    'policy',
    'its policies ask for confidential entries, and this node has no key to read them with: give it one',
  );
}

function refuse(code: Refusal['code'], message: string): Refusal {
  return { code, message, verdict: null };
}
