/**
 * Prices a request: each line's net, tax and total in its own currency, then in the order's. Compares with the figures that the
 * requester gave, and looks for what makes an order wrong although every field is well formed.
 */
import { convert, formatMoney, netOf, parseDecimal, taxOf } from './money.ts';
import type { Money } from './money.ts';
import type { Finding, PurchaseLine, PurchaseRequest } from './request.ts';

export interface PricedLine {
  readonly sku: string;
  readonly description: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly net: Money;
  readonly tax: Money;
  readonly total: Money;
  /** The total in the order's currency. */
  readonly converted: Money;
}

export interface PricedRequest {
  readonly lines: readonly PricedLine[];
  readonly total: Money;
  readonly findings: readonly Finding[];
}

/** Exchange rates may be this many days older than the request. */
const MAX_RATE_AGE_DAYS = 7;
const DAY_MS = 86_400_000;

/** Tax is rounded once a line, in the line's currency; conversion once a line, on the total. */
export function priceRequest(request: PurchaseRequest): PricedRequest {
  const findings: Finding[] = [...checkRates(request), ...checkDuplicates(request.lines)];
  const lines: PricedLine[] = [];
  for (const [index, line] of request.lines.entries()) {
    const priced = priceLine(line, request, (problem) => findings.push({ at: `lines/${index}`, problem }));
    if (priced !== null) lines.push(priced);
  }
  const sum = lines.reduce((total, line) => total + line.converted.minor, 0);
  const total = { minor: sum, currency: request.currency };
  const isComplete = lines.length === request.lines.length;
  if (isComplete && !isSame(request.total, total)) {
    findings.push({ at: 'total', problem: `expected ${formatMoney(total)}, found ${formatMoney(request.total)}` });
  }
  return { lines, total, findings };
}

function priceLine(line: PurchaseLine, request: PurchaseRequest, report: (problem: string) => void): PricedLine | null {
  const { currency } = line.unitPrice;
  const net = netOf(line.quantity, line.unitPrice.minor);
  const tax = taxOf(net, line.taxBasisPoints);
  const total = { minor: Number(net + tax), currency };
  if (!isSame(line.total, total)) report(`expected a total of ${formatMoney(total)}, found ${formatMoney(line.total)}`);
  const converted = convertTotal(net + tax, currency, request);
  if (converted === null) {
    report(`expected an exchange rate from ${currency} to ${request.currency}, found none`);
    return null;
  }
  return {
    sku: line.sku,
    description: line.description,
    quantity: line.quantity,
    unitPrice: line.unitPrice,
    net: { minor: Number(net), currency },
    tax: { minor: Number(tax), currency },
    total,
    converted: { minor: Number(converted), currency: request.currency },
  };
}

function convertTotal(minor: bigint, from: string, request: PurchaseRequest): bigint | null {
  if (from === request.currency) return minor;
  const text = Object.hasOwn(request.rates.perUnit, from) ? request.rates.perUnit[from] : undefined;
  const rate = text === undefined ? null : parseDecimal(text);
  return rate === null ? null : convert(minor, from, request.currency, rate);
}

function checkRates(request: PurchaseRequest): Finding[] {
  const ageDays = (Date.parse(request.date) - Date.parse(request.rates.date)) / DAY_MS;
  if (ageDays >= 0 && ageDays <= MAX_RATE_AGE_DAYS) return [];
  const problem = `expected rates of the ${MAX_RATE_AGE_DAYS} days up to ${request.date}, found rates of ${request.rates.date}`;
  return [{ at: 'rates/date', problem }];
}

function checkDuplicates(lines: readonly PurchaseLine[]): Finding[] {
  const first = new Map<string, number>();
  return lines.flatMap((line, index) => {
    const earlier = first.get(line.sku);
    if (earlier === undefined) first.set(line.sku, index);
    return earlier === undefined
      ? []
      : [{ at: `lines/${index}/sku`, problem: `found ${line.sku} again, as in lines/${earlier}` }];
  });
}

function isSame(one: Money, other: Money): boolean {
  return one.minor === other.minor && one.currency === other.currency;
}
