/**
 * atob and btoa of the HTML standard (https://html.spec.whatwg.org/#atob): binary strings, one character a byte.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Throws an Error named InvalidCharacterError where a character does not fit in a byte. */
export function encodeBase64(input: unknown): string {
  const text = String(input);
  let encoded = '';
  for (let index = 0; index < text.length; index += 3) {
    const [a, b, c] = [text.charCodeAt(index), text.charCodeAt(index + 1), text.charCodeAt(index + 2)];
    if (a > 255 || b > 255 || c > 255)
      throw invalidCharacter('btoa: expected characters up to U+00FF, found one above');
    const bits = (a << 16) | ((b || 0) << 8) | (c || 0);
    encoded += ALPHABET.charAt(bits >> 18) + ALPHABET.charAt((bits >> 12) & 63);
    encoded += Number.isNaN(b) ? '=' : ALPHABET.charAt((bits >> 6) & 63);
    encoded += Number.isNaN(c) ? '=' : ALPHABET.charAt(bits & 63);
  }
  return encoded;
}

/** Forgiving: blanks are skipped, padding may be absent. Throws an Error named InvalidCharacterError on anything else. */
export function decodeBase64(input: unknown): string {
  let text = String(input).replaceAll(/[\t\n\f\r ]/g, '');
  if (text.length % 4 === 0) text = text.replace(/={1,2}$/, '');
  if (text.length % 4 === 1) throw invalidCharacter(`atob: expected a base64 text, found ${text.length} characters`);
  let decoded = '';
  let bits = 0;
  let count = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) throw invalidCharacter(`atob: expected a base64 text, found '${character}'`);
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      decoded += String.fromCharCode((bits >> count) & 255);
    }
  }
  return decoded;
}

function invalidCharacter(message: string): Error {
  const error = new Error(message);
  error.name = 'InvalidCharacterError';
  return error;
}
