/**
 * JSON at the border of the contract: values on the handler's side, texts on the other. A value that JSON cannot carry is refused
 * here, where its author can see it, and not later by the host.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The JSON text of `value`. Throws a TypeError that names `subject` where JSON has no text for it. */
export function encodeJson(value: unknown, subject: string): string {
  const text: string | undefined = JSON.stringify(value, (key, member: unknown) => {
    if (typeof member === 'number' && !Number.isFinite(member)) {
      throw new TypeError(`${subject}: expected a JSON value, found ${member} at '${key}'`);
    }
    return member;
  });
  if (text === undefined) throw new TypeError(`${subject}: expected a JSON value, found ${typeof value}`);
  return text;
}

/** The value of a JSON text that came from the host. The caller says what type it expects; nothing is checked. */
export function decodeJson<T>(text: string): T {
  // The host hands over JSON texts only; their meaning is the handler's to know.
  return JSON.parse(text) as T;
}
