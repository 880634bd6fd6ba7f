interface Offer {
  readonly price: number;
}

/** Throws where there is no offer. */
export function pickPrice(offers: readonly Offer[]): number {
  return [offers].map((list) => cheapestOf(list))[0] ?? 0;
}

function cheapestOf(offers: readonly Offer[]): number {
  const [first] = offers;
  if (first === undefined) throw new RangeError('offers: expected one, found none');
  return first.price;
}
