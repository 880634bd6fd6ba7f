/**
 * What a node knows of its objects without reading them: one slot each in typed arrays, a heap of those that are due, and who has to do
 * with whom. A cache that can be rebuilt from the objects (R42). An object that is only named by others has a slot, too: `absent`.
 */
import { fromHex, hex } from '../../json.ts';
import type { Mark } from '../../ports.ts';
import { grown } from './columns.ts';
import { DigestTable } from './digest-table.ts';
import { Names } from './names.ts';
import type { LineStatus, ObjectLine } from './node.ts';
import { FLAGS, STATUSES } from './note.ts';
import type { Note } from './note.ts';
import { TimerHeap } from './timer-heap.ts';
import { Waits } from './waits.ts';

const ABSENT = 5;

export class WakeIndex {
  readonly due = new TimerHeap();
  readonly waits = new Waits();
  readonly #ids = new DigestTable(32);
  readonly #keys = new DigestTable(16);
  #keySlots = new Int32Array(0);
  readonly #handlers = new Names();
  readonly #kinds = new Names();
  readonly #signals = new Names();
  #status = new Uint8Array(0);
  #flags = new Uint8Array(0);
  #handler = new Int32Array(0);
  #kind = new Int32Array(0);
  /** Slot of the parent + 1, and the list of children: first of the own, next of the same parent, + 1. */
  #parent = new Int32Array(0);
  #child = new Int32Array(0);
  #sibling = new Int32Array(0);
  #cycles = new Uint32Array(0);
  #seq = new Uint32Array(0);
  #returned = new Uint16Array(0);
  #bytes = new Float64Array(0);
  #wakesAt = new Float64Array(0);
  /** Of the few that stand still or are set aside: why. */
  readonly #reasons = new Map<number, string>();
  readonly #counts: number[] = [0, 0, 0, 0, 0, 0];

  /** Memory of its arrays. */
  get bytes(): number {
    const tables = this.#ids.bytes + this.#keys.bytes + this.due.bytes + this.waits.bytes + this.#keySlots.byteLength;
    return tables + this.#columns().reduce((sum, column) => sum + column.byteLength, 0);
  }

  get slots(): number {
    return this.#ids.count;
  }

  count(status: LineStatus): number {
    return this.#counts[STATUSES.indexOf(status)] ?? 0;
  }

  /** -1 for an id that nothing is known of. */
  find(id: string): number {
    const bytes = fromHex(id);
    return bytes?.length === 32 ? this.#ids.find(bytes) : -1;
  }

