/** What an object knows of another one, and what a witness told it, in words. */
import { sha256 } from '../object/crypto.ts';
import { readEnd } from '../object/end.ts';
import type { Known } from '../object/known.ts';
import type { WitnessBody } from '../object/model.ts';
import { readWitness } from '../object/witness.ts';
import { cleanLine } from './safe-text.ts';
import { shortId, showCount } from './quantities.ts';

/** `object 3f… at its entry 20: it ended, its goal achieved` */
export function describeWitness(body: WitnessBody): string {
  const { statement, outcome, cancels } = readWitness(body, sha256);
  const end = outcome === null ? null : readEnd(outcome.body);
  const given = cancels.map((cancel) => `gave up its child "${cleanLine(cancel.body.name, 64)}"`);
  const last =
    end === null ? (outcome === null ? [] : [`had a ${outcome.body.class}`]) : [`ended, ${describeGoal(end.achieved)}`];
  const told = [...given, ...last];
  const words = told.length === 0 ? '' : `: it ${told.join(' and ')}`;
  return `object ${shortId(body.id)} at its entry ${statement.seq}${words}`;
}

/** `3f…: known to its entry 20, ended, its goal achieved (entry 9)` */
export function describeKnown(id: string, { at, seq, ended, cancelled, fork }: Known): string {
  const facts = [
    ...(ended === null ? [] : [`ended, ${describeGoal(ended.achieved)}`]),
    ...(cancelled.size === 0 ? [] : [`gave up ${showCount(cancelled.size, 'child').replace('childs', 'children')}`]),
    ...(fork === null ? [] : [`a fork of it is known (entry ${fork.seq})`]),
  ];
  return `${id}: known to its entry ${at}${facts.map((fact) => `, ${fact}`).join('')} (entry ${seq})`;
}

function describeGoal(achieved: boolean): string {
  return achieved ? 'its goal achieved' : 'its goal not achieved';
}
