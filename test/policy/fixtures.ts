/** Policy sets from texts, and questions with everything in them that a test does not care about. */
import { DEFAULT_LIMITS } from '../../host/limits.ts';
import type { PolicyFiles } from '../../host/policy/encode.ts';
import { loadPolicySet } from '../../host/policy/load.ts';
import type { LoadedPolicySet } from '../../host/policy/load.ts';
import type { Question, QuestionContext, Resource } from '../../host/policy/model.ts';
import type { Value } from '../../host/value.ts';

export const LIMITS = DEFAULT_LIMITS.policy;
export const NOW = Date.UTC(2026, 10, 21);
export const OBJECT_ID = 'ab'.repeat(32);

export function filesOf(texts: { readonly [name: string]: string }): PolicyFiles {
  return new Map(Object.entries(texts).map(([name, text]) => [name, new TextEncoder().encode(text)]));
}

export interface SetTexts {
  readonly settings?: { readonly [key: string]: Value };
  readonly facts?: { readonly [name: string]: { readonly pointer: string; readonly type: string } };
}

export function filesFor(cedar: string, { settings = {}, facts }: SetTexts = {}): PolicyFiles {
  const texts = { 'main.cedar': cedar, 'set.json': JSON.stringify({ name: 'test', ...settings }) };
  return filesOf(facts === undefined ? texts : { ...texts, 'facts.json': JSON.stringify(facts) });
}

export function setOf(cedar: string, texts: SetTexts = {}): LoadedPolicySet {
  return loadPolicySet(filesFor(cedar, texts), { limits: LIMITS });
}

export const ORDER = {
  type: 'Http',
  scheme: 'http',
  host: '127.0.0.1',
  port: 8080,
  path: '/orders',
  query: '',
  method: 'POST',
} as const satisfies Resource;
export const SELF: Resource = { type: 'Object', id: OBJECT_ID };
export const HOST: Resource = { type: 'Host' };

export interface Asked {
  readonly resource?: Resource;
  readonly context?: Partial<QuestionContext>;
  readonly data?: Value;
  readonly parent?: string | null;
}

export function question(
  action: string,
  { resource = SELF, context = {}, data = null, parent = null }: Asked = {},
): Question {
  return {
    action,
    object: { id: OBJECT_ID, creator: 'cc'.repeat(32), handler: 'dd'.repeat(32), task: 'purchase-approval', parent },
    resource,
    context: {
      now: NOW,
      node: 'ee'.repeat(16),
      zone: 'eu',
      trust: { slope: 1000, continuousOver: 3 },
      counters: { cycles: 1, calls: 0, fuel: 12_345, children: 0 },
      approvals: [],
      step: '',
      ...context,
    },
    data,
  };
}
