import { expect, test } from 'vitest';
import { parseDuration, parseInstant } from '../../host/policy/instant.ts';

test.each([
  ['2027-01-01T00:00:00Z', Date.UTC(2027, 0, 1)],
  ['2027-01-01T02:30:00+02:30', Date.UTC(2027, 0, 1)],
  ['2026-12-31T19:00:00.25-05:00', Date.UTC(2027, 0, 1) + 250],
  ['2028-02-29T23:59:59.999Z', Date.UTC(2028, 1, 29, 23, 59, 59, 999)],
  ['0001-01-01T00:00:00Z', -62_135_596_800_000],
])('%s is an instant', (text, ms) => {
  expect(parseInstant(text)).toBe(ms);
});

test.each([
  '2027-02-29T00:00:00Z',
  '2027-13-01T00:00:00Z',
  '2027-00-01T00:00:00Z',
  '2027-01-00T00:00:00Z',
  '2027-01-01T24:00:00Z',
  '2027-01-01T00:60:00Z',
  '2027-01-01T00:00:60Z',
  '2027-01-01T00:00:00',
  '2027-01-01 00:00:00Z',
  '2027-01-01T00:00:00+24:00',
  '2027-1-1T00:00:00Z',
  '2027-01-01T00:00:00z',
  '2027-01-01T00:00:00Z\n',
  '',
])('%j is no instant', (text) => {
  expect(parseInstant(text)).toBeNull();
});

test.each([
  ['P2W', 1_209_600_000],
  ['P30D', 2_592_000_000],
  ['PT12H', 43_200_000],
  ['PT1M', 60_000],
  ['PT5S', 5_000],
  ['P1DT2H3M4S', 93_784_000],
])('%s is a duration', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['P', 'PT', 'P1DT', 'P1Y', 'P1M', 'P0D', '-P1D', 'P1.5D', 'P1W2D', 'PT1S1M', 'P9999999999D', 'P1D ', ''])(
  '%j is no duration',
  (text) => {
    expect(parseDuration(text)).toBeNull();
  },
);
