/**
 * One kill at one point, and what must be true whoever goes on: the node itself, or another with a key of its own.
 */
import { basename, dirname } from 'node:path';
import { expect } from 'vitest';
import { hex } from '../../host/json.ts';
import { generateKey, nativeHash } from '../../host/node/native.ts';
import type { Host } from '../../host/node/host.ts';
import type { Entry } from '../../host/object/model.ts';
import { nodeIdOf } from '../../host/object/seal.ts';
import type { ChildLine } from './crash-child.ts';
import {
  copyWreck,
  countSeals,
  DELEGATION_CYCLE,
  expectWhole,
  finish,
  objectsIn,
  ofKind,
  POINTS,
  pointsOf,
  sent,
  wreck,
} from './wreck.ts';
import type { Wreck, Yard } from './wreck.ts';

export function sameNode({ world }: Yard): Host {
  return world.node();
}

export function otherNode({ world }: Yard): Host {
  return world.node({ signer: generateKey().signer });
}

/** Kills a process at its n-th point; then each of two nodes goes on with a copy of what it left. */
export async function killAt(yard: Yard, n: number): Promise<void> {
  const found = await wreck(yard, `kill-${n}`, { at: 'point', n });
  const points = pointsOf(found.end.lines);
  expect(points).toEqual(POINTS.slice(0, n + 1));
  expect(await countSeals(found)).toBe(1 + points.filter(({ point }) => point === 'sealed').length);
  await goOn(yard, found, sameNode(yard), 'same');
  await goOn(yard, found, otherNode(yard), 'other');
}

async function goOn(yard: Yard, found: Wreck, host: Host, copy: string): Promise<void> {
  const path = copyWreck(yard, found, copy);
  await finish(host, path);
  const entries = await expectWhole(yard, found, path, host);
  expect(objectsIn(dirname(path))).toHaveLength(2);
  const lost = hex(nodeIdOf(yard.world.creator.signer.publicKey, nativeHash));
  const recovers = ofKind(entries, 'recover').map(({ body, node }) => [hex(body.lost), hex(node)]);
  expect(recovers).toEqual(mayHaveLeft(found.end.lines) ? [[lost, host.node]] : []);
  const { seen } = yard.server.ledger(found.run);
  const unknown = underWay(found);
  for (const [name, answer] of Object.entries(answersToNever(entries))) {
    expect([name, answer]).toEqual([name, unknown.includes(name) ? 'unknown' : null]);
    if (!unknown.includes(name)) expect([name, sent(seen, name)]).toEqual([name, 1]);
  }
}

/** True where something may have left the node since the last seal, as the points that were passed tell it. */
function mayHaveLeft(lines: readonly ChildLine[]): boolean {
  const points = pointsOf(lines);
  const open = points.slice(points.findLastIndex(({ point }) => point === 'sealed') + 1);
  const calls = open.filter(({ point }) => point === 'call-recorded').length;
  const cycle = points.at(-1)?.cycle ?? 0;
  if (cycle === DELEGATION_CYCLE) return open.some(({ point }) => point === 'applied');
  // the first call of the first cycle and that of the last touch the object's own state only
  if (cycle === 1) return calls > 1;
  return cycle < DELEGATION_CYCLE && calls > 0;
}

/** What the guest, or the outcome, was told of the two requests that must not be repeated. */
export function answersToNever(entries: readonly Entry[]): { readonly [name: string]: string | null } {
  const calls = ofKind(entries, 'call').filter(({ body }) => body.request['repetition'] === 'never');
  return Object.fromEntries(
    calls.map(({ seq, body }) => [
      basename(String(body.request['url'])),
      ofKind(entries, 'result').find((result) => result.body.call === seq)?.body.error ?? null,
    ]),
  );
}

/** Entries behind a call stay in the buffer until the next effect or seal: such a request was under way when the process died. */
function underWay({ end }: Wreck): readonly string[] {
  const points = pointsOf(end.lines);
  const { cycle } = points.at(-1) ?? { cycle: 0 };
  const calls = points.filter((point) => point.cycle === cycle && point.point === 'call-recorded').length;
  if (points.at(-1)?.point === 'sealed') return [];
  if (cycle === 1 && calls === 3) return ['guest-never'];
  return cycle === 3 && calls === 1 ? ['exec-never'] : [];
}
