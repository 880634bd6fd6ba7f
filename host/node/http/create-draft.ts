/** From the JSON of `POST /objects` to a draft. Its shape was held against the schema of the table. */
import { SojournError } from '../../errors.ts';
import type { PolicyLimits } from '../../limits.ts';
import { encodePolicySet, isPolicyFileName } from '../../policy/encode.ts';
import { isList, isMap } from '../../value.ts';
import type { Value } from '../../value.ts';
import { readContext, readIntent, readSchema } from '../draft-json.ts';
import type { NodeDraft } from '../service/node.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Errors: `intent.invalid`, `context.invalid`, `object.schema`, `policy.malformed`, `policy.limit`, `request.malformed`. */
export async function readDraft(json: Value, limits: PolicyLimits): Promise<NodeDraft> {
  if (!isMap(json) || typeof json['handler'] !== 'string')
    throw new SojournError('request.malformed', 'body: expected a draft, found something else');
  const { handler, intent = null, context, schema = null, policies = [], files = {}, embed, run } = json;
  const { scope, budgets } =
    context === undefined
      ? { scope: { capabilities: [], zones: [], depth: 0 }, budgets: {} }
      : readContext(context, 'body/context');
  return {
    handler,
    intent: readIntent(intent, 'body/intent'),
    scope,
    budgets,
    schema: schema === null ? null : readSchema(schema, 'body/schema'),
    policies: isList(policies)
      ? await Promise.all(policies.map((set, index) => readPolicySet(set, `body/policies/${index}`, limits)))
      : [],
    files: readFiles(files),
    embed: embed === true,
    run: run !== false,
  };
}

/** Refuses a set that no node could use. Cedar is loaded only where there is one. */
async function readPolicySet(set: Value, origin: string, limits: PolicyLimits): Promise<Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const [name, text] of Object.entries(isMap(set) ? set : {})) {
    if (!isPolicyFileName(name) || typeof text !== 'string')
      throw new SojournError(
        'policy.malformed',
        `${origin}/${name.slice(0, 64)}: expected a file name of a policy set and its text`,
      );
    files.set(name, new TextEncoder().encode(text));
  }
  const { loadPolicySet } = await import('../../policy/load.ts');
  loadPolicySet(files, { limits, origin });
  return encodePolicySet(files);
}

function readFiles(files: Value): { readonly [path: string]: Uint8Array } {
  const pairs = Object.entries(isMap(files) ? files : {}).map(([path, text]): [string, Uint8Array] => {
    if (typeof text !== 'string' || !BASE64.test(text))
      throw new SojournError(
        'request.malformed',
        `body/files/${path.slice(0, 64)}: expected base64, found something else`,
      );
    return [path, fromBase64(text)];
  });
  return Object.fromEntries(pairs);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

/** Arguments of one call. */
const PIECE = 8_192;
