/**
 * Amounts as whole minor units of a currency, computed with BigInt so that no cent depends on floating point. Every rounding is half
 * up, and happens where a business document would show a figure.
 */

export interface Money {
  /** Minor units: cents, pence; yen have none, so 1 is one yen. */
  readonly minor: number;
  /** ISO 4217. */
  readonly currency: string;
}

export function isMoney(value: unknown): value is Money {
  if (typeof value !== 'object' || value === null || !('minor' in value) || !('currency' in value)) return false;
  return Number.isSafeInteger(value.minor) && typeof value.currency === 'string';
}

/** Digits after the point (ISO 4217). */
const DECIMALS: { readonly [currency: string]: number } = {
  AUD: 2,
  CAD: 2,
  CHF: 2,
  CZK: 2,
  DKK: 2,
  EUR: 2,
  GBP: 2,
  HUF: 2,
  JPY: 0,
  KRW: 0,
  KWD: 3,
  NOK: 2,
  PLN: 2,
  SEK: 2,
  USD: 2,
};

/** Null for a currency that is not known here. */
export function decimalsOf(currency: string): number | null {
  return Object.hasOwn(DECIMALS, currency) ? (DECIMALS[currency] ?? null) : null;
}

/** A factor such as an exchange rate, exactly: `value / 10^scale`. */
export interface Decimal {
  readonly value: bigint;
  readonly scale: number;
}

/** Reads `0.9213`. Null where the text is not a positive decimal of at most 12 digits on either side. */
export function parseDecimal(text: string): Decimal | null {
  const match = /^(\d{1,12})(?:\.(\d{1,12}))?$/.exec(text);
  if (match === null) return null;
  const fraction = match[2] ?? '';
  const value = BigInt(`${match[1]}${fraction}`);
  return value === 0n ? null : { value, scale: fraction.length };
}

/** `dividend / divisor`, rounded half up. Both at least 0, the divisor above 0. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor);
}

/** Quantity times unit price: exact. */
export function netOf(quantity: number, unitMinor: number): bigint {
  return BigInt(quantity) * BigInt(unitMinor);
}

/** Tax on a net amount, at a rate in basis points (1900 is 19 %), rounded to the minor unit. */
export function taxOf(net: bigint, basisPoints: number): bigint {
  return divideHalfUp(net * BigInt(basisPoints), 10_000n);
}

/** An amount in another currency: `rate` is what one unit of `from` costs in `to`. Null where a currency is not known. */
export function convert(minor: bigint, from: string, to: string, rate: Decimal): bigint | null {
  const fromDecimals = decimalsOf(from);
  const toDecimals = decimalsOf(to);
  if (fromDecimals === null || toDecimals === null) return null;
  const dividend = minor * rate.value * 10n ** BigInt(toDecimals);
  return divideHalfUp(dividend, 10n ** BigInt(fromDecimals + rate.scale));
}

/** `12,345.60 EUR`, for people. */
export function formatMoney({ minor, currency }: Money): string {
  const decimals = decimalsOf(currency) ?? 0;
  const digits = String(minor).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return decimals === 0 ? `${whole} ${currency}` : `${whole}.${digits.slice(-decimals)} ${currency}`;
}
