/**
 * What an object knows of its children, and what their ends do to it: the result is there, and what a child did not use of its budgets
 * comes back, once (R54).
 */
import { hex } from '../json.ts';
import { countOf } from './charges.ts';
import type { Child, ChildStatus } from './child.ts';
import { readEnd } from './end.ts';
import type { BudgetName, Budgets, Entry, EntryOf } from './model.ts';
import type { Spent, State } from './state.ts';
import type { Testimony } from './witness.ts';

/** The children behind a cycle that succeeded with these entries. */
export function childrenAfter(children: State['children'], entries: readonly Entry[]): State['children'] {
  if (!entries.some(({ kind }) => kind === 'child' || kind === 'cancel' || kind === 'aggregate')) return children;
  const after = new Map(children);
  const tell = (name: string, status: ChildStatus, told: number): void => {
    const child = after.get(name);
    if (child?.end === null) after.set(name, { ...child, status, told });
  };
  for (const { kind, seq, body } of entries) {
    if (kind === 'child') {
      const { name, id, budgets } = body;
      after.set(name, { seq, id: hex(id), status: 'running', told: seq, carved: budgets, end: null });
    }
    if (kind === 'cancel') tell(body.name, 'cancelled', seq);
    if (kind === 'aggregate') for (const name of body.missing) tell(name, 'missing', seq);
  }
  return after;
}

/** What a witness does to the children: the end of one is taken once, with what is left of its budgets. */
export function withReturn(
  { children, spent }: Pick<State, 'children' | 'spent'>,
  { seq, body }: EntryOf<'witness'>,
  { outcome }: Testimony,
): Pick<State, 'children' | 'spent'> {
  const end = outcome === null ? null : readEnd(outcome.body);
  const id = hex(body.id);
  const found = [...children].find(([, child]) => child.id === id);
  if (end === null || found === undefined || found[1].end !== null) return { children, spent };
  const [name, child] = found;
  const back = unusedOf(child.carved, body.spent);
  const returned: Child = {
    ...child,
    status: outcome?.body.reason === 'cancelled' ? 'cancelled' : 'returned',
    told: seq,
    end: { seq, ...end, back, late: child.status === 'missing' },
  };
  return { children: new Map(children).set(name, returned), spent: giveBack(spent, back) };
}

const NAMES: readonly BudgetName[] = ['fuel', 'calls', 'bytes', 'cycles'];

/** What is left of carved budgets: never more than was carved, and nothing where it is not known what was spent. */
function unusedOf(carved: Budgets, spent: Budgets | null): Budgets {
  if (spent === null) return {};
  const back: { [name in BudgetName]?: number } = {};
  for (const name of NAMES) {
    const [given, used] = [carved[name], spent[name]];
    if (given !== undefined && used !== undefined) back[name] = Math.max(0, given - used);
  }
  const { counters = {} } = carved;
  const unused = Object.keys(counters).map((name) => {
    return [name, Math.max(0, countOf(counters, name) - countOf(spent.counters ?? {}, name))] as const;
  });
  return unused.length === 0 ? back : { ...back, counters: Object.fromEntries(unused) };
}

/** What is spent when this much comes back. */
function giveBack(spent: Spent, back: Budgets): Spent {
  const counters = Object.entries(back.counters ?? {}).map(([name, amount]) => {
    return [name, Math.max(0, countOf(spent.counters, name) - amount)] as const;
  });
  return {
    fuel: Math.max(0, spent.fuel - (back.fuel ?? 0)),
    calls: Math.max(0, spent.calls - (back.calls ?? 0)),
    bytes: Math.max(0, spent.bytes - (back.bytes ?? 0)),
    cycles: Math.max(0, spent.cycles - (back.cycles ?? 0)),
    counters: { ...spent.counters, ...Object.fromEntries(counters) },
  };
}

type Misfit = readonly [expected: string, found: string] | null;

/** A child is given up once, and while nothing is known of its end. */
export function checkCancel({ children, open }: State, { body }: EntryOf<'cancel'>): Misfit {
  const entries = open?.entries ?? [];
  if (!entries.some(({ kind }) => kind === 'open')) return ['an open entry before it', 'none'];
  const child = children.get(body.name);
  if (child === undefined) return ['the name of a child', body.name];
  if (child.end !== null) return ['a child that has not ended', `${body.name}, which has`];
  const again = entries.some((other) => other.kind === 'cancel' && other.body.name === body.name);
  return again || child.status === 'cancelled' ? ['a child that is not given up', `${body.name}, which is`] : null;
}

/** An aggregate tells of children as they are: who came back, by their witnesses, and who did not. */
export function checkAggregate({ children, open }: State, { body }: EntryOf<'aggregate'>): Misfit {
  const entries = open?.entries ?? [];
  if (!entries.some((other) => other.kind === 'wake' && other.body.satisfied))
    return ['a wake condition that is met', 'none'];
  if (entries.some(({ kind }) => kind === 'aggregate')) return ['one aggregate in a cycle', 'another'];
  const { need, of, returned, missing } = body;
  const names = new Set(of);
  if (of.length === 0 || names.size < of.length || of.some((name) => !children.has(name)))
    return ['names of children, each once', of.join(', ')];
  if (need < 1 || need > of.length) return [`a need of 1 to ${of.length}`, `${need}`];
  const stranger = returned.find(({ name, seq }) => !names.has(name) || children.get(name)?.end?.seq !== seq);
  if (stranger !== undefined) return ['what came back, by the witness of it', stranger.name];
  const absent = missing.find((name) => !names.has(name) || children.get(name)?.end !== null);
  if (absent !== undefined) return ['children that did not come back', absent];
  const told = new Set([...returned.map(({ name }) => name), ...missing]);
  return told.size === returned.length + missing.length ? null : ['each child once', 'one twice'];
}
