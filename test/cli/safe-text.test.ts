import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine, cleanLines, safeJson } from '../../host/cli/safe-text.ts';

const HOSTILE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const HALVES = /\p{Cs}/u;
const anyText = fc.string({ unit: 'binary', maxLength: 300 });

describe('text for a terminal', () => {
  it.each([
    ['colours', 'a\u001b[31mred\u001b[0m', 'a[31mred[0m'],
    ['the title of the window', '\u001b]0;owned\u0007x', ']0;ownedx'],
    ['C1 controls', 'a\u009b31mb', 'a31mb'],
    ['a carriage return that hides what stood there', 'safe\rEVIL', 'safe EVIL'],
    ['a new line that makes an entry of its own', 'a\n37  sealed', 'a 37  sealed'],
    ['a change of direction', 'pay \u202e001 to', 'pay 001 to'],
    ['characters without width', 'ad\u200bmin', 'admin'],
    ['a line separator', 'a\u2028b', 'a b'],
  ])('loses %s', (_what, text, shown) => {
    expect(cleanLine(text)).toBe(shown);
  });

  it('keeps letters, signs and pictures of all scripts', () => {
    const text = 'Grüße, 你好, שלום, 25.361,16 €, 🧪';
    expect(cleanLine(text)).toBe(text);
  });

  it('is never hostile, and never longer than asked for', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 80 }), (text, most) => {
        const line = cleanLine(text, most);
        expect(line).not.toMatch(HOSTILE);
        expect(line).not.toMatch(HALVES);
        expect(line.length).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('cuts a text of megabytes without looking at all of it', () => {
    expect(cleanLine('x'.repeat(10_000_000), 10)).toBe(`${'x'.repeat(9)}…`);
  });

  it('keeps lines apart where they are wanted', () => {
    expect(cleanLines('a\u001bb\r\nc\td')).toEqual(['ab', 'c d']);
  });
});

describe('JSON for a terminal', () => {
  it('reads back as the same value, and has no character without a shape but its own line breaks', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = safeJson(value as never);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(text.replaceAll('\n', '')).not.toMatch(HOSTILE);
      }),
    );
  });

  it('writes characters beyond 16 bits as two escapes', () => {
    expect(safeJson('\u{e0041}', 0)).toBe('"\\udb40\\udc41"');
  });
});
