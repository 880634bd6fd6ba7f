/** Parents and children in a world: scripts that delegate, where the files are, and who is told of whom. */
import type { Host } from '../../host/node/host.ts';
import type { Value } from '../../host/value.ts';
import { isMap } from '../../host/value.ts';
import type { World } from './world.ts';

export interface Part {
  readonly capabilities?: readonly string[];
  readonly zones?: readonly string[];
  readonly budgets?: { readonly [name: string]: number };
}

/** A step that makes a child with this script. */
export function spawn(
  name: string,
  input: Value,
  { capabilities = ['*'], zones = [], budgets = {} }: Part = {},
): Value {
  const limits = Object.entries(budgets).map(([key, limit]) => ({ name: key, limit }));
  const child = { name, task: 'scripted', goal: `Do ${name}`, input, capabilities, zones, budgets: limits };
  return { propose: { tag: 'delegation', val: child } };
}

/** Steps by number of the cycle: these first, then the last one for ever. */
export function script(...steps: readonly Value[]): Value {
  const numbered = steps.slice(0, -1).map((step, index) => [`${index + 1}`, step] as const);
  return { ...Object.fromEntries(numbered), '*': steps.at(-1) ?? null };
}

/** The file of a child. */
export async function childPath(world: World, host: Host, parent: string, name: string): Promise<string> {
  const { state } = await host.show(parent);
  const id = state.children.get(name)?.id;
  if (id === undefined) throw new Error(`expected a child ${name}`);
  return `${parent.slice(0, parent.lastIndexOf('/'))}/${id}.sojourn`;
}

export function fieldOf(value: Value | undefined, name: string): Value | undefined {
  return isMap(value) ? value[name] : undefined;
}
