/** What an object is made of, read and checked, and what is said of it once it is made. */
import type { Budgets, Intent, Scope } from '../object/model.ts';
import type { PolicyFiles } from '../policy/encode.ts';
import type { ValueMap } from '../value.ts';
import { showCount } from './quantities.ts';
import { cleanLine } from './safe-text.ts';

export interface NewParts {
  readonly handler: Uint8Array;
  readonly intent: Intent;
  readonly scope: Scope;
  readonly budgets: Budgets;
  readonly schema: ValueMap | null;
  readonly policies: readonly PolicyFiles[];
  readonly files: { readonly [path: string]: Uint8Array };
}

interface Made {
  readonly made: string;
  readonly id: string;
  readonly handler: string;
  readonly by: string;
  readonly good: (text: string) => string;
}

export function partLines({ intent, scope, policies }: NewParts, { made, id, handler, by, good }: Made): string[] {
  return [
    `${good('made')} ${made}`,
    `  id          ${id}`,
    `  goal        ${cleanLine(intent.goal)}`,
    `  may use     ${scope.capabilities.length === 0 ? 'no capability' : scope.capabilities.join(', ')}`,
    `  carries     ${policies.length === 0 ? 'no policy of its own' : showCount(policies.length, 'policy set')}`,
    `  handler     ${handler}`,
    `  made by     ${by}`,
  ];
}
