/**
 * A purchase request, and the check of its form. The input of an intent is whatever someone put there, so nothing is taken for
 * granted: every field is looked at, and every finding is kept, so that the requester can mend all of them at once.
 */
import type { Money } from './money.ts';
import { decimalsOf, parseDecimal } from './money.ts';

export interface PurchaseLine {
  readonly sku: string;
  readonly description: string;
  readonly category: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  /** 1900 is 19 %. */
  readonly taxBasisPoints: number;
  /** Tax included, in the currency of the unit price. */
  readonly total: Money;
}

export interface PurchaseRequest {
  readonly number: string;
  /** ISO 8601 date, as all dates here. */
  readonly date: string;
  readonly requester: { readonly name: string; readonly email: string };
  readonly costCentre: string;
  readonly vendor: string;
  /** Currency of the order. */
  readonly currency: string;
  readonly deliverTo: Address;
  readonly rates: ExchangeRates;
  readonly lines: readonly PurchaseLine[];
  readonly total: Money;
  readonly services: { readonly vendor: string; readonly orders: string };
}

export interface Address {
  readonly name: string;
  readonly street: string;
  readonly postcode: string;
  readonly city: string;
  /** ISO 3166, two letters. */
  readonly country: string;
}

export interface ExchangeRates {
  readonly date: string;
  /** What one unit of each currency costs in the order's currency, as a decimal text. */
  readonly perUnit: { readonly [currency: string]: string };
}

/** What is wrong, and where: `lines/3/quantity`. */
export interface Finding {
  readonly at: string;
  readonly problem: string;
}

const MAX_LINES = 500;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

type Test = (value: unknown) => boolean;
const isText: Test = (value) => typeof value === 'string' && value.trim() !== '' && value.length <= 200;
const matches =
  (pattern: RegExp): Test =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const isDate: Test = (value) => matches(DATE)(value) && !Number.isNaN(Date.parse(`${String(value)}T00:00:00Z`));
const isWhole =
  (minimum: number, maximum: number): Test =>
  (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum && value <= maximum;
const isCurrency: Test = (value) => typeof value === 'string' && decimalsOf(value) !== null;
const isRate: Test = (value) => typeof value === 'string' && parseDecimal(value) !== null;

/** Paths with `*` for each member of a list, what must stand there, and how to say so. */
const FIELDS: readonly (readonly [path: string, test: Test, expected: string])[] = [
  ['number', matches(/^PR-\d{4}-\d{1,8}$/), 'a request number such as PR-2026-17'],
  ['date', isDate, 'a date'],
  ['requester/name', isText, 'a name'],
  ['requester/email', matches(/^[^\s@]+@[^\s@]+\.[^\s@]+$/), 'a mail address'],
  ['costCentre', matches(/^\d{4}-[A-Z0-9-]{2,16}$/), 'a cost centre such as 4410-LAB'],
  ['vendor', matches(/^V-\d{1,8}$/), 'a vendor id such as V-20418'],
  ['currency', isCurrency, 'a known currency'],
  ['deliverTo/name', isText, 'a name'],
  ['deliverTo/street', isText, 'a street'],
  ['deliverTo/postcode', isText, 'a postcode'],
  ['deliverTo/city', isText, 'a city'],
  ['deliverTo/country', matches(/^[A-Z]{2}$/), 'a country code of two letters'],
  ['rates/date', isDate, 'a date'],
  ['rates/perUnit/*', isRate, 'a positive decimal text'],
  ['lines/*/sku', matches(/^[A-Z0-9][A-Z0-9.-]{2,31}$/), 'an article number'],
  ['lines/*/description', isText, 'a description'],
  ['lines/*/category', matches(/^[a-z][a-z-]{1,31}$/), 'a category'],
  ['lines/*/quantity', isWhole(1, 100_000), 'a whole number of 1 to 100000'],
  ['lines/*/unitPrice/minor', isWhole(1, 1e11), 'a positive whole number of minor units'],
  ['lines/*/unitPrice/currency', isCurrency, 'a known currency'],
  ['lines/*/taxBasisPoints', isWhole(0, 5_000), 'a tax rate of 0 to 5000 basis points'],
  ['lines/*/total/minor', isWhole(1, 1e13), 'a positive whole number of minor units'],
  ['lines/*/total/currency', isCurrency, 'a known currency'],
  ['total/minor', isWhole(1, 1e13), 'a positive whole number of minor units'],
  ['total/currency', isCurrency, 'a known currency'],
  ['services/vendor', matches(/^https?:\/\/[^\s?#]+$/), 'a base URL'],
  ['services/orders', matches(/^https?:\/\/[^\s?#]+$/), 'a base URL'],
];

export type ReadRequest =
  | { readonly ok: true; readonly request: PurchaseRequest }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** The input as a request, or every field that is missing or malformed. */
export function readRequest(input: unknown): ReadRequest {
  const lines = isRecord(input) ? input['lines'] : undefined;
  if (!isRecord(input) || !Array.isArray(lines) || lines.length === 0 || lines.length > MAX_LINES) {
    return { ok: false, findings: [{ at: 'lines', problem: `expected a request with 1 to ${MAX_LINES} lines` }] };
  }
  const findings = FIELDS.flatMap(([path, test, expected]) => checkField(input, path.split('/'), test, expected, []));
  if (findings.length > 0) return { ok: false, findings };
  // Every field of the type has just been looked at.
  return { ok: true, request: input as unknown as PurchaseRequest };
}

function checkField(
  value: unknown,
  path: readonly string[],
  test: Test,
  expected: string,
  at: readonly string[],
): Finding[] {
  const [name, ...rest] = path;
  if (name === undefined) {
    if (test(value)) return [];
    const found = value === undefined ? 'found none' : `found ${JSON.stringify(value)?.slice(0, 80)}`;
    return [{ at: at.join('/'), problem: `expected ${expected}, ${found}` }];
  }
  if (name === '*') {
    const members = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return members.flatMap(([key, member]) => checkField(member, rest, test, expected, [...at, key]));
  }
  const member = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return checkField(member, rest, test, expected, [...at, name]);
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
