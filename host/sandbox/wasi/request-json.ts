/** An HTTP request as the SDK writes it, into the contract's record. JSON has no bytes, so those stand in `bodyBase64`. */
import { stringifyJson } from '../../json.ts';
import type { ValueMap } from '../../value.ts';
import { Misfit, misfit } from './proposal-reader.ts';
import type { Fields } from './proposal-reader.ts';

const JSON_TYPE = { name: 'content-type', value: 'application/json' };
const SAFE: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Throws a Misfit. */
export function readRequest(fields: Fields): ValueMap {
  const body = readBody(fields);
  const method = (fields.optionalText('method') ?? (body === null ? 'GET' : 'POST')).toUpperCase();
  const request = {
    method,
    url: fields.text('url'),
    headers: readHeaders(fields),
    body,
    repetition: fields.optionalText('repetition') ?? (SAFE.includes(method) ? 'safe' : 'keyed'),
  };
  fields.close();
  return request;
}

function readBody(fields: Fields): Uint8Array | null {
  const given = ['json', 'body', 'bodyBase64'].filter((name) => fields.has(name));
  if (given.length > 1) throw new Misfit(`${fields.path}: expected one of ${given.join(' and ')}, found both`);
  if (fields.has('json')) return new TextEncoder().encode(stringifyJson(fields.value('json')));
  if (fields.has('body')) return new TextEncoder().encode(fields.text('body'));
  if (!fields.has('bodyBase64')) return null;
  const text = fields.text('bodyBase64');
  if (!BASE64.test(text)) throw misfit(`${fields.path}/bodyBase64`, 'base64 with padding', text);
  return Uint8Array.from(Buffer.from(text, 'base64'));
}

function readHeaders(fields: Fields): readonly ValueMap[] {
  const given = fields.has('headers') ? fields.map('headers') : {};
  const headers = Object.entries(given).map(([name, value]) => {
    if (typeof value !== 'string') throw misfit(`${fields.path}/headers/${name}`, 'a text', value);
    return { name: name.toLowerCase(), value };
  });
  const addsType = fields.has('json') && !headers.some(({ name }) => name === JSON_TYPE.name);
  return addsType ? [...headers, JSON_TYPE] : headers;
}
