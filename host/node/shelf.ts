/**
 * Objects that lie side by side, each as a card: what is read once and looked up often. One that does not hold, or lies there twice, is
 * set aside with the reason; it is neither told of others nor are others told of it.
 */
import { SojournError } from '../errors.ts';
import { cardOf, isWorthTelling } from '../kernel/exchange.ts';
import type { Card } from '../kernel/exchange.ts';
import type { Limits } from '../limits.ts';
import { isBadObject } from '../object/genesis.ts';
import type { Status } from '../object/state.ts';
import type { HostPorts } from './host-ports.ts';
import { readOther } from './read-other.ts';

/** Why an object is set aside. */
export interface Trouble {
  readonly state: 'broken' | 'closed' | 'twice' | 'busy' | 'failed';
  readonly message: string;
}

export interface Place {
  readonly name: string;
  /** Null while it cannot be read. */
  readonly card: Card | null;
  readonly trouble: Trouble | null;
}

export interface Shelved extends Place {
  readonly card: Card;
  readonly trouble: null;
}

export interface Shelf {
  /** Reads those of the names that are new. */
  add(names: readonly string[]): Promise<void>;
  /** Reads one again. */
  renew(name: string): Promise<void>;
  setAside(name: string, trouble: Trouble): void;
  find(name: string): Place | null;
  /** All, by name. */
  places(): readonly Place[];
  /** Those that can be gone on with, of this status. */
  inStatus(...statuses: readonly Status[]): readonly Shelved[];
  /** Those that it should be told of. */
  newsFor(card: Card): readonly Shelved[];
}

export function createShelf(ports: Pick<HostPorts, 'store' | 'hash' | 'verify' | 'reader'>, limits: Limits): Shelf {
  const places = new Map<string, Place>();
  const byId = new Map<string, string>();

  async function renew(name: string): Promise<void> {
    try {
      const { standing, cancels } = await readOther(name, ports, limits);
      const card = cardOf(standing, cancels.keys());
      places.set(name, { name, card, trouble: null });
      const first = byId.get(card.id) ?? name;
      byId.set(card.id, first);
      if (first === name) return;
      for (const [one, other] of [
        [name, first],
        [first, name],
      ] as const)
        setAside(one, { state: 'twice', message: `${other} is the same object: keep the one that is to go on` });
    } catch (error) {
      setAside(name, troubleOf(error));
    }
  }

  function setAside(name: string, trouble: Trouble): void {
    places.set(name, { name, card: places.get(name)?.card ?? null, trouble });
  }

  const all = (): readonly Place[] => [...places.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));

  return {
    renew,
    setAside,
    find: (name) => places.get(name) ?? null,
    places: all,
    async add(names) {
      for (const name of names) if (!places.has(name)) await renew(name);
    },
    inStatus: (...statuses) =>
      all()
        .filter(isShelved)
        .filter(({ card }) => statuses.includes(card.seen.status)),
    newsFor: (card) =>
      card.related
        .map((id) => places.get(byId.get(id) ?? ''))
        .filter((place) => place !== undefined)
        .filter(isShelved)
        .filter((place) => isWorthTelling(card, place.card)),
  };
}

function isShelved(place: Place): place is Shelved {
  return place.card !== null && place.trouble === null;
}

/** What went wrong with one object is its own trouble. Throws what is no trouble of an object. */
export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof SojournError)) throw error;
  const { code, message } = error;
  if (code === 'store.busy') return { state: 'busy', message };
  if (code === 'object.confidential') return { state: 'closed', message };
  return { state: isBadObject(error) || code === 'witness.invalid' ? 'broken' : 'failed', message };
}
