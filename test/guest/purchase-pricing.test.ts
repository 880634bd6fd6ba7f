import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  convert,
  divideHalfUp,
  formatMoney,
  parseDecimal,
  taxOf,
} from '../../guest/handlers/purchase-approval/money.ts';
import { priceRequest } from '../../guest/handlers/purchase-approval/pricing.ts';
import { readRequest } from '../../guest/handlers/purchase-approval/request.ts';
import type { PurchaseRequest } from '../../guest/handlers/purchase-approval/request.ts';

/** What JSON.parse gives. */
type Parsed = ReturnType<typeof JSON.parse>;

const REQUEST_FILE = new URL('../../guest/handlers/purchase-approval/request.json', import.meta.url);

type Draft = { -readonly [K in keyof PurchaseRequest]: Parsed };

/** The sample request, changed. */
function draft(change: (request: Draft) => void = () => undefined): Draft {
  const { input } = JSON.parse(readFileSync(REQUEST_FILE, 'utf8')) as { input: Draft };
  change(input);
  return input;
}

/** Everything that the check finds, form and figures. */
function findingsOf(request: unknown): string[] {
  const read = readRequest(request);
  const findings = read.ok ? priceRequest(read.request).findings : read.findings;
  return findings.map(({ at, problem }) => `${at}: ${problem}`);
}

describe('money', () => {
  it('rounds half up, to the nearest whole unit', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 18n }),
        fc.bigInt({ min: 1n, max: 10n ** 9n }),
        (dividend, divisor) => {
          const twice = 2n * (divideHalfUp(dividend, divisor) * divisor - dividend);
          expect(twice > -divisor && twice <= divisor).toBe(true);
        },
      ),
    );
  });

  it.each([
    [100n, 1900, 19n],
    [5n, 1000, 1n],
    [4n, 1000, 0n],
    [105n, 550, 6n],
    [9_007_199_254_740_991n, 5000, 4_503_599_627_370_496n],
  ])('taxes %s at %s basis points with %s', (net, basisPoints, tax) => {
    expect(taxOf(net, basisPoints)).toBe(tax);
  });

  it.each([
    [10_000n, 'USD', 'EUR', '0.8641', 8_641n],
    [100n, 'JPY', 'EUR', '0.005612', 56n],
    [12_345n, 'EUR', 'JPY', '163.27', 20_156n],
    [1_500n, 'KWD', 'EUR', '2.81', 422n],
  ])('converts %s %s to %s at %s', (minor, from, to, rate, converted) => {
    expect(convert(minor, from, to, parseDecimal(rate)!)).toBe(converted);
  });

  it('knows no rate in anything but a positive decimal', () => {
    expect(parseDecimal('0.9213')).toEqual({ value: 9213n, scale: 4 });
    for (const text of ['', '0', '0.00', '-1', '1e3', '.5', '1.', '1,5', '0x1', ' 1'])
      expect(parseDecimal(text)).toBeNull();
  });

  it('is written with the digits of its currency', () => {
    const amounts = [
      [2_536_116, 'EUR'],
      [5, 'USD'],
      [98_400, 'JPY'],
      [1_500, 'KWD'],
    ] as const;
    expect(amounts.map(([minor, currency]) => formatMoney({ minor, currency }))).toEqual([
      '25,361.16 EUR',
      '0.05 USD',
      '98,400 JPY',
      '1.500 KWD',
    ]);
  });
});

describe('the sample request', () => {
  it('is in order: 17 lines in four currencies, 25,361.16 EUR', () => {
    const request = draft();
    expect(findingsOf(request)).toEqual([]);
    const { total, lines } = priceRequest(request);
    expect(total).toEqual({ minor: 2_536_116, currency: 'EUR' });
    expect(lines).toHaveLength(17);
    expect([...new Set(lines.map((line) => line.unitPrice.currency))]).toEqual(['EUR', 'GBP', 'JPY', 'USD']);
    expect(lines[11]).toMatchObject({
      net: { minor: 20_796 },
      tax: { minor: 2_080 },
      converted: { minor: 12_838, currency: 'EUR' },
    });
  });
});

describe('the check of a request', () => {
  it.each<[string, (request: Draft) => void, string[]]>([
    [
      'a wrong line total',
      (r) => (r.lines[0].total.minor += 1),
      ['lines/0: expected a total of 8,205.05 EUR, found 8,205.06 EUR'],
    ],
    ['a wrong total', (r) => (r.total.minor -= 1), ['total: expected 25,361.16 EUR, found 25,361.15 EUR']],
    [
      'a line that stands there twice',
      (r) => {
        r.lines.push(r.lines[2]);
        r.total.minor += r.lines[2].total.minor;
      },
      ['lines/17/sku: found HL-TIP-200F again, as in lines/2'],
    ],
    [
      'a missing rate',
      (r) => delete r.rates.perUnit.JPY,
      [9, 10, 11].map((line) => `lines/${line}: expected an exchange rate from JPY to EUR, found none`),
    ],
    [
      'old rates',
      (r) => (r.rates.date = '2026-11-01'),
      ['rates/date: expected rates of the 7 days up to 2026-11-18, found rates of 2026-11-01'],
    ],
    [
      'rates of tomorrow',
      (r) => (r.rates.date = '2026-11-19'),
      ['rates/date: expected rates of the 7 days up to 2026-11-18, found rates of 2026-11-19'],
    ],
    [
      'a missing field',
      (r) => delete r.costCentre,
      ['costCentre: expected a cost centre such as 4410-LAB, found none'],
    ],
    [
      'a part of an article',
      (r) => (r.lines[3].quantity = 1.5),
      ['lines/3/quantity: expected a whole number of 1 to 100000, found 1.5'],
    ],
    [
      'an unknown currency',
      (r) => (r.lines[3].unitPrice.currency = 'XXX'),
      ['lines/3/unitPrice/currency: expected a known currency, found "XXX"'],
    ],
    ['a date that does not exist', (r) => (r.date = '2026-13-01'), ['date: expected a date, found "2026-13-01"']],
    [
      'a service that is no URL',
      (r) => (r.services.orders = 'ftp://h'),
      ['services/orders: expected a base URL, found "ftp://h"'],
    ],
    [
      'several faults at once',
      (r) => {
        r.vendor = '../x';
        r.lines[1].taxBasisPoints = -1;
      },
      [
        'vendor: expected a vendor id such as V-20418, found "../x"',
        'lines/1/taxBasisPoints: expected a tax rate of 0 to 5000 basis points, found -1',
      ],
    ],
  ])('finds %s', (_name, change, findings) => {
    expect(findingsOf(draft(change))).toEqual(findings);
  });

  it('finds every field that is taken away', () => {
    const paths = (value: unknown, at: string[]): string[][] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, member]) => paths(member, [...at, key]))
        : [at];
    const all = paths(draft(), []);
    const missed: string[] = [];
    for (const path of all) {
      const request = draft((r) => {
        const owner = path.slice(0, -1).reduce((node: Parsed, key) => node[key], r);
        delete owner[path.at(-1)!];
      });
      if (findingsOf(request).length === 0) missed.push(path.join('/'));
    }
    expect(missed).toEqual([]);
  });

  it('survives any input', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (input) => {
        expect(findingsOf(input).length).toBeGreaterThan(0);
      }),
    );
    const value = fc.oneof(fc.jsonValue(), fc.constant('__proto__'));
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(draft())), value, (name, replaced) => {
        const request = draft((r) => ((r as { [name: string]: unknown })[name] = replaced));
        expect(Array.isArray(findingsOf(request))).toBe(true);
      }),
    );
  });
});
