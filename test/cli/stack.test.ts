/** Errors of handlers name the author's own file and line. */
import { it } from 'vitest';
import { expectReadableStack } from './stack-case.ts';

it('run and show map the stack of a handler on QuickJS', { timeout: 120_000 }, () => expectReadableStack('quickjs'));
