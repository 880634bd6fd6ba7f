/** Errors of handlers name the author's own file and line, on the large engine, too. */
import { it } from 'vitest';
import { expectReadableStack } from './stack-case.ts';

it('run and show map the stack of a handler on StarlingMonkey', () => expectReadableStack('starlingmonkey'));