  /** Slot of the object that was made with this nonce, from an idempotency key; -1 where none was. */
  findKey(nonce: Uint8Array): number {
    const number = this.#keys.find(nonce);
    return number < 0 ? -1 : (this.#keySlots[number] ?? -1);
  }

  /** Takes over what a note says. */
  apply(id: string, note: Note, mark: Mark | null): number {
    const slot = this.#slotOf(bytesOf(id));
    this.#drop(slot);
    this.#setStatus(slot, mark ?? note.status);
    this.#reasons.delete(slot);
    this.#flags[slot] = note.flags | (this.flagsOf(slot) & FLAGS.givenUp);
    this.#returned[slot] = note.returned;
    for (const child of note.givenUp) this.setFlag(this.#slotOf(child), FLAGS.givenUp, true);
    this.#handler[slot] = this.#handlers.use(hex(note.handler));
    this.#kind[slot] = this.#kinds.use(note.kind);
    this.#cycles[slot] = note.cycles;
    this.#seq[slot] = note.seq;
    this.#bytes[slot] = note.length;
    this.#wakesAt[slot] = note.wakesAt ?? Number.NaN;
    this.#adopt(slot, note.parent);
    this.waits.clear(slot);
    for (const name of note.signals) this.waits.addSignal(slot, this.#signals.use(name));
    for (const other of note.objects) this.waits.addObject(slot, this.#slotOf(other.id), other.until);
    if ((note.flags & FLAGS.keyed) !== 0) this.#noteKey(slot, note.nonce);
    return slot;
  }

  /** Nothing more is done with it. */
  setAside(id: string, reason: string): number {
    const slot = this.#slotOf(bytesOf(id));
    this.due.set(slot, Infinity);
    this.#setStatus(slot, 'set-aside');
    this.#reasons.set(slot, reason);
    return slot;
  }

  setLeft(slot: number): void {
    this.due.set(slot, Infinity);
    this.#reasons.delete(slot);
    this.#setStatus(slot, 'left');
  }

  setReason(slot: number, reason: string | null): void {
    if (reason === null) this.#reasons.delete(slot);
    else this.#reasons.set(slot, reason);
  }

  setBytes(slot: number, bytes: number): void {
    this.#bytes[slot] = bytes;
  }

  /** False for one that is only named by others. */
  isHere(slot: number): boolean {
    return slot >= 0 && slot < this.#ids.count && this.#status[slot] !== ABSENT;
  }

  idOf(slot: number): string {
    return hex(this.#ids.at(slot));
  }

  /** The bytes of its id: a view, not to be kept. */
  idBytes(slot: number): Uint8Array {
    return this.#ids.at(slot);
  }

  statusOf(slot: number): LineStatus | null {
    return STATUSES[this.#status[slot] ?? ABSENT] ?? null;
  }

  flagsOf(slot: number): number {
    return this.#flags[slot] ?? 0;
  }

  setFlag(slot: number, flag: number, on: boolean): void {
    const flags = this.#flags[slot] ?? 0;
    this.#flags[slot] = on ? flags | flag : flags & ~flag;
  }

  reasonOf(slot: number): string | null {
    return this.#reasons.get(slot) ?? null;
  }

  /** NaN where time alone never wakes it. */
  wakesAtOf(slot: number): number {
    return this.#wakesAt[slot] ?? Number.NaN;
  }

  bytesOf(slot: number): number {
    return this.#bytes[slot] ?? 0;
  }

  seqOf(slot: number): number {
    return this.#seq[slot] ?? 0;
  }

  /** Children whose end it knows. */
  returnedTo(slot: number): number {
    return this.#returned[slot] ?? 0;
  }

  /** -1 where it has none. */
  parentOf(slot: number): number {
    return (this.#parent[slot] ?? 0) - 1;
  }

  childrenOf(slot: number): readonly number[] {
    const found: number[] = [];
    for (let child = this.#child[slot] ?? 0; child > 0; child = this.#sibling[child - 1] ?? 0) found.push(child - 1);
    return found;
  }

  /** Numbers by which lists are filtered; null where no object has the name. */
  handlerNumber(handler: string): number | null {
    return this.#handlers.find(handler);
  }

  kindNumber(kind: string): number | null {
    return this.#kinds.find(kind);
  }

  handlerOf(slot: number): number {
    return this.#handler[slot] ?? -1;
  }

  kindOf(slot: number): number {
    return this.#kind[slot] ?? -1;
  }

  line(slot: number, running: boolean): ObjectLine {
    const { signals, objects } = this.waits.of(slot);
    const [parent, wakesAt] = [this.parentOf(slot), this.wakesAtOf(slot)];
    const status = this.statusOf(slot) ?? 'set-aside';
    const known = this.#known(slot);
    return {
      id: this.idOf(slot),
      status,
      running,
      handler: known ? this.#handlers.text(this.handlerOf(slot)) : '',
      kind: known ? this.#kinds.text(this.kindOf(slot)) : '',
      parent: parent < 0 ? null : this.idOf(parent),
      cycles: this.#cycles[slot] ?? 0,
      seq: this.seqOf(slot),
      bytes: this.#bytes[slot] ?? 0,
      wakesAt: Number.isNaN(wakesAt) ? null : wakesAt,
      waitsFor: {
        signals: signals.map((name) => this.#signals.text(name)).toReversed(),
        objects: objects.map((other) => this.idOf(other.slot)).toReversed(),
      },
      reason: this.reasonOf(slot),
    };
  }

  #slotOf(id: Uint8Array): number {
    const before = this.#ids.count;
    const slot = this.#ids.add(id);
    if (slot === before) this.#makeRoom(slot);
    return slot;
  }

  #makeRoom(slot: number): void {
    const length = slot + 1;
    this.#status = grown(this.#status, length);
    this.#flags = grown(this.#flags, length);
    this.#handler = grown(this.#handler, length, 1, -1);
    this.#kind = grown(this.#kind, length, 1, -1);
    this.#parent = grown(this.#parent, length);
    this.#child = grown(this.#child, length);
    this.#sibling = grown(this.#sibling, length);
    this.#cycles = grown(this.#cycles, length);
    this.#seq = grown(this.#seq, length);
    this.#returned = grown(this.#returned, length);
    this.#bytes = grown(this.#bytes, length);
    this.#wakesAt = grown(this.#wakesAt, length);
    this.#handler[slot] = -1;
    this.#kind[slot] = -1;
    this.#wakesAt[slot] = Number.NaN;
    this.#status[slot] = ABSENT;
    this.#counts[ABSENT] = (this.#counts[ABSENT] ?? 0) + 1;
  }

  #columns(): readonly { readonly byteLength: number }[] {
    const links = [this.#parent, this.#child, this.#sibling];
    const numbers = [this.#cycles, this.#seq, this.#returned, this.#bytes, this.#wakesAt];
    return [this.#status, this.#flags, this.#handler, this.#kind, ...links, ...numbers];
  }

  /** Whether a note was ever applied. */
  #known(slot: number): boolean {
    return this.handlerOf(slot) >= 0;
  }

  /** Gives back the names that it uses. */
  #drop(slot: number): void {
    if (!this.#known(slot)) return;
    this.#handlers.drop(this.handlerOf(slot));
    this.#kinds.drop(this.kindOf(slot));
    for (const name of this.waits.of(slot).signals) this.#signals.drop(name);
  }

  #setStatus(slot: number, status: LineStatus): void {
    const [before, after] = [this.#status[slot] ?? ABSENT, STATUSES.indexOf(status)];
    this.#status[slot] = after;
    this.#counts[before] = (this.#counts[before] ?? 0) - 1;
    this.#counts[after] = (this.#counts[after] ?? 0) + 1;
  }

  /** A parent never changes. */
  #adopt(slot: number, parent: Uint8Array | null): void {
    if (parent === null || (this.#parent[slot] ?? 0) > 0) return;
    const above = this.#slotOf(parent);
    this.#parent[slot] = above + 1;
    this.#sibling[slot] = this.#child[above] ?? 0;
    this.#child[above] = slot + 1;
  }

  #noteKey(slot: number, nonce: Uint8Array): void {
    const number = this.#keys.add(nonce);
    this.#keySlots = grown(this.#keySlots, number + 1);
    this.#keySlots[number] = slot;
  }
}

function bytesOf(id: string): Uint8Array {
  return new Uint8Array(Buffer.from(id, 'hex'));
}
