import { describe, expect, test } from 'vitest';
import { cardOf, isWorthTelling, prospectOf } from '../../host/kernel/exchange.ts';
import { relatedObjects, relationOf } from '../../host/kernel/relation.ts';
import { hex } from '../../host/json.ts';
import { createEd25519Signer, sha256 } from '../../host/object/crypto.ts';
import { applyEntry, createState } from '../../host/object/fold.ts';
import { decodeGenesis } from '../../host/object/genesis.ts';
import type { Condition, ParentLink } from '../../host/object/model.ts';
import type { State } from '../../host/object/state.ts';
import { pickItems } from '../../host/object/witness.ts';
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import { filled, ObjectBuilder, sampleGenesis } from '../object/builder.ts';

const FACETS = { policy: '', node: '', zone: '', capabilities: '' };

function fold(builder: ObjectBuilder): State {
  const start = createState(decodeGenesis(builder.items[0]!), builder.id);
  return builder.entries.reduce(
    (state, entry, index) => applyEntry(state, entry, sha256(builder.items[index + 1]!)),
    start,
  );
}

/** An object with a key of its own, so that no two have one id. */
function object(key: number, parent: ParentLink | null = null): ObjectBuilder {
  const signer = createEd25519Signer(filled(32, key));
  const { context } = sampleGenesis(signer);
  const builder = new ObjectBuilder(signer, { context: { ...context, parent } });
  builder.seal();
  return builder;
}

function addChild(parent: ObjectBuilder, child: Uint8Array): void {
  const { intent, handler } = sampleGenesis(null);
  const scope = { capabilities: [], zones: [], depth: 0 };
  parent.open();
  parent.propose('delegation', {});
  const body = { name: 'part', id: child, nonce: filled(16, 1), handler, intent, scope, budgets: { cycles: 1 } };
  parent.add({ kind: 'child', body });
  parent.outcome({ action: 'delegation' });
  parent.seal();
}

function family(): { readonly parent: ObjectBuilder; readonly child: ObjectBuilder } {
  const parent = object(1);
  const child = object(2, { id: parent.id, seq: parent.seq + 4, generation: 1, name: 'part' });
  addChild(parent, child.id);
  return { parent, child };
}

function sleep(builder: ObjectBuilder, wake: Condition): ObjectBuilder {
  builder.open();
  builder.propose('dormancy', {});
  builder.outcome({ action: 'dormancy', wake });
  builder.seal();
  return builder;
}

function end(builder: ObjectBuilder): Uint8Array {
  builder.open();
  builder.propose('termination', {});
  builder.outcome({ action: 'termination', value: { achieved: true, result: 1 } });
  return builder.seal();
}

const card = (builder: ObjectBuilder, ...givenUp: readonly string[]) => cardOf(fold(builder), givenUp);

describe('how an object stands to another', () => {
  test('a child and its parent know each other by links on both sides', () => {
    const { parent, child } = family();
    expect(relationOf(fold(parent), fold(child))).toEqual({ ok: true, relation: { kind: 'child', name: 'part' } });
    expect(relationOf(fold(child), fold(parent))).toEqual({ ok: true, relation: { kind: 'parent', name: 'part' } });
    expect(relatedObjects(fold(parent))).toEqual([hex(child.id)]);
    expect(relatedObjects(fold(child))).toEqual([hex(parent.id)]);
  });

  test('a child that claims a parent that does not know it has no relation to it', () => {
    const parent = object(1);
    const claims = object(2, { id: parent.id, seq: 5, generation: 1, name: 'part' });
    expect(relationOf(fold(claims), fold(parent))).toMatchObject({ ok: false, message: /without such a child/ });
    expect(relationOf(fold(parent), fold(claims))).toMatchObject({ ok: false, message: /nothing was asked/ });
  });

  test('a parent that claims the child of another has no relation to it', () => {
    const { child } = family();
    const thief = object(3);
    addChild(thief, child.id);
    expect(relationOf(fold(thief), fold(child))).toMatchObject({ ok: false, message: /with another parent/ });
  });

  test('a sleeper stands to what it waits for, and only while it does', () => {
    const other = object(5);
    const wake: Condition = { tag: 'object', id: other.id, state: 'ended', seq: 0 };
    const nested: Condition = { tag: 'group', need: 1, members: [{ tag: 'signal', name: 'a' }, wake] };
    const sleeper = sleep(object(6), nested);
    expect(relationOf(fold(sleeper), fold(other))).toEqual({ ok: true, relation: { kind: 'prerequisite' } });
    expect(relationOf(fold(other), fold(sleeper))).toMatchObject({ ok: false });
    expect(relationOf(fold(object(6)), fold(other))).toMatchObject({ ok: false });
  });
});

describe('what is worth telling', () => {
  test('the end of a child, once', () => {
    const { parent, child } = family();
    expect(isWorthTelling(card(parent), card(child))).toBe(false);
    const receipt = end(child);
    expect(isWorthTelling(card(parent), card(child))).toBe(true);
    const items = pickItems(child.items.slice(2, -1), DEFAULT_LIMITS.object);
    parent.add({ kind: 'witness', body: { id: child.id, receipt, items, spent: null } });
    parent.seal();
    expect(isWorthTelling(card(parent), card(child))).toBe(false);
  });

  test('to a child that it was given up, and the end of its parent', () => {
    const { parent, child } = family();
    expect(isWorthTelling(card(child), card(parent))).toBe(false);
    expect(isWorthTelling(card(child), card(parent, 'another'))).toBe(false);
    expect(isWorthTelling(card(child), card(parent, 'part'))).toBe(true);
    end(parent);
    expect(isWorthTelling(card(child), card(parent))).toBe(true);
  });

  test('how far another has come only where that is waited for, and is enough', () => {
    const other = object(5);
    const sleeper = (seq: number) => card(sleep(object(6), { tag: 'object', id: other.id, state: 'reached', seq }));
    expect(isWorthTelling(sleeper(2), card(other))).toBe(false);
    expect(isWorthTelling(sleeper(1), card(other))).toBe(true);
    const told = sleep(object(6), { tag: 'object', id: other.id, state: 'reached', seq: 1 });
    other.signal('a', 'k');
    told.add({ kind: 'witness', body: { id: other.id, receipt: other.seal(), items: [], spent: null } });
    told.seal();
    other.signal('b', 'l');
    other.seal();
    expect(isWorthTelling(card(told), card(other))).toBe(false);
  });

  test('nothing to an object that has ended, and nothing of a stranger', () => {
    const { parent, child } = family();
    end(child);
    end(parent);
    expect(isWorthTelling(card(parent), card(child))).toBe(false);
    expect(isWorthTelling(card(sleep(object(7), { tag: 'signal', name: 'a' })), card(child))).toBe(false);
  });

  test('a prospect tells who would wake once told, and names no entry that is not there', () => {
    const { parent, child } = family();
    const sleeper = sleep(parent, { tag: 'object', id: child.id, state: 'achieved', seq: 0 });
    expect(prospectOf(card(sleeper), [card(child)], 0, FACETS)).toMatchObject({ why: null, wakesAt: null });
    end(child);
    const prospect = prospectOf(card(sleeper), [card(child)], 0, FACETS);
    expect(prospect).toMatchObject({ why: 'condition', check: { satisfied: true, because: [] } });
    expect(prospectOf(card(child), [], 0, FACETS)).toBeNull();
  });
});
